package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// ELU computes x where x > 0 and α·(eˣ − 1) elsewhere.
//
//	dx = g where x > 0, g·α·eˣ elsewhere
//
// Shapes: any → same. Saved: x. PyTorch's default α is 1.
// Source: Clevert, Unterthiner & Hochreiter 2015, arXiv:1511.07289.
func ELU(x grad.Value, alpha float64) grad.Value {
	if !finite(alpha) {
		panic(tensor.Errorf("op.ELU: alpha is %v; a finite one is wanted", alpha))
	}
	return elu.Apply(funcAttrs{vec.Params{float32(alpha), 1, 1}}, x)
}

// The constants for which SELU keeps mean 0 and variance 1: the paper's.
const (
	seluAlpha = 1.6732632423543772848170429916717
	seluScale = 1.0507009873554804934193349852946
)

// SELU computes λx where x > 0 and λα·(eˣ − 1) elsewhere, for λ = 1.0507… and α = 1.6732….
//
//	dx = g·λ where x > 0, g·λα·eˣ elsewhere
//
// Shapes: any → same. Saved: x.
// Source: Klambauer, Unterthiner, Mayr & Hochreiter 2017, arXiv:1706.02515.
func SELU(x grad.Value) grad.Value {
	return elu.Apply(funcAttrs{vec.Params{seluScale * seluAlpha, seluScale, 1}}, x)
}

// CELU computes x where x > 0 and α·(exp(x/α) − 1) elsewhere.
//
//	dx = g where x > 0, g·exp(x/α) elsewhere
//
// Shapes: any → same. Saved: x. PyTorch's default α is 1, which is ELU's.
// Source: Barron 2017, arXiv:1704.07483.
func CELU(x grad.Value, alpha float64) grad.Value {
	if !finite(alpha) || alpha == 0 {
		panic(tensor.Errorf("op.CELU: alpha is %v; a finite one that isn't 0 is wanted", alpha))
	}
	return elu.Apply(funcAttrs{vec.Params{float32(alpha), 1, float32(1 / alpha)}}, x)
}

// elu is p₁x where x > 0 and p₀·(exp(p₂x) − 1) elsewhere.
var elu = grad.Def[funcAttrs]{
	Name: "elu", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.ELU),
	Backward: mappedGrad(vec.ELU),
	VJP: slopeVJP(func(a *funcAttrs, x grad.Value) grad.Value {
		up := Heaviside(x, 0)
		low := times(Exp(times(Minimum(x, x.Scalar(0)), float64(a.P[2]))), float64(a.P[0])*float64(a.P[2]))
		return Add(times(up, float64(a.P[1])), Mul(low, plus(Neg(up), 1)))
	}),
}

func finite(x float64) bool { return !math.IsInf(x, 0) && x == x }
