package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
)

// inferSame declares an f32 result of the first operand's shape.
func inferSame(_ *grad.None, c *grad.Call) {
	wantF32(c, 0, 1)
	c.OutputLike(c.In(0))
}

// each is a Forward by a kernel that maps elements.
func each(kernel func(dst, x []float32)) func(*grad.None, *grad.Call) {
	return func(_ *grad.None, c *grad.Call) { kernel(out(c, 0), in(c, 0)) }
}

// eachGrad is a Backward by a kernel that needs the gradient and the result.
func eachGrad(kernel func(gx, g, y []float32, add bool)) func(*grad.None, *grad.Call) {
	return func(_ *grad.None, c *grad.Call) {
		g := gradOut(c, 0)
		gx, add := gradIn(c, 0)
		kernel(gx, g, out(c, 0), add)
	}
}

// Neg computes −x.
//
//	dx = −g
//
// Shapes: any → same. Saved: nothing.
func Neg(x grad.Value) grad.Value { return neg.Apply(grad.None{}, x) }

var neg = grad.Def[grad.None]{
	Name: "neg", Args: "x",
	Infer:   inferSame,
	Forward: each(vec.Neg),
	Backward: eachGrad(func(gx, g, _ []float32, add bool) {
		if add {
			vec.Sub(gx, gx, g)
		} else {
			vec.Neg(gx, g)
		}
	}),
}

// Exp computes eˣ.
//
//	dx = g·y
//
// Shapes: any → same. Saved: y.
func Exp(x grad.Value) grad.Value { return exp.Apply(grad.None{}, x) }

var exp = grad.Def[grad.None]{
	Name: "exp", Args: "x",
	Infer:   inferSame,
	Forward: each(vec.Exp),
	Backward: eachGrad(func(gx, g, y []float32, add bool) {
		if add {
			vec.MulAcc(gx, g, y)
		} else {
			vec.Mul(gx, g, y)
		}
	}),
	VJP: func(_ *grad.None, v *grad.VJP) { v.SetGradIn(0, Mul(v.GradOut(0), v.Out(0))) },
}

// Log computes ln x: −Inf at 0, NaN below.
//
//	dx = g / x
//
// Shapes: any → same. Saved: x.
func Log(x grad.Value) grad.Value { return log.Apply(grad.None{}, x) }

var log = grad.Def[grad.None]{
	Name: "log", Args: "x",
	Infer:   inferSame,
	Forward: each(vec.Log),
	Backward: func(_ *grad.None, c *grad.Call) {
		g := gradOut(c, 0)
		if gx, add := gradIn(c, 0); add {
			vec.DivAcc(gx, g, in(c, 0))
		} else {
			vec.Div(gx, g, in(c, 0))
		}
	},
	VJP: func(_ *grad.None, v *grad.VJP) { v.SetGradIn(0, Div(v.GradOut(0), v.In(0))) },
}

// Sqrt computes √x: NaN below 0.
//
//	dx = g / (2y)
//
// Shapes: any → same. Saved: y.
func Sqrt(x grad.Value) grad.Value { return sqrt.Apply(grad.None{}, x) }

var sqrt = grad.Def[grad.None]{
	Name: "sqrt", Args: "x",
	Infer:    inferSame,
	Forward:  each(vec.Sqrt),
	Backward: eachGrad(vec.SqrtGrad),
	VJP: func(_ *grad.None, v *grad.VJP) {
		y := v.Out(0)
		v.SetGradIn(0, Div(v.GradOut(0), Add(y, y)))
	},
}

func init() {
	neg.VJP = func(_ *grad.None, v *grad.VJP) { v.SetGradIn(0, Neg(v.GradOut(0))) }
}
