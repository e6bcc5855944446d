package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// funcAttrs are the constants of a function that package vec has a kernel for.
type funcAttrs struct{ P vec.Params }

// inferFunc declares an f32 result of the operand's shape.
func inferFunc(_ *funcAttrs, c *grad.Call) { inferSame(nil, c) }

// mapped is a Forward by such a kernel.
func mapped(f vec.Func) func(*funcAttrs, *grad.Call) {
	return func(a *funcAttrs, c *grad.Call) { f.Map(out(c, 0), in(c, 0), a.P) }
}

// mappedGrad is a Backward by its slope at x.
func mappedGrad(f vec.Func) func(*funcAttrs, *grad.Call) {
	return func(a *funcAttrs, c *grad.Call) {
		g := gradOut(c, 0)
		gx, add := gradIn(c, 0)
		f.Grad(gx, g, in(c, 0), a.P, add)
	}
}

// slopeVJP is a VJP by the slope at x written in ops.
func slopeVJP(slope func(a *funcAttrs, x grad.Value) grad.Value) func(*funcAttrs, *grad.VJP) {
	return func(a *funcAttrs, v *grad.VJP) { v.SetGradIn(0, Mul(v.GradOut(0), slope(a, v.In(0)))) }
}

// flatGrad and flatVJP are those of what has steps only: the gradient is 0.
func flatGrad(_ *funcAttrs, c *grad.Call) {
	if gx, add := gradIn(c, 0); !add {
		clear(gx)
	}
}

func flatVJP(_ *funcAttrs, v *grad.VJP) { v.SetGradIn(0, times(v.GradOut(0), 0)) }

// times is k·x, and plus x + k.
func times(x grad.Value, k float64) grad.Value { return Mul(x, x.Scalar(k)) }
func plus(x grad.Value, k float64) grad.Value  { return Add(x, x.Scalar(k)) }

// Abs computes |x|.
//
//	dx = g·sign(x), 0 at 0
//
// Shapes: any → same. Saved: x.
func Abs(x grad.Value) grad.Value { return abs.Apply(funcAttrs{}, x) }

var abs = grad.Def[funcAttrs]{
	Name: "abs", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.Abs),
	Backward: mappedGrad(vec.Abs),
	VJP:      slopeVJP(func(_ *funcAttrs, x grad.Value) grad.Value { return Sign(x) }),
}

// Sign computes 1, 0 or −1, where x is above, at or below 0; 0 at NaN, as in PyTorch.
//
//	dx = 0
//
// Shapes: any → same. Saved: nothing. The gradient is zero everywhere, though there is none at 0.
func Sign(x grad.Value) grad.Value { return sign.Apply(funcAttrs{}, x) }

var sign = grad.Def[funcAttrs]{
	Name: "sign", Args: "x",
	Infer: inferFunc, Forward: mapped(vec.Sign), Backward: flatGrad, VJP: flatVJP,
}

// Heaviside computes 1, at0 or 0, where x is above, at or below 0.
//
//	dx = 0
//
// Shapes: any → same. Saved: nothing. The gradient is zero everywhere, though there is none at 0.
func Heaviside(x grad.Value, at0 float64) grad.Value {
	return heaviside.Apply(funcAttrs{vec.Params{float32(at0)}}, x)
}

var heaviside = grad.Def[funcAttrs]{
	Name: "heaviside", Args: "x",
	Infer: inferFunc, Forward: mapped(vec.Step), Backward: flatGrad, VJP: flatVJP,
}

// Floor computes the largest whole number that isn't above x.
//
//	dx = 0
//
// Shapes: any → same. Saved: nothing. The gradient is zero everywhere, though there is none where y jumps.
func Floor(x grad.Value) grad.Value { return floor.Apply(funcAttrs{}, x) }

var floor = grad.Def[funcAttrs]{
	Name: "floor", Args: "x",
	Infer: inferFunc, Forward: mapped(vec.Floor), Backward: flatGrad, VJP: flatVJP,
}

// Ceil computes the smallest whole number that isn't below x.
//
//	dx = 0
//
// Shapes: any → same. Saved: nothing. The gradient is zero everywhere, though there is none where y jumps.
func Ceil(x grad.Value) grad.Value { return ceil.Apply(funcAttrs{}, x) }

var ceil = grad.Def[funcAttrs]{
	Name: "ceil", Args: "x",
	Infer: inferFunc, Forward: mapped(vec.Ceil), Backward: flatGrad, VJP: flatVJP,
}

// Round computes the whole number nearest to x, and of two the even one.
//
//	dx = 0
//
// Shapes: any → same. Saved: nothing. The gradient is zero everywhere, though there is none where y jumps.
func Round(x grad.Value) grad.Value { return round.Apply(funcAttrs{}, x) }

var round = grad.Def[funcAttrs]{
	Name: "round", Args: "x",
	Infer: inferFunc, Forward: mapped(vec.Round), Backward: flatGrad, VJP: flatVJP,
}

// Clamp computes x, but at least low and at most high; NaN stays. Either may be infinite.
//
//	dx = g where low < x < high, 0 elsewhere
//
// Shapes: any → same. Saved: x.
func Clamp(x grad.Value, low, high float64) grad.Value {
	if !(low <= high) {
		panic(tensor.Errorf("op.Clamp: low %v and high %v: low is to be at most high", low, high))
	}
	return clamp.Apply(funcAttrs{vec.Params{float32(low), float32(high)}}, x)
}

var clamp = grad.Def[funcAttrs]{
	Name: "clamp", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.Clamp),
	Backward: mappedGrad(vec.Clamp),
	VJP: slopeVJP(func(a *funcAttrs, x grad.Value) grad.Value {
		return inside(x, float64(a.P[0]), float64(a.P[1]))
	}),
}

// inside is 1 where low < x < high and 0 elsewhere.
func inside(x grad.Value, low, high float64) grad.Value {
	return Mul(Heaviside(plus(x, -low), 0), Heaviside(plus(Neg(x), high), 0))
}
