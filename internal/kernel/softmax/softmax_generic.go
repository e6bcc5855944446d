package softmax

import "math"

// goTable has the plain loops.
var goTable = table{
	expSum: expSumGo, sumExp: sumExpGo, expMul: expMulGo, expMulAcc: expMulAccGo, dot: dotGo,
	grad: gradGo, gradAcc: gradAccGo, logGrad: logGradGo, logGradAcc: logGradAccGo,
	scalePast: scaleGo, gradPast: gradGo, fence: fenceGo,
}

func exp(x float32) float32 { return float32(math.Exp(float64(x))) }

// tree adds 16 lanes.
func tree(l *[16]float32) float32 {
	for w := 8; w > 0; w /= 2 {
		for j := range w {
			l[j] += l[j+w]
		}
	}
	return l[0]
}

func expSumGo(dst, x []float32, m float32) float32 {
	var l [16]float32
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = exp(x[i] - m)
		l[i%16] += dst[i]
	}
	return tree(&l)
}

func sumExpGo(x []float32, m float32) float32 {
	var l [16]float32
	for i := range x {
		l[i%16] += exp(x[i] - m)
	}
	return tree(&l)
}

func expMulGo(dst, x []float32, m, s float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = exp(x[i]-m) * s
	}
}

func expMulAccGo(dst, x []float32, m, s float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] += exp(x[i]-m) * s
	}
}

func dotGo(x, y []float32) float32 {
	var l [16]float32
	y = y[:len(x)]
	for i := range x {
		l[i%16] += x[i] * y[i]
	}
	return tree(&l)
}

func gradGo(gx, g, y []float32, d float32) {
	g, y = g[:len(gx)], y[:len(gx)]
	for i := range gx {
		gx[i] = y[i] * (g[i] - d)
	}
}

func gradAccGo(gx, g, y []float32, d float32) {
	g, y = g[:len(gx)], y[:len(gx)]
	for i := range gx {
		gx[i] += y[i] * (g[i] - d)
	}
}

func logGradGo(gx, g, y []float32, s float32) {
	g, y = g[:len(gx)], y[:len(gx)]
	for i := range gx {
		gx[i] = g[i] - exp(y[i])*s
	}
}

func logGradAccGo(gx, g, y []float32, s float32) {
	g, y = g[:len(gx)], y[:len(gx)]
	for i := range gx {
		gx[i] += g[i] - exp(y[i])*s
	}
}

func scaleGo(dst, x []float32, k float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = x[i] * k
	}
}

// fenceGo does nothing: a Go loop writes nothing past the caches.
func fenceGo() {}
