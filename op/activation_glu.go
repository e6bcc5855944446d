package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// The gated linear units: of the two halves a and b of the last axis, b decides what of a goes through. One Linear makes both.

// GLU computes a·σ(b), where a is the first half of x along the last axis and b the second.
//
//	da = g·σ(b), db = g·a·σ(b)·σ(−b)
//
// Shapes: [… 2D] → [… D]. Saved: x.
// Source: Dauphin, Fan, Auli & Grangier 2016, arXiv:1612.08083.
func GLU(x grad.Value) grad.Value { return glu.Apply(grad.None{}, x) }

var glu = grad.Def[grad.None]{
	Name: "glu", Args: "x",
	Infer:    inferGate,
	Forward:  gated(vec.GLU),
	Backward: gatedGrad(vec.GLU),
	VJP: gatedVJP(func(b grad.Value) (y, slope grad.Value) {
		y = Sigmoid(b)
		return y, Mul(y, Sub(y.Scalar(1), y))
	}),
}

// SwiGLU computes a·SiLU(b), where a is the first half of x along the last axis and b the second. PyTorch has no such function;
// the gate is where its GLU has it. (Some models put it first: swap the halves of their weight's rows.)
//
//	da = g·SiLU(b), db = g·a·(σ(b) + b·σ(b)·σ(−b))
//
// Shapes: [… 2D] → [… D]. Saved: x.
// Source: Shazeer 2020, arXiv:2002.05202, without biases or with.
func SwiGLU(x grad.Value) grad.Value { return swiglu.Apply(grad.None{}, x) }

var swiglu = grad.Def[grad.None]{
	Name: "swiglu", Args: "x",
	Infer:    inferGate,
	Forward:  gated(vec.SwiGLU),
	Backward: gatedGrad(vec.SwiGLU),
	VJP:      gatedVJP(func(b grad.Value) (y, slope grad.Value) { return SiLU(b), siluSlope(b) }),
}

// GeGLU computes a·GELU(b), where a is the first half of x along the last axis and b the second; GELU is the exact one.
//
//	da = g·GELU(b), db = g·a·(Φ(b) + b·exp(−b²/2)/√(2π))
//
// Shapes: [… 2D] → [… D]. Saved: x.
// Source: Shazeer 2020, arXiv:2002.05202.
func GeGLU(x grad.Value) grad.Value { return geglu.Apply(grad.None{}, x) }

var geglu = grad.Def[grad.None]{
	Name: "geglu", Args: "x",
	Infer:    inferGate,
	Forward:  gated(vec.GeGLU),
	Backward: gatedGrad(vec.GeGLU),
	VJP:      gatedVJP(func(b grad.Value) (y, slope grad.Value) { return GELU(b), geluSlope(b) }),
}

// ReGLU computes a·ReLU(b), where a is the first half of x along the last axis and b the second. It is Mul of the one and ReLU of
// the other.
//
//	da = g·max(b, 0), db = g·a where b > 0, 0 elsewhere
//
// Shapes: [… 2D] → [… D].
// Source: Shazeer 2020, arXiv:2002.05202.
func ReGLU(x grad.Value) grad.Value {
	axis := axisOf("ReGLU", x, -1)
	n := x.Dim(axis)
	if n%2 != 0 {
		panic(tensor.Errorf("op.ReGLU of shape %v: a last axis of even size wanted: it is cut in halves", x.Shape()))
	}
	return Mul(Slice(x, axis, 0, n/2), ReLU(Slice(x, axis, n/2, n)))
}

func inferGate(_ *grad.None, c *grad.Call) {
	wantF32(c, 0, 1)
	x := c.In(0)
	n := x.Rank()
	if n == 0 || x.Dim(n-1)%2 != 0 {
		c.Fail("a last axis of even size wanted: it is cut in halves")
	}
	var shape [tensor.MaxRank]int
	copy(shape[:], x.Dims())
	shape[n-1] /= 2
	c.Output(tensor.F32, shape[:n]...)
}

func gated(f vec.Gate) func(*grad.None, *grad.Call) {
	return func(_ *grad.None, c *grad.Call) { f.Rows(out(c, 0), in(c, 0), c.Out(0).Dim(-1)) }
}

func gatedGrad(f vec.Gate) func(*grad.None, *grad.Call) {
	return func(_ *grad.None, c *grad.Call) {
		g := gradOut(c, 0)
		gx, add := gradIn(c, 0)
		f.Grad(gx, g, in(c, 0), c.Out(0).Dim(-1), add)
	}
}

// gatedVJP is a VJP by the gate and its slope in ops.
func gatedVJP(of func(b grad.Value) (y, slope grad.Value)) func(*grad.None, *grad.VJP) {
	return func(_ *grad.None, v *grad.VJP) {
		x, g := v.In(0), v.GradOut(0)
		axis := x.Rank() - 1
		n := x.Dim(axis)
		a, b := Slice(x, axis, 0, n/2), Slice(x, axis, n/2, n)
		y, slope := of(b)
		v.SetGradIn(0, Concat(axis, Mul(g, y), Mul(g, Mul(a, slope))))
	}
}
