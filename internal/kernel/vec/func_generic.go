package vec

import "math"

// pointwise is a function of one element and its slope. The kernels are loops over these.
type pointwise struct {
	at, slope func(x float64, p Params) float64
}

// kinds has every Func.
var kinds = [numFuncs]pointwise{
	GELU: {geluGo, geluSlopeGo}, GELUTanh: {geluTanhGo, geluTanhSlopeGo}, SiLU: {siluGo, siluSlopeGo}, Mish: {mishGo, mishSlopeGo},
	Softplus: {softplusGo, softplusSlopeGo}, ELU: {eluGo, eluSlopeGo}, LeakyReLU: {leakyReLUGo, leakyReLUSlopeGo},
	Softsign: {softsignGo, softsignSlopeGo}, HardSigmoid: {hardSigmoidGo, hardSigmoidSlopeGo},
	HardSwish: {hardSwishGo, hardSwishSlopeGo}, Clamp: {clampGo, clampSlopeGo}, Abs: {absGo, signGo}, Sign: {at: signGo}, Step: {at: stepGo},
	Floor: {at: floorGo}, Ceil: {at: ceilGo}, Round: {at: roundGo}, Log1p: {log1pGo, log1pSlopeGo},
	Expm1: {expm1Go, expm1SlopeGo}, Erf: {erfGo, erfSlopeGo}, Sin: {sinGo, cosGo}, Cos: {cosGo, minusSinGo},
}

var goMaps, goSlopes = func() (m [numFuncs]mapping, s [numFuncs]sloping) {
	for f, of := range kinds {
		m[f] = func(dst, x []float32, p Params) {
			x = x[:len(dst)]
			for i := range dst {
				dst[i] = float32(of.at(float64(x[i]), p))
			}
		}
		if s[f] = flat; of.slope == nil {
			continue
		}
		s[f] = func(gx, g, x []float32, p Params) {
			g, x = g[:len(gx)], x[:len(gx)]
			for i := range gx {
				gx[i] = g[i] * float32(of.slope(float64(x[i]), p))
			}
		}
	}
	return m, s
}()

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// geluGo is 0 from −5.25 down, and x from 5.25 up.
func geluGo(x float64, _ Params) float64 {
	if math.Abs(x) >= 5.25 {
		return max(x, 0)
	}
	return x * normal(x)
}

// geluSlopeGo is 0 from −5.75 down, and 1 from 5.75 up.
func geluSlopeGo(x float64, _ Params) float64 {
	switch {
	case x >= 5.75:
		return 1
	case x <= -5.75:
		return 0
	}
	return normal(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
}

// The constants of Hendrycks and Gimpel's approximation of Φ by a logistic function of cubic argument.
const (
	geluScale = 1.5957691216057308 // 2·√(2/π)
	geluCube  = 0.044715
)

func geluTanhGo(x float64, _ Params) float64 {
	return x * logistic(geluScale*(x+geluCube*x*x*x))
}

// geluTanhSlopeGo is 0 from −20 down and 1 from 20 up, as its formula is after rounding.
func geluTanhSlopeGo(x float64, _ Params) float64 {
	x = min(max(x, -20), 20)
	s := logistic(geluScale * (x + geluCube*x*x*x))
	return s + x*s*(1-s)*geluScale*(1+3*geluCube*x*x)
}

func siluGo(x float64, _ Params) float64 { return x * logistic(x) }

func siluSlopeGo(x float64, _ Params) float64 {
	s := logistic(x)
	return s + x*s*logistic(-x)
}

// mishGo is x·n/(n + 2) with n = e·(e + 2), which is (1 + e)² − 1; from x = 20 up that is x.
func mishGo(x float64, _ Params) float64 {
	e := math.Exp(min(x, 20))
	n := e * (e + 2)
	return x * (n / (n + 2))
}

// mishSlopeGo is 1 from x = 15 up, as its formula is after rounding, and 0 from −110 down.
func mishSlopeGo(x float64, _ Params) float64 {
	x = min(max(x, -110), 15)
	e := math.Exp(x)
	d := e*(e+2) + 2
	return e * (4*(x+1) + e*(4*x+6+e*(4+e))) / (d * d)
}

func softplusGo(x float64, p Params) float64 {
	t := x * float64(p[0])
	return max(x, 0) + math.Log1p(math.Exp(-math.Abs(t)))*float64(p[1])
}

func softplusSlopeGo(x float64, p Params) float64 {
	return logistic(x * float64(p[0]))
}

func eluGo(x float64, p Params) float64 {
	if x > 0 {
		return x * float64(p[1])
	}
	return float64(p[0]) * math.Expm1(x*float64(p[2]))
}

func eluSlopeGo(x float64, p Params) float64 {
	if x > 0 {
		return float64(p[1])
	}
	return float64(p[0]) * float64(p[2]) * math.Exp(x*float64(p[2]))
}

func leakyReLUGo(x float64, p Params) float64 { return x * leakyReLUSlopeGo(x, p) }

func leakyReLUSlopeGo(x float64, p Params) float64 {
	if x > 0 {
		return 1
	}
	return float64(p[0])
}

func softsignGo(x float64, _ Params) float64 { return x / (1 + math.Abs(x)) }

func softsignSlopeGo(x float64, _ Params) float64 {
	d := 1 / (1 + math.Abs(x))
	return d * d
}

func hardSigmoidGo(x float64, _ Params) float64 { return min(max(x+3, 0), 6) / 6 }

func hardSigmoidSlopeGo(x float64, _ Params) float64 {
	if x > -3 && x < 3 {
		return 1.0 / 6
	}
	return 0
}

func hardSwishGo(x float64, _ Params) float64 { return x * hardSigmoidGo(x, Params{}) }

func hardSwishSlopeGo(x float64, _ Params) float64 {
	switch {
	case x >= 3:
		return 1
	case x <= -3:
		return 0
	}
	return x/3 + 0.5
}

func clampGo(x float64, p Params) float64 { return min(max(x, float64(p[0])), float64(p[1])) }

func clampSlopeGo(x float64, p Params) float64 {
	if x > float64(p[0]) && x < float64(p[1]) {
		return 1
	}
	return 0
}

func absGo(x float64, _ Params) float64 { return math.Abs(x) }

func signGo(x float64, _ Params) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// flat is the slope of what has steps only.
func flat(gx, _, _ []float32, _ Params) { clear(gx) }

func stepGo(x float64, p Params) float64 {
	switch {
	case x > 0:
		return 1
	case x == 0:
		return float64(p[0])
	}
	return 0
}

func floorGo(x float64, _ Params) float64 { return math.Floor(x) }
func ceilGo(x float64, _ Params) float64  { return math.Ceil(x) }
func roundGo(x float64, _ Params) float64 { return math.RoundToEven(x) }

func log1pGo(x float64, _ Params) float64      { return math.Log1p(x) }
func log1pSlopeGo(x float64, _ Params) float64 { return 1 / (1 + x) }
func expm1Go(x float64, _ Params) float64      { return math.Expm1(x) }
func expm1SlopeGo(x float64, _ Params) float64 { return math.Exp(x) }
func erfGo(x float64, _ Params) float64        { return math.Erf(x) }
func erfSlopeGo(x float64, _ Params) float64   { return 2 / math.SqrtPi * math.Exp(-x*x) }

func sinGo(x float64, _ Params) float64      { return math.Sin(x) }
func cosGo(x float64, _ Params) float64      { return math.Cos(x) }
func minusSinGo(x float64, _ Params) float64 { return -math.Sin(x) }
