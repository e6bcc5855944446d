package op

import (
	"slices"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// Repeat lays copies of x side by side: times[i] of them along axis i. Where there are more times than axes, x gets leading
// axes of 1. It is Expand and Reshape, axis by axis, as PyTorch's repeat and tile.
//
//	dx = the sum of the copies' gradients
//
// Shapes: [d₀ d₁ …], times → [times₀·d₀ times₁·d₁ …]. Saved: nothing.
func Repeat(x grad.Value, times ...int) grad.Value {
	shape := x.Shape()
	if len(times) < len(shape) || len(times) > tensor.MaxRank {
		panic(tensor.Errorf("op.Repeat of shape %v by %v: a number for each axis wanted, at most %d", shape, slices.Clone(times), tensor.MaxRank))
	}
	for range len(times) - len(shape) {
		shape = slices.Insert(shape, 0, 1)
	}
	x = Reshape(x, shape...)
	for a, n := range times {
		if n < 0 {
			panic(tensor.Errorf("op.Repeat by %v: a negative number of copies", slices.Clone(times)))
		}
		if n != 1 {
			x = copies(x, a, n, a)
		}
	}
	return x
}

// RepeatInterleave repeats each element along the axis n times: the copies of an element are neighbours.
//
//	dx = the sum of the copies' gradients
//
// Shapes: [… d …], n → [… d·n …]. Saved: nothing.
func RepeatInterleave(x grad.Value, n, axis int) grad.Value {
	a := axisOf("RepeatInterleave", x, axis)
	if n < 0 {
		panic(tensor.Errorf("op.RepeatInterleave by %d: a negative number of copies", n))
	}
	return copies(x, a, n, a+1)
}

// copies repeats x n times along a new axis before axis at, and makes one axis of it and axis a.
func copies(x grad.Value, a, n, at int) grad.Value {
	shape := x.Shape()
	outer, inner := 1, 1
	for _, d := range shape[:at] {
		outer *= d
	}
	for _, d := range shape[at:] {
		inner *= d
	}
	x = Expand(Reshape(x, outer, 1, inner), outer, n, inner)
	shape[a] *= n
	return Reshape(x, shape...)
}
