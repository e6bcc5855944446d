package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// varAttrs are the axes reduced and what is subtracted from the number of elements.
type varAttrs struct {
	reduceAttrs
	Correction int32
}

// Var is the variance along the axes, which go; no axes: of all elements. With n elements to each,
//
//	y = Σ (x − mean)² / (n − correction)
//	dx = 2·g·(x − mean) / (n − correction)
//
// A correction of 1 gives the unbiased variance of a sample, PyTorch's default; 0 the biased one, which the norms use.
//
// Shapes: x, axes → x without the axes; n must be above the correction. Saved: x, the mean. VarKeep leaves 1 in place of each
// axis.
func Var(x grad.Value, correction int, axes ...int) grad.Value {
	return variance.Apply(varOf(x, correction, axes, false), x)
}

// VarKeep is Var with the axes left as dimensions of size 1.
func VarKeep(x grad.Value, correction int, axes ...int) grad.Value {
	return variance.Apply(varOf(x, correction, axes, true), x)
}

func varOf(x grad.Value, correction int, axes []int, keep bool) varAttrs {
	if correction < 0 || correction > math.MaxInt32 {
		panic(tensor.Errorf("a variance with correction %d; 0 or more wanted", correction))
	}
	return varAttrs{reduceAttrs{axesOf(x, axes), keep}, int32(correction)}
}

// over is what the sum of squares is divided by.
func (a *varAttrs) over(dims []int) int { return reducedNumel(dims, a.Axes) - int(a.Correction) }

var variance = grad.Def[varAttrs]{
	Name: "var", Args: "x",
	Infer: func(a *varAttrs, c *grad.Call) {
		x := c.In(0)
		if n := a.over(x.Dims()); n < 1 {
			c.Fail("the variance of %d elements with correction %d isn't defined", reducedNumel(x.Dims(), a.Axes), a.Correction)
		}
		inferReduce(&a.reduceAttrs, c)
		c.Save(tensor.F32, c.Out(0).Numel())
	},
	Forward: func(a *varAttrs, c *grad.Call) {
		x, y := c.In(0), c.Out(0)
		mean := saved(c, 0)
		sumTo(c, c.Saved(0), x, a.Axes, false)
		vec.DivScalar(mean, mean, float32(reducedNumel(x.Dims(), a.Axes)))
		d := a.centred(c)
		vec.Mul(f32(d), f32(d), f32(d))
		sumTo(c, y, d, a.Axes, false)
		vec.DivScalar(f32(y), f32(y), float32(a.over(x.Dims())))
	},
	Backward: func(a *varAttrs, c *grad.Call) {
		x, g := c.In(0), c.GradOut(0)
		d, k := a.centred(c), c.Scratch(tensor.F32, g.Dims()...)
		vec.MulScalar(f32(k), f32(g), 2/float32(a.over(x.Dims())))
		broadcast(d, d, kept(k, x.Dims(), a.Axes), &mulRows)
		pass(c, 0, f32(d))
	},
	VJP: func(a *varAttrs, v *grad.VJP) {
		x := v.In(0)
		d := Sub(x, mean.Apply(reduceAttrs{a.Axes, true}, x))
		k := Mul(v.GradOut(0), x.Scalar(2/float64(a.over(x.Shape()))))
		v.SetGradIn(0, Mul(d, repeat(k, x, a.Axes)))
	},
}

// centred returns x − mean.
func (a *varAttrs) centred(c *grad.Call) tensor.Tensor {
	x := c.In(0)
	d := c.Scratch(tensor.F32, x.Dims()...)
	broadcast(d, x, kept(c.Saved(0), x.Dims(), a.Axes), &subRows)
	return d
}

// Std is the standard deviation along the axes: √Var. It is the norm of x − mean, over √(n − correction), and so its gradient
// where all elements are equal is 0, as PyTorch's.
//
//	dx = g·(x − mean) / ((n − correction)·y)
//
// Shapes: as Var. Saved: x − mean, y. StdKeep leaves 1 in place of each axis.
func Std(x grad.Value, correction int, axes ...int) grad.Value {
	return std(x, varOf(x, correction, axes, false))
}

// StdKeep is Std with the axes left as dimensions of size 1.
func StdKeep(x grad.Value, correction int, axes ...int) grad.Value {
	return std(x, varOf(x, correction, axes, true))
}

func std(x grad.Value, a varAttrs) grad.Value {
	n := a.over(x.Shape())
	if n < 1 {
		panic(tensor.Errorf("op.Std of shape %v: the deviation of %d elements with correction %d isn't defined", x.Shape(), n+int(a.Correction), a.Correction))
	}
	d := Sub(x, mean.Apply(reduceAttrs{a.Axes, true}, x))
	return Mul(norm2.Apply(a.reduceAttrs, d), x.Scalar(1/math.Sqrt(float64(n))))
}
