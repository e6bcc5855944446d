package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// dimsAttrs are a shape or a list of axes.
type dimsAttrs struct {
	Rank int32
	Dims [tensor.MaxRank]int32
}

func dimsOf(name string, dims []int) dimsAttrs {
	if len(dims) > tensor.MaxRank {
		panic(tensor.Errorf("op.%s with %d dimensions; at most %d are supported", name, len(dims), tensor.MaxRank))
	}
	a := dimsAttrs{Rank: int32(len(dims))}
	for i, d := range dims {
		if d > math.MaxInt32 || d < -tensor.MaxRank {
			panic(tensor.Errorf("op.%s: dimension %d is out of range", name, d))
		}
		a.Dims[i] = int32(d)
	}
	return a
}

func (a *dimsAttrs) ints(buf *[tensor.MaxRank]int) []int {
	for i := range a.Rank {
		buf[i] = int(a.Dims[i])
	}
	return buf[:a.Rank]
}

// Reshape gives the elements, in row-major order, another shape; one dimension may be −1: the rest.
//
//	dx = g in x's shape
//
// Shapes: x, shape → shape. Saved: nothing. It is a view; a strided x is copied first.
func Reshape(x grad.Value, shape ...int) grad.Value {
	return reshape.Apply(dimsOf("Reshape", shape), x)
}

var reshape = grad.Def[dimsAttrs]{
	Name: "reshape", Args: "x",
	Infer: func(a *dimsAttrs, c *grad.Call) {
		var buf [tensor.MaxRank]int
		x := c.In(0)
		shape, n, free := a.ints(&buf), 1, 0
		for _, d := range shape {
			if d < 0 {
				free++
				continue
			}
			n *= d
		}
		switch {
		case free > 1:
			c.Fail("a shape with %d negative dimensions; one −1 at most", free)
		case free == 0 && n != x.Numel(), free == 1 && (n == 0 || x.Numel()%n != 0):
			c.Fail("%d elements don't fill shape %v", x.Numel(), a.Dims[:a.Rank])
		}
		y, _ := x.Reshape(shape...)
		c.OutputView(y)
	},
	Backward: func(_ *dimsAttrs, c *grad.Call) { hand(c, 0) },
}

// Permute gives an axis order: axis i of the result is axis axes[i] of x. It is a view.
//
//	dx = g in the inverse order
//
// Shapes: [d₀ d₁ …] → [d_axes₀ d_axes₁ …]. Saved: nothing.
func Permute(x grad.Value, axes ...int) grad.Value {
	return permute.Apply(dimsOf("Permute", axes), x)
}

// Transpose is Permute of the last two axes.
func Transpose(x grad.Value) grad.Value {
	n := x.Rank()
	if n < 2 {
		panic(tensor.Errorf("op.Transpose of shape %v: at least two dimensions wanted", x.Shape()))
	}
	a := dimsAttrs{Rank: int32(n)}
	for i := range n {
		a.Dims[i] = int32(i)
	}
	a.Dims[n-2], a.Dims[n-1] = int32(n-1), int32(n-2)
	return permute.Apply(a, x)
}

// inverse is the permutation that undoes a.
func (a *dimsAttrs) inverse() dimsAttrs {
	r := dimsAttrs{Rank: a.Rank}
	for i, d := range a.Dims[:a.Rank] {
		if d < 0 {
			d += a.Rank
		}
		r.Dims[d] = int32(i)
	}
	return r
}

var permute = grad.Def[dimsAttrs]{
	Name: "permute", Args: "x", Strided: true,
	Infer: func(a *dimsAttrs, c *grad.Call) {
		var buf [tensor.MaxRank]int
		c.OutputView(c.In(0).Permute(a.ints(&buf)...))
	},
	Backward: func(a *dimsAttrs, c *grad.Call) {
		var buf [tensor.MaxRank]int
		inv := a.inverse()
		giveView(c, 0, c.GradOut(0).Permute(inv.ints(&buf)...))
	},
}

// giveView gives operand i a gradient that is strided.
func giveView(c *grad.Call, i int, g tensor.Tensor) {
	gx, add := c.GradIn(i)
	if !add {
		tensor.Copy(gx, g)
		return
	}
	t := c.Scratch(tensor.F32, gx.Dims()...)
	tensor.Copy(t, g)
	vec.AddTo(f32(gx), f32(t))
}

// sliceAttrs are a run along an axis: from, from+step, … below to. N is the axis's whole length.
type sliceAttrs struct{ Axis, From, To, Step, N int32 }

// Slice takes elements from, from+1, … to−1 along the axis. It is a view.
//
//	dx = g there, 0 elsewhere
//
// Shapes: [… n …] → [… to−from …]. Saved: nothing. SliceStep takes every step-th.
func Slice(x grad.Value, axis, from, to int) grad.Value { return SliceStep(x, axis, from, to, 1) }

// SliceStep is Slice with a step of at least 1: elements from, from+step, … below to.
func SliceStep(x grad.Value, axis, from, to, step int) grad.Value {
	if n := x.Rank(); axis < 0 {
		axis += n
	}
	if axis < 0 || axis >= x.Rank() || from < 0 || to < from || to > x.Dim(axis) || step < 1 {
		panic(tensor.Errorf("op.Slice [%d:%d:%d] of axis %d of shape %v is out of range", from, to, step, axis, x.Shape()))
	}
	step = min(step, max(1, x.Dim(axis)))
	return slice.Apply(sliceAttrs{int32(axis), int32(from), int32(to), int32(step), int32(x.Dim(axis))}, x)
}

func (a *sliceAttrs) of(x tensor.Tensor) tensor.Tensor {
	return x.Slice(int(a.Axis), int(a.From), int(a.To), int(a.Step))
}

var slice = grad.Def[sliceAttrs]{
	Name: "slice", Args: "x", Strided: true,
	Infer: func(a *sliceAttrs, c *grad.Call) { c.OutputView(a.of(c.In(0))) },
	Backward: func(a *sliceAttrs, c *grad.Call) {
		gx, add := c.GradIn(0)
		if !add {
			clear(f32(gx))
		}
		g, part := c.GradOut(0), a.of(gx)
		if !add {
			tensor.Copy(part, g)
			return
		}
		t := c.Scratch(tensor.F32, g.Dims()...)
		tensor.Copy(t, part)
		vec.AddTo(f32(t), f32(g))
		tensor.Copy(part, t)
	},
}

// place is slice's backward as an op: x at the slice of zeros.
var place = grad.Def[sliceAttrs]{
	Name: "place", Args: "x",
	Infer: func(a *sliceAttrs, c *grad.Call) {
		wantF32(c, 0, 1)
		x := c.In(0)
		var shape [tensor.MaxRank]int
		copy(shape[:], x.Dims())
		shape[a.Axis] = int(a.N)
		c.Output(tensor.F32, shape[:x.Rank()]...)
	},
	Forward: func(a *sliceAttrs, c *grad.Call) {
		clear(out(c, 0))
		tensor.Copy(a.of(c.Out(0)), c.In(0))
	},
	Backward: func(a *sliceAttrs, c *grad.Call) { giveView(c, 0, a.of(c.GradOut(0))) },
}

// Expand repeats dimensions of size 1, and adds leading ones, to get the shape. It is a view.
//
//	dx = g summed over the repeats
//
// Shapes: x, shape → shape, where x broadcasts to it. Saved: nothing.
func Expand(x grad.Value, shape ...int) grad.Value {
	return expand.Apply(dimsOf("Expand", shape), x)
}

var expand = grad.Def[dimsAttrs]{
	Name: "expand", Args: "x", Strided: true,
	Infer: func(a *dimsAttrs, c *grad.Call) {
		var buf [tensor.MaxRank]int
		c.OutputView(c.In(0).Expand(a.ints(&buf)...))
	},
	Backward: func(_ *dimsAttrs, c *grad.Call) { giveSum(c, 0, c.GradOut(0)) },
	VJP:      func(_ *dimsAttrs, v *grad.VJP) { v.SetGradIn(0, unbroadcast(v.GradOut(0), v.In(0))) },
}

// Detach gives x without its history: no gradient flows through it. It is a view.
//
// Shapes: any → same.
func Detach(x grad.Value) grad.Value { return detach.Apply(grad.None{}, x) }

var detach = grad.Def[grad.None]{
	Name: "detach", Args: "x", Strided: true,
	Infer:  func(_ *grad.None, c *grad.Call) { c.OutputView(c.In(0)) },
	NoGrad: "the value was detached", Stops: true,
}

func init() {
	reshape.VJP = func(_ *dimsAttrs, v *grad.VJP) {
		v.SetGradIn(0, Reshape(v.GradOut(0), v.In(0).Shape()...))
	}
	permute.VJP = func(a *dimsAttrs, v *grad.VJP) {
		v.SetGradIn(0, permute.Apply(a.inverse(), v.GradOut(0)))
	}
	slice.VJP = func(a *sliceAttrs, v *grad.VJP) { v.SetGradIn(0, place.Apply(*a, v.GradOut(0))) }
	place.VJP = func(a *sliceAttrs, v *grad.VJP) { v.SetGradIn(0, slice.Apply(*a, v.GradOut(0))) }
}
