package op

import (
	"slices"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// Stack puts values of one shape beside each other along a new axis. It is Concat of the values with that axis.
//
//	dxᵢ = the part of g that came from xᵢ
//
// Shapes: [d₀ d₁ …], n of them → [… n …] with n at the axis. Saved: nothing.
func Stack(axis int, xs ...grad.Value) grad.Value {
	if len(xs) == 0 {
		panic(tensor.Errorf("op.Stack of no values"))
	}
	shape := xs[0].Shape()
	a := axis
	if a < 0 {
		a += len(shape) + 1
	}
	if a < 0 || a > len(shape) {
		panic(tensor.Errorf("op.Stack along axis %d of values of shape %v: there are axes 0 to %d", axis, shape, len(shape)))
	}
	wide := slices.Insert(slices.Clone(shape), a, 1)
	parts := make([]grad.Value, len(xs))
	for i, x := range xs {
		if got := x.Shape(); !slices.Equal(got, shape) {
			panic(tensor.Errorf("op.Stack: value %d has shape %v, the first has %v; one shape wanted", i, got, shape))
		}
		parts[i] = Reshape(x, wide...)
	}
	return Concat(a, parts...)
}

// Split cuts x along the axis into parts of the sizes. The parts are views.
//
//	dx = the parts' gradients, one after the other
//
// Shapes: [… n …], sizes with n₁+n₂+… = n → [… n₁ …], [… n₂ …], … Saved: nothing.
func Split(x grad.Value, axis int, sizes ...int) []grad.Value {
	a := axisOf("Split", x, axis)
	parts, from := make([]grad.Value, len(sizes)), 0
	for i, n := range sizes {
		if n < 0 || n > x.Dim(a)-from {
			panic(tensor.Errorf("op.Split of axis %d of shape %v into %v: together %d wanted, none negative", axis, x.Shape(), slices.Clone(sizes), x.Dim(a)))
		}
		parts[i] = Slice(x, a, from, from+n)
		from += n
	}
	if from != x.Dim(a) {
		panic(tensor.Errorf("op.Split of axis %d of shape %v into %v: together %d wanted, they are %d", axis, x.Shape(), slices.Clone(sizes), x.Dim(a), from))
	}
	return parts
}

// axisOf returns the axis of x, counted from the front; op names itself if there is none.
func axisOf(op string, x grad.Value, axis int) int {
	n := x.Rank()
	a := axis
	if a < 0 {
		a += n
	}
	if a < 0 || a >= n {
		panic(tensor.Errorf("op.%s: axis %d is outside a value of shape %v", op, axis, x.Shape()))
	}
	return a
}
