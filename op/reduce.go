package op

import (
	"math/bits"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// reduceAttrs are the axes reduced, as a mask; Keep leaves them as dimensions of size 1.
type reduceAttrs struct {
	Axes uint8
	Keep bool
}

// axesOf returns the mask of the axes of x; none given: all.
func axesOf(x grad.Value, axes []int) uint8 {
	n := x.Rank()
	if len(axes) == 0 {
		return uint8(1<<n - 1)
	}
	var m uint8
	for _, a := range axes {
		i := a
		if i < 0 {
			i += n
		}
		if i < 0 || i >= n || m&(1<<i) != 0 {
			panic(tensor.Errorf("axis %d of a reduction of shape %v is out of range or comes twice", a, x.Shape()))
		}
		m |= 1 << i
	}
	return m
}

// inferReduce declares the result without, or with 1 for, the reduced axes.
func inferReduce(a *reduceAttrs, c *grad.Call) {
	wantF32(c, 0, 1)
	x := c.In(0)
	var shape [tensor.MaxRank]int
	n := reducedShape(&shape, x.Dims(), *a)
	c.Output(tensor.F32, shape[:n]...)
}

func reducedShape(shape *[tensor.MaxRank]int, dims []int, a reduceAttrs) int {
	n := 0
	for i, d := range dims {
		switch {
		case a.Axes&(1<<i) == 0:
			shape[n] = d
		case a.Keep:
			shape[n] = 1
		default:
			continue
		}
		n++
	}
	return n
}

// kept returns t, a reduction of shape dims, with its reduced axes as dimensions of size 1.
func kept(t tensor.Tensor, dims []int, axes uint8) tensor.Tensor {
	var shape [tensor.MaxRank]int
	n := reducedShape(&shape, dims, reduceAttrs{axes, true})
	r, _ := t.Reshape(shape[:n]...)
	return r
}

// reducedNumel is the number of elements that one element of the result is made of.
func reducedNumel(dims []int, axes uint8) int {
	n := 1
	for i, d := range dims {
		if axes&(1<<i) != 0 {
			n *= d
		}
	}
	return n
}

// sumTo computes dst = the sum of src over the axes, or adds it to dst. Each run of neighbouring axes is one pass, the last
// run first, so that the order of additions is a function of the shape alone.
func sumTo(c *grad.Call, dst, src tensor.Tensor, axes uint8, add bool) {
	x, y := f32(src), f32(dst)
	dims := src.Dims()
	for i, d := range dims { // an axis of one element belongs to either side
		if d == 1 && i > 0 && axes&(1<<(i-1)) != 0 {
			axes |= 1 << i
		} else if d == 1 {
			axes &^= 1 << i
		}
	}
	if axes == 0 {
		if add {
			vec.AddTo(y, x)
		} else {
			copy(y, x)
		}
		return
	}
	inner := 1
	for axes != 0 {
		last := bits.Len8(axes) - 1
		first := last
		for first > 0 && axes&(1<<(first-1)) != 0 {
			first--
		}
		outer, n, after := 1, 1, inner
		for i, d := range dims {
			switch {
			case i < first:
				outer *= d
			case i <= last:
				n *= d
			}
		}
		for i := last + 1; i < len(dims); i++ {
			after *= dims[i]
		}
		dims, inner = dims[:first], after
		if axes &= 1<<first - 1; axes == 0 {
			reduce.SumAxis(y, x, outer, n, after, add)
			return
		}
		t := scratch(c, outer*after)
		reduce.SumAxis(t, x, outer, n, after, false)
		x = t
	}
}

// giveRepeated gives operand 0 the gradient g, repeated along the axes that were reduced.
func giveRepeated(c *grad.Call, g tensor.Tensor, axes uint8) {
	gx, add := c.GradIn(0)
	g = kept(g, gx.Dims(), axes)
	if add {
		broadcast(gx, gx, g, &addRows)
	} else {
		broadcast(gx, g, gx, &firstRows)
	}
}

// repeat is giveRepeated in ops.
func repeat(g, like grad.Value, axes uint8) grad.Value {
	dims := like.Shape()
	var shape [tensor.MaxRank]int
	n := reducedShape(&shape, dims, reduceAttrs{axes, true})
	return Expand(Reshape(g, shape[:n]...), dims...)
}

// Sum adds up the elements along the axes, which go; no axes: all of them.
//
//	dx = g, repeated along the axes
//
// Shapes: x, axes → x without the axes. Saved: nothing. The sum of nothing is 0. SumKeep leaves 1 in place of each axis.
func Sum(x grad.Value, axes ...int) grad.Value {
	return sum.Apply(reduceAttrs{Axes: axesOf(x, axes)}, x)
}

// SumKeep is Sum with the axes left as dimensions of size 1.
func SumKeep(x grad.Value, axes ...int) grad.Value {
	return sum.Apply(reduceAttrs{axesOf(x, axes), true}, x)
}

var sum = grad.Def[reduceAttrs]{
	Name: "sum", Args: "x",
	Infer:    inferReduce,
	Forward:  func(a *reduceAttrs, c *grad.Call) { sumTo(c, c.Out(0), c.In(0), a.Axes, false) },
	Backward: func(a *reduceAttrs, c *grad.Call) { giveRepeated(c, c.GradOut(0), a.Axes) },
}

// Mean averages the elements along the axes, which go; no axes: all of them.
//
//	dx = g/n, repeated along the axes
//
// Shapes: as Sum. Saved: nothing. The mean of nothing is NaN. MeanKeep leaves 1 in place of each axis.
func Mean(x grad.Value, axes ...int) grad.Value {
	return mean.Apply(reduceAttrs{Axes: axesOf(x, axes)}, x)
}

// MeanKeep is Mean with the axes left as dimensions of size 1.
func MeanKeep(x grad.Value, axes ...int) grad.Value {
	return mean.Apply(reduceAttrs{axesOf(x, axes), true}, x)
}

var mean = grad.Def[reduceAttrs]{
	Name: "mean", Args: "x",
	Infer: inferReduce,
	Forward: func(a *reduceAttrs, c *grad.Call) {
		x := c.In(0)
		sumTo(c, c.Out(0), x, a.Axes, false)
		vec.DivScalar(out(c, 0), out(c, 0), float32(reducedNumel(x.Dims(), a.Axes)))
	},
	Backward: func(a *reduceAttrs, c *grad.Call) {
		x, g := c.In(0), c.GradOut(0)
		t := c.Scratch(tensor.F32, g.Dims()...)
		vec.DivScalar(f32(t), f32(g), float32(reducedNumel(x.Dims(), a.Axes)))
		giveRepeated(c, t, a.Axes)
	},
}

// Repeating and summing are each other's VJP.
func init() {
	sum.VJP = func(a *reduceAttrs, v *grad.VJP) { v.SetGradIn(0, repeat(v.GradOut(0), v.In(0), a.Axes)) }
	mean.VJP = func(a *reduceAttrs, v *grad.VJP) {
		x := v.In(0)
		n := x.Scalar(float64(reducedNumel(x.Shape(), a.Axes)))
		v.SetGradIn(0, repeat(Div(v.GradOut(0), n), x, a.Axes))
	}
}
