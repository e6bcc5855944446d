package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// GELU computes x·Φ(x), where Φ is the distribution function of the standard normal.
//
//	dx = g·(Φ(x) + x·exp(−x²/2)/√(2π))
//
// Shapes: any → same. Saved: x.
// Source: Hendrycks & Gimpel 2016, arXiv:1606.08415, the exact form.
func GELU(x grad.Value) grad.Value { return gelu.Apply(funcAttrs{}, x) }

var gelu = grad.Def[funcAttrs]{
	Name: "gelu", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.GELU),
	Backward: mappedGrad(vec.GELU),
	VJP:      slopeVJP(func(_ *funcAttrs, x grad.Value) grad.Value { return geluSlope(x) }),
}

func geluSlope(x grad.Value) grad.Value {
	density := times(Exp(times(Mul(x, x), -0.5)), 1/math.Sqrt(2*math.Pi))
	return Add(times(plus(Erf(times(x, math.Sqrt2/2)), 1), 0.5), Mul(x, density))
}

// GELUTanh computes x·(1 + tanh u)/2 with u = √(2/π)·(x + 0.044715·x³), which is near GELU: within 5e-4.
//
//	dx = g·(σ(2u) + x·σ(2u)·σ(−2u)·2u′)
//
// Shapes: any → same. Saved: x.
// Source: Hendrycks & Gimpel 2016, arXiv:1606.08415, the approximation by tanh.
func GELUTanh(x grad.Value) grad.Value { return geluTanh.Apply(funcAttrs{}, x) }

var geluTanh = grad.Def[funcAttrs]{
	Name: "gelu_tanh", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.GELUTanh),
	Backward: mappedGrad(vec.GELUTanh),
	VJP: slopeVJP(func(_ *funcAttrs, x grad.Value) grad.Value {
		scale := 2 * math.Sqrt(2/math.Pi)
		square := times(Mul(x, x), 0.044715*scale)
		s := Sigmoid(Mul(x, plus(square, scale)))
		bend := Mul(Mul(s, Sub(s.Scalar(1), s)), plus(times(square, 3), scale))
		return Add(s, Mul(x, bend))
	}),
}

// SiLU computes x·σ(x); it is Swish with β = 1.
//
//	dx = g·(σ(x) + x·σ(x)·σ(−x))
//
// Shapes: any → same. Saved: x.
// Source: Elfwing, Uchibe & Doya 2017, arXiv:1702.03118; Ramachandran, Zoph & Le 2017, arXiv:1710.05941.
func SiLU(x grad.Value) grad.Value { return silu.Apply(funcAttrs{}, x) }

var silu = grad.Def[funcAttrs]{
	Name: "silu", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.SiLU),
	Backward: mappedGrad(vec.SiLU),
	VJP:      slopeVJP(func(_ *funcAttrs, x grad.Value) grad.Value { return siluSlope(x) }),
}

func siluSlope(x grad.Value) grad.Value {
	s := Sigmoid(x)
	return Add(s, Mul(x, Mul(s, Sub(s.Scalar(1), s))))
}

// Mish computes x·tanh(ln(1 + eˣ)).
//
//	dx = g·(t + x·σ(x)·(1 − t²)), t = tanh(ln(1 + eˣ))
//
// Shapes: any → same. Saved: x.
// Source: Misra 2019, arXiv:1908.08681.
func Mish(x grad.Value) grad.Value { return mish.Apply(funcAttrs{}, x) }

var mish = grad.Def[funcAttrs]{
	Name: "mish", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.Mish),
	Backward: mappedGrad(vec.Mish),
	VJP: slopeVJP(func(_ *funcAttrs, x grad.Value) grad.Value {
		t := Tanh(Softplus(x, 1))
		return Add(t, Mul(Mul(x, Sigmoid(x)), Sub(t.Scalar(1), Mul(t, t))))
	}),
}

// Softplus computes ln(1 + exp(βx)) / β for β > 0, without overflow and to full precision: PyTorch's threshold, from which on
// it gives x, isn't needed.
//
//	dx = g·σ(βx)
//
// Shapes: any → same. Saved: x.
// Source: Dugas et al. 2000, "Incorporating second-order functional knowledge for better option pricing", NIPS.
func Softplus(x grad.Value, beta float64) grad.Value {
	if !(beta > 0) || math.IsInf(beta, 0) {
		panic(tensor.Errorf("op.Softplus: beta is %v; a finite one above 0 is wanted", beta))
	}
	return softplus.Apply(funcAttrs{vec.Params{float32(beta), float32(1 / beta)}}, x)
}

var softplus = grad.Def[funcAttrs]{
	Name: "softplus", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.Softplus),
	Backward: mappedGrad(vec.Softplus),
	VJP:      slopeVJP(func(a *funcAttrs, x grad.Value) grad.Value { return Sigmoid(times(x, float64(a.P[0]))) }),
}

// Softsign computes x / (1 + |x|).
//
//	dx = g / (1 + |x|)²
//
// Shapes: any → same. Saved: x.
// Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", AISTATS.
func Softsign(x grad.Value) grad.Value { return softsign.Apply(funcAttrs{}, x) }

var softsign = grad.Def[funcAttrs]{
	Name: "softsign", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.Softsign),
	Backward: mappedGrad(vec.Softsign),
	VJP: slopeVJP(func(_ *funcAttrs, x grad.Value) grad.Value {
		d := plus(Abs(x), 1)
		return Div(x.Scalar(1), Mul(d, d))
	}),
}

// Softmin computes exp(−x) / Σ exp(−x) along the axis. It is Softmax(Neg(x), axis).
func Softmin(x grad.Value, axis int) grad.Value { return Softmax(Neg(x), axis) }
