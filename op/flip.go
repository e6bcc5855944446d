package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

type flipAttrs struct{ Axis int32 }

// Flip reverses the order along the axes; no axes: along all of them.
//
//	y[…, i, …] = x[…, n−1−i, …]
//	dx = g flipped
//
// Shapes: any → same. Saved: nothing.
func Flip(x grad.Value, axes ...int) grad.Value {
	mask := axesOf(x, axes)
	for a := range x.Rank() {
		if mask&(1<<a) != 0 {
			x = flip.Apply(flipAttrs{int32(a)}, x)
		}
	}
	return x
}

var flip = grad.Def[flipAttrs]{
	Name: "flip", Args: "x",
	Infer:   func(_ *flipAttrs, c *grad.Call) { inferSame(nil, c) },
	Forward: func(a *flipAttrs, c *grad.Call) { reversed(out(c, 0), c.In(0), a, false) },
	Backward: func(a *flipAttrs, c *grad.Call) {
		g := c.GradOut(0)
		gx, add := gradIn(c, 0)
		reversed(gx, g, a, add)
	},
}

// reversed computes dst = x in the reverse order along the axis, or adds it to dst.
func reversed(dst []float32, x tensor.Tensor, a *flipAttrs, add bool) {
	outer, n, inner := runOf(x, 1<<a.Axis)
	src := f32(x)
	for o := range outer {
		for k := range n {
			from, to := src[(o*n+k)*inner:][:inner], dst[(o*n+n-1-k)*inner:][:inner]
			if !add {
				copy(to, from)
				continue
			}
			for i, v := range from {
				to[i] += v
			}
		}
	}
}

func init() {
	flip.VJP = func(a *flipAttrs, v *grad.VJP) { v.SetGradIn(0, flip.Apply(*a, v.GradOut(0))) }
}

// Roll moves the elements along the axis by shift places; those that leave at one end come in at the other. It is Concat of
// two slices.
//
//	y[…, i, …] = x[…, (i − shift) mod n, …]
//	dx = g rolled by −shift
//
// Shapes: any with the axis → same. Saved: nothing.
func Roll(x grad.Value, shift, axis int) grad.Value {
	a := axisOf("Roll", x, axis)
	n := x.Dim(a)
	if n == 0 {
		return x
	}
	cut := ((n-shift)%n + n) % n
	return Concat(a, Slice(x, a, cut, n), Slice(x, a, 0, cut))
}
