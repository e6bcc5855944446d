package vec

import "math"

// Pow computes dst = x to the power y, correctly rounded but for about one in 10⁸; special cases are those of math.Pow.
func Pow(dst, x, y []float32) { binary(powGo).run(dst, x, y) }

// PowScalar computes dst = x to the power s.
func PowScalar(dst, x []float32, s float32) { scalar(powScalarGo).run(dst, x, s) }

// ScalarPow computes dst = s to the power x.
func ScalarPow(dst []float32, s float32, x []float32) { scalar(scalarPowGo).run(dst, x, s) }

// PowGrad computes the gradient of the base of y = xᵉ: gx = g·e·xᵉ⁻¹, and 0 where e is 0.
func PowGrad(gx, g, x, e []float32) { ternary(powGradGo).run(gx, g, x, e) }

// PowExponentGrad computes the gradient of the exponent of y = xᵉ: ge = g·y·ln x, and 0 where x is 0 and e isn't below.
func PowExponentGrad(ge, g, x, e []float32) { ternary(powExponentGradGo).run(ge, g, x, e) }

func pow(x, y float32) float32 { return float32(math.Pow(float64(x), float64(y))) }

func powGo(dst, x, y []float32) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = pow(x[i], y[i])
	}
}

func powScalarGo(dst, x []float32, s float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = pow(x[i], s)
	}
}

func scalarPowGo(dst, x []float32, s float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = pow(s, x[i])
	}
}

func powGradGo(gx, g, x, e []float32) {
	g, x, e = g[:len(gx)], x[:len(gx)], e[:len(gx)]
	for i := range gx {
		gx[i] = 0
		if e[i] != 0 {
			k := float64(e[i])
			gx[i] = float32(float64(g[i]) * k * math.Pow(float64(x[i]), k-1))
		}
	}
}

func powExponentGradGo(ge, g, x, e []float32) {
	g, x, e = g[:len(ge)], x[:len(ge)], e[:len(ge)]
	for i := range ge {
		ge[i] = 0
		if x[i] != 0 || !(e[i] >= 0) {
			b := float64(x[i])
			ge[i] = float32(float64(g[i]) * math.Pow(b, float64(e[i])) * math.Log(b))
		}
	}
}
