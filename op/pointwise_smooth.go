package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
)

// Sin computes sin x.
//
//	dx = g·cos x
//
// Shapes: any → same. Saved: x.
func Sin(x grad.Value) grad.Value { return sin.Apply(funcAttrs{}, x) }

var sin = grad.Def[funcAttrs]{
	Name: "sin", Args: "x",
	Infer: inferFunc, Forward: mapped(vec.Sin), Backward: mappedGrad(vec.Sin),
}

// Cos computes cos x.
//
//	dx = −g·sin x
//
// Shapes: any → same. Saved: x.
func Cos(x grad.Value) grad.Value { return cos.Apply(funcAttrs{}, x) }

var cos = grad.Def[funcAttrs]{
	Name: "cos", Args: "x",
	Infer: inferFunc, Forward: mapped(vec.Cos), Backward: mappedGrad(vec.Cos),
}

// Log1p computes ln(1 + x), to full precision where x is small: −Inf at −1, NaN below.
//
//	dx = g / (1 + x)
//
// Shapes: any → same. Saved: x.
func Log1p(x grad.Value) grad.Value { return log1p.Apply(funcAttrs{}, x) }

var log1p = grad.Def[funcAttrs]{
	Name: "log1p", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.Log1p),
	Backward: mappedGrad(vec.Log1p),
	VJP:      func(_ *funcAttrs, v *grad.VJP) { v.SetGradIn(0, Div(v.GradOut(0), plus(v.In(0), 1))) },
}

// Expm1 computes eˣ − 1, to full precision where x is small.
//
//	dx = g·eˣ
//
// Shapes: any → same. Saved: x.
func Expm1(x grad.Value) grad.Value { return expm1.Apply(funcAttrs{}, x) }

var expm1 = grad.Def[funcAttrs]{
	Name: "expm1", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.Expm1),
	Backward: mappedGrad(vec.Expm1),
	VJP:      slopeVJP(func(_ *funcAttrs, x grad.Value) grad.Value { return Exp(x) }),
}

// Erf computes the error function, 2/√π·∫₀ˣ exp(−t²) dt.
//
//	dx = g·2/√π·exp(−x²)
//
// Shapes: any → same. Saved: x.
func Erf(x grad.Value) grad.Value { return erf.Apply(funcAttrs{}, x) }

var erf = grad.Def[funcAttrs]{
	Name: "erf", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.Erf),
	Backward: mappedGrad(vec.Erf),
	VJP: slopeVJP(func(_ *funcAttrs, x grad.Value) grad.Value {
		return times(Exp(Neg(Mul(x, x))), 2/math.SqrtPi)
	}),
}

// The derivatives of sin and cos are each other.
func init() {
	sin.VJP = slopeVJP(func(_ *funcAttrs, x grad.Value) grad.Value { return Cos(x) })
	cos.VJP = slopeVJP(func(_ *funcAttrs, x grad.Value) grad.Value { return Neg(Sin(x)) })
}
