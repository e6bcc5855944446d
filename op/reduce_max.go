package op

import (
	"math/bits"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/tensor"
)

// Max takes the largest element along the axes, which go; no axes: of all. NaN wins.
//
//	dx = g, shared equally among the elements that equal the largest
//
// Shapes: x, axes → x without the axes; what is reduced must not be empty. Saved: x, y. MaxKeep leaves 1 in place of each
// axis.
func Max(x grad.Value, axes ...int) grad.Value { return maxOver(x, axesOf(x, axes), false) }

// MaxKeep is Max with the axes left as dimensions of size 1.
func MaxKeep(x grad.Value, axes ...int) grad.Value { return maxOver(x, axesOf(x, axes), true) }

// maxOver brings the axes together, where they aren't neighbours, and reduces them in one.
func maxOver(x grad.Value, axes uint8, keep bool) grad.Value {
	if run := int(axes) >> bits.TrailingZeros8(axes); run&(run+1) == 0 {
		return maximal.Apply(reduceAttrs{axes, keep}, x)
	}
	n, reduced := x.Rank(), bits.OnesCount8(axes)
	perm := dimsAttrs{Rank: int32(n)}
	stay, gone := 0, n-reduced
	for i := range n {
		to := &stay
		if axes&(1<<i) != 0 {
			to = &gone
		}
		perm.Dims[*to] = int32(i)
		*to++
	}
	var shape [tensor.MaxRank]int
	m := reducedShape(&shape, x.Shape(), reduceAttrs{axes, keep})
	last := uint8(1<<reduced-1) << (n - reduced)
	return Reshape(maximal.Apply(reduceAttrs{Axes: last}, permute.Apply(perm, x)), shape[:m]...)
}

// maximal reduces one run of neighbouring axes.
var maximal = grad.Def[reduceAttrs]{
	Name: "max", Args: "x",
	Infer: func(a *reduceAttrs, c *grad.Call) {
		x := c.In(0)
		if n := reducedNumel(x.Dims(), a.Axes); n == 0 {
			c.Fail("the largest of no elements isn't defined")
		}
		inferReduce(a, c)
	},
	Forward: func(a *reduceAttrs, c *grad.Call) {
		outer, n, inner := runOf(c.In(0), a.Axes)
		reduce.MaxAxis(out(c, 0), in(c, 0), outer, n, inner)
	},
	Backward: func(a *reduceAttrs, c *grad.Call) {
		outer, n, inner := runOf(c.In(0), a.Axes)
		g := gradOut(c, 0)
		gx, add := gradIn(c, 0)
		reduce.MaxAxisGrad(gx, g, in(c, 0), out(c, 0), outer, n, inner, add)
	},
}

// runOf sees x as [outer n inner], where n are the axes of the mask, which are neighbours.
func runOf(x tensor.Tensor, axes uint8) (outer, n, inner int) {
	outer, n, inner = 1, 1, 1
	for i, d := range x.Dims() {
		switch {
		case axes&(1<<i) != 0:
			n *= d
		case axes>>i == 0:
			inner *= d
		default:
			outer *= d
		}
	}
	return outer, n, inner
}

// ArgMax gives the place of the first largest element along the axis, which goes; NaN counts as the largest.
//
// Shapes: [… n …] → [… …] i32; n must be at least 1. It has no gradient.
func ArgMax(x grad.Value, axis int) grad.Value {
	return argMax.Apply(reduceAttrs{Axes: axesOf(x, []int{axis})}, x)
}

var argMax = grad.Def[reduceAttrs]{
	Name: "arg_max", Args: "x",
	Infer: func(a *reduceAttrs, c *grad.Call) {
		wantF32(c, 0, 1)
		x := c.In(0)
		if reducedNumel(x.Dims(), a.Axes) == 0 {
			c.Fail("the largest of no elements isn't defined")
		}
		var shape [tensor.MaxRank]int
		n := reducedShape(&shape, x.Dims(), *a)
		c.Output(tensor.I32, shape[:n]...)
	},
	Forward: func(a *reduceAttrs, c *grad.Call) {
		outer, n, inner := runOf(c.In(0), a.Axes)
		reduce.ArgMaxAxis(tensor.Of[int32](c.Out(0)), in(c, 0), outer, n, inner)
	},
	NoGrad: "it is piecewise constant",
}
