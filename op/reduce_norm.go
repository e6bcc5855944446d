package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// Norm is the p-norm along the axes, which go; no axes: of all elements. p is 1 or more, or +Inf.
//
//	y = (Σ |x|ᵖ)^(1/p); the largest |x| for p = +Inf
//	dx = g·sign(x)·(|x|/y)ᵖ⁻¹, g·sign(x) shared among the largest for +Inf; 0 where y is 0
//
// Shapes: x, axes → x without the axes. Saved: x, y. NormKeep leaves 1 in place of each axis.
func Norm(x grad.Value, p float64, axes ...int) grad.Value {
	return pNorm(x, p, reduceAttrs{axesOf(x, axes), false})
}

// NormKeep is Norm with the axes left as dimensions of size 1.
func NormKeep(x grad.Value, p float64, axes ...int) grad.Value {
	return pNorm(x, p, reduceAttrs{axesOf(x, axes), true})
}

func pNorm(x grad.Value, p float64, a reduceAttrs) grad.Value {
	switch {
	case p == 2:
		return norm2.Apply(a, x)
	case p == 1:
		return sum.Apply(a, Abs(x))
	case math.IsInf(p, 1):
		return maxOver(Abs(x), a.Axes, a.Keep)
	case !(p > 1):
		panic(tensor.Errorf("op.Norm with p %v; 1 or more wanted", p))
	}
	// The largest is taken out, as a constant: the norm scales, and so no power overflows, or vanishes for all elements.
	largest := Detach(maxOver(Abs(x), a.Axes, true))
	ratio := Abs(Div(x, Maximum(largest, x.Scalar(tiny))))
	total := sum.Apply(reduceAttrs{a.Axes, true}, PowScalar(ratio, p))
	y := Mul(PowScalar(Maximum(total, x.Scalar(0.5)), 1/p), largest) // total is 0 or at least 1
	if a.Keep {
		return y
	}
	var shape [tensor.MaxRank]int
	n := reducedShape(&shape, x.Shape(), a)
	return Reshape(y, shape[:n]...)
}

// Normalize divides x by its p-norm along the axes, or by eps where that is larger. It is made of NormKeep, Maximum and Div.
//
//	y = x / max(‖x‖ₚ, eps)
//
// Shapes: any → same. As torch.nn.functional.normalize, whose eps is 1e-12.
func Normalize(x grad.Value, p, eps float64, axes ...int) grad.Value {
	if !(eps > 0) {
		panic(tensor.Errorf("op.Normalize with eps %v; a positive one wanted", eps))
	}
	return Div(x, Maximum(NormKeep(x, p, axes...), x.Scalar(eps)))
}

// tiny is the smallest normal float32: what an element of a norm of 0 is divided by, to get 0.
const tiny = 0x1p-126

// norm2 is the Euclidean norm.
var norm2 = grad.Def[reduceAttrs]{
	Name: "norm", Args: "x",
	Infer: inferReduce,
	Forward: func(a *reduceAttrs, c *grad.Call) {
		x := c.In(0)
		t := c.Scratch(tensor.F32, x.Dims()...)
		vec.Mul(f32(t), f32(x), f32(x))
		sumTo(c, c.Out(0), t, a.Axes, false)
		vec.Sqrt(out(c, 0), out(c, 0))
	},
	Backward: func(a *reduceAttrs, c *grad.Call) {
		x, g := c.In(0), c.GradOut(0)
		k := c.Scratch(tensor.F32, g.Dims()...)
		vec.MaxScalar(f32(k), out(c, 0), tiny)
		vec.Div(f32(k), f32(g), f32(k))
		t := c.Scratch(tensor.F32, x.Dims()...)
		broadcast(t, x, kept(k, x.Dims(), a.Axes), &mulRows)
		pass(c, 0, f32(t))
	},
	VJP: func(a *reduceAttrs, v *grad.VJP) {
		x := v.In(0)
		k := Div(v.GradOut(0), Maximum(v.Out(0), x.Scalar(tiny)))
		v.SetGradIn(0, Mul(x, repeat(k, x, a.Axes)))
	},
}
