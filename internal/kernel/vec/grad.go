package vec

// The backward forms: gx is the gradient of the operand, g that of the result. Each overwrites gx, or adds to it
// where acc is true. What a backward form needs is x or y = f(x), as named.

// pick returns the loop that adds if acc is true, else the one that overwrites.
func pick[F any](acc bool, over, add F) F {
	if acc {
		return add
	}
	return over
}

// ReLUGrad computes gx = g where y > 0, 0 elsewhere, for y = ReLU(x).
func ReLUGrad(gx, g, y []float32, acc bool) {
	t := active()
	pick(acc, t.reluGrad, t.reluGradAcc).run(gx, g, y)
}

// SigmoidGrad computes gx = g·y·(1 − y), for y = σ(x).
func SigmoidGrad(gx, g, y []float32, acc bool) {
	t := active()
	pick(acc, t.sigmoidGrad, t.sigmoidGradAcc).run(gx, g, y)
}

// TanhGrad computes gx = g·(1 − y²), for y = tanh(x).
func TanhGrad(gx, g, y []float32, acc bool) {
	t := active()
	pick(acc, t.tanhGrad, t.tanhGradAcc).run(gx, g, y)
}

// SqrtGrad computes gx = g / (2y), for y = √x.
func SqrtGrad(gx, g, y []float32, acc bool) {
	t := active()
	pick(acc, t.sqrtGrad, t.sqrtGradAcc).run(gx, g, y)
}

// DivGrad computes the gradient of the denominator of y = a / b: gb = −g·y / b.
func DivGrad(gb, g, y, b []float32, acc bool) {
	t := active()
	pick(acc, t.divGrad, t.divGradAcc).run(gb, g, y, b)
}

// MaxGrad computes the gradient of the operand a of y = max(a, b): ga = g where a > b, g/2 where a = b, 0 elsewhere.
// That of b is MaxGrad with a and b exchanged.
func MaxGrad(ga, g, a, b []float32, acc bool) {
	t := active()
	pick(acc, t.maxGrad, t.maxGradAcc).run(ga, g, a, b)
}
