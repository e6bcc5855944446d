// Package op has every function that a model computes with, one file an op or a family: its formula, gradient, shapes
// and source are in its doc, and its forward and backward beside each other in its [grad.Def].
//
// Ops take and return [grad.Value]s and find the tape from their operands. They compute in f32. Shapes that don't fit and
// ids out of range panic with a [tensor.Error], which the step returns. Axes may be negative: they count from the end.
package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

func f32(t tensor.Tensor) []float32 { return tensor.Of[float32](t) }

// in, out and saved are the elements of a Call's tensors.
func in(c *grad.Call, i int) []float32    { return f32(c.In(i)) }
func out(c *grad.Call, i int) []float32   { return f32(c.Out(i)) }
func saved(c *grad.Call, i int) []float32 { return f32(c.Saved(i)) }

// optional is in, or nil where the operand was left out.
func optional(c *grad.Call, i int) []float32 {
	if !c.Has(i) {
		return nil
	}
	return in(c, i)
}

// gradOut and gradIn are the elements of the gradients.
func gradOut(c *grad.Call, i int) []float32 { return f32(c.GradOut(i)) }

func gradIn(c *grad.Call, i int) (g []float32, add bool) {
	t, add := c.GradIn(i)
	return f32(t), add
}

// scratch is memory of n elements for the rest of the call.
func scratch(c *grad.Call, n int) []float32 { return f32(c.Scratch(tensor.F32, n)) }

// attr32 refuses a setting that isn't an i32, which is what an op keeps of it.
func attr32(op, name string, v int) int32 {
	if int(int32(v)) != v {
		panic(tensor.Errorf("op.%s: %s is %d; an i32 wanted", op, name, v))
	}
	return int32(v)
}

// wantF32 refuses operands from the first that aren't f32.
func wantF32(c *grad.Call, first, n int) {
	for i := first; i < first+n; i++ {
		if c.Has(i) && c.In(i).DType() != tensor.F32 {
			c.Fail("operand %d is %s, f32 wanted; convert it with op.Cast", i, c.In(i).DType())
		}
	}
}

// hand gives operand i the gradient of output 0, of as many elements, as it is; it comes last.
func hand(c *grad.Call, i int) {
	if c.Needs(i) && !c.PassGrad(i, 0) {
		pass(c, i, gradOut(c, 0))
	}
}

// pass gives operand i the gradient g of as many elements.
func pass(c *grad.Call, i int, g []float32) {
	if !c.Needs(i) {
		return
	}
	if gx, add := gradIn(c, i); add {
		vec.AddTo(gx, g)
	} else {
		copy(gx, g)
	}
}
