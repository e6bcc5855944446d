package op

import (
	"math/bits"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
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

// Min takes the smallest element along the axes, which go; no axes: of all. NaN wins. It is −Max(−x).
//
//	dx = g, shared equally among the elements that equal the smallest
//
// Shapes: as Max. MinKeep leaves 1 in place of each axis.
func Min(x grad.Value, axes ...int) grad.Value { return Neg(Max(Neg(x), axes...)) }

// MinKeep is Min with the axes left as dimensions of size 1.
func MinKeep(x grad.Value, axes ...int) grad.Value { return Neg(MaxKeep(Neg(x), axes...)) }

func maxOver(x grad.Value, axes uint8, keep bool) grad.Value {
	return overRun(x, reduceAttrs{axes, keep}, &maximal)
}

// overRun reduces the axes by an op that takes one run of neighbouring ones; where they aren't neighbours it brings them to
// the end first.
func overRun(x grad.Value, a reduceAttrs, def *grad.Def[reduceAttrs]) grad.Value {
	if run := int(a.Axes) >> bits.TrailingZeros8(a.Axes); run&(run+1) == 0 {
		return def.Apply(a, x)
	}
	return overLast(x, a, def)
}

// overLast is overRun for an op that takes the last axes only.
func overLast(x grad.Value, a reduceAttrs, def *grad.Def[reduceAttrs]) grad.Value {
	n, reduced := x.Rank(), bits.OnesCount8(a.Axes)
	if a.Axes>>(n-reduced)<<(n-reduced) == a.Axes {
		return def.Apply(a, x)
	}
	perm := dimsAttrs{Rank: int32(n)}
	stay, gone := 0, n-reduced
	for i := range n {
		to := &stay
		if a.Axes&(1<<i) != 0 {
			to = &gone
		}
		perm.Dims[*to] = int32(i)
		*to++
	}
	var shape [tensor.MaxRank]int
	m := reducedShape(&shape, x.Shape(), a)
	last := uint8(1<<reduced-1) << (n - reduced)
	return Reshape(def.Apply(reduceAttrs{Axes: last}, permute.Apply(perm, x)), shape[:m]...)
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
	VJP: func(a *reduceAttrs, v *grad.VJP) {
		x := v.In(0)
		shares := maxShares.Apply(*a, x, v.Out(0))
		v.SetGradIn(0, Mul(repeat(v.GradOut(0), x, a.Axes), shares))
	},
}

// maxShares says which part of Max's gradient each element gets: 1 over the number of those that equal the largest, or 0.
var maxShares = grad.Def[reduceAttrs]{
	Name: "max_shares", Args: "x y",
	Infer: func(_ *reduceAttrs, c *grad.Call) { c.OutputLike(c.In(0)) },
	Forward: func(a *reduceAttrs, c *grad.Call) {
		outer, n, inner := runOf(c.In(0), a.Axes)
		ones := scratch(c, c.In(1).Numel())
		vec.Fill(ones, 1)
		reduce.MaxAxisGrad(out(c, 0), ones, in(c, 0), in(c, 1), outer, n, inner, false)
	},
	NoGrad: "it is piecewise constant", Stops: true,
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

// ArgMin gives the place of the first smallest element along the axis, which goes; NaN counts as the smallest.
//
// Shapes: as ArgMax. It has no gradient.
func ArgMin(x grad.Value, axis int) grad.Value { return ArgMax(Neg(x), axis) }

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
