package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// Where takes a where the mask isn't 0, and b elsewhere. What isn't taken may be NaN.
//
//	da = g where the mask isn't 0, 0 elsewhere; db = g where it is 0, 0 elsewhere
//
// Shapes: mask (u8 or bool), a, b: any that broadcast to each other. Saved: the mask.
func Where(mask, a, b grad.Value) grad.Value { return where.Apply(grad.None{}, mask, a, b) }

// MaskedFill puts v where the mask isn't 0; the gradient there is 0. It is Where(mask, v, x), but that the mask's shape is to
// broadcast to x's.
func MaskedFill(x, mask grad.Value, v float64) grad.Value {
	y := where.Apply(grad.None{}, mask, x.Scalar(v), x)
	if got, want := y.Shape(), x.Shape(); len(got) != len(want) || y.Numel() != x.Numel() {
		panic(tensor.Errorf("op.MaskedFill: a mask of shape %v doesn't broadcast to x %v", mask.Shape(), want))
	}
	return y
}

var where = grad.Def[grad.None]{
	Name: "where", Args: "mask a b",
	Infer: func(_ *grad.None, c *grad.Call) {
		wantF32(c, 1, 2)
		if d := c.In(0).DType(); d != tensor.U8 && d != tensor.Bool {
			c.Fail("the mask is %s, u8 or bool wanted", d)
		}
		mask, a, b := c.In(0), c.In(1), c.In(2)
		var ab, all [tensor.MaxRank]int
		n := broadcastShape(c, &ab, a.Dims(), b.Dims())
		n = broadcastShape(c, &all, mask.Dims(), ab[:n])
		c.Output(tensor.F32, all[:n]...)
	},
	Forward: func(_ *grad.None, c *grad.Call) {
		y := c.Out(0)
		mask := tensor.Of[uint8](expanded(c, c.In(0), y))
		vec.Select(f32(y), f32(expanded(c, c.In(1), y)), f32(expanded(c, c.In(2), y)), mask)
	},
	Backward: func(_ *grad.None, c *grad.Call) {
		g := c.GradOut(0)
		mask := tensor.Of[uint8](expanded(c, c.In(0), g))
		zero, t := c.Scratch(tensor.F32, g.Dims()...), c.Scratch(tensor.F32, g.Dims()...)
		clear(f32(zero))
		if c.Needs(1) {
			vec.Select(f32(t), f32(g), f32(zero), mask)
			giveSum(c, 1, t)
		}
		if c.Needs(2) {
			vec.Select(f32(t), f32(zero), f32(g), mask)
			giveSum(c, 2, t)
		}
	},
}

// expanded returns x broadcast to like's shape: x itself where it has it.
func expanded(c *grad.Call, x, like tensor.Tensor) tensor.Tensor {
	if tensor.SameShape(&x, &like) {
		return x
	}
	t := c.Scratch(x.DType(), like.Dims()...)
	if x.DType() == tensor.F32 {
		broadcast(t, x, t, &firstRows)
	} else {
		tensor.Copy(t, x.Expand(like.Dims()...))
	}
	return t
}

// Minimum computes the smaller of a and b; NaN where either is.
//
//	da = g where a < b, g/2 where a = b, 0 elsewhere; db likewise
//
// Shapes: as Add. Saved: a, b. A tie shares the gradient equally, as in PyTorch. It is Neg(Maximum(Neg(a), Neg(b))) in one pass.
func Minimum(a, b grad.Value) grad.Value { return minimum.Apply(grad.None{}, a, b) }

var minRows = rowLoops{vec.Min, vec.MinScalar, func(dst []float32, s float32, y []float32) { vec.MinScalar(dst, y, s) }}

var minimum = grad.Def[grad.None]{
	Name: "minimum", Args: "a b",
	Infer:    inferBroadcast,
	Forward:  func(_ *grad.None, c *grad.Call) { broadcast(c.Out(0), c.In(0), c.In(1), &minRows) },
	Backward: func(_ *grad.None, c *grad.Call) { chosenGrad(c, true) },
	VJP:      func(_ *grad.None, v *grad.VJP) { chosenVJP(v, true) },
}

// It uses its own op.
func init() {
	where.VJP = func(_ *grad.None, v *grad.VJP) {
		g := v.GradOut(0)
		if v.Needs(1) {
			v.SetGradIn(1, unbroadcast(Where(v.In(0), g, g.Scalar(0)), v.In(1)))
		}
		if v.Needs(2) {
			v.SetGradIn(2, unbroadcast(Where(v.In(0), g.Scalar(0), g), v.In(2)))
		}
	}
}

// expandedOperands returns both operands broadcast to the result's shape.
func expandedOperands(c *grad.Call) (full [2]tensor.Tensor) {
	for i := range full {
		full[i] = expanded(c, c.In(i), c.Out(0))
	}
	return full
}

// chosenGrad gives the gradient to the larger operand, or to the smaller.
func chosenGrad(c *grad.Call, smaller bool) {
	g, full := c.GradOut(0), expandedOperands(c)
	t := c.Scratch(tensor.F32, g.Dims()...)
	for i := range full {
		if c.Needs(i) {
			a, b := f32(full[i]), f32(full[1-i])
			if smaller { // a is the smaller of a and b where −a is the larger of −a and −b
				a, b = b, a
			}
			vec.MaxGrad(f32(t), f32(g), a, b, false)
			giveSum(c, i, t)
		}
	}
}

// chosenVJP is chosenGrad in ops.
func chosenVJP(v *grad.VJP, smaller bool) {
	for i := range 2 {
		if v.Needs(i) {
			lead := Sub(v.In(i), v.In(1-i))
			if smaller {
				lead = Neg(lead)
			}
			v.SetGradIn(i, unbroadcast(Mul(v.GradOut(0), Heaviside(lead, 0.5)), v.In(i)))
		}
	}
}
