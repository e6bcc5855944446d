package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// Add computes a + b.
//
//	da = g, db = g
//
// Shapes: any two that broadcast to each other by NumPy's rule; the gradient of an operand that was repeated is summed
// over the repeats. Saved: nothing.
func Add(a, b grad.Value) grad.Value { return add.Apply(grad.None{}, a, b) }

var add = grad.Def[grad.None]{
	Name: "add", Args: "a b",
	Infer:   inferBroadcast,
	Forward: func(_ *grad.None, c *grad.Call) { broadcast(c.Out(0), c.In(0), c.In(1), &addRows) },
	Backward: func(_ *grad.None, c *grad.Call) {
		if c.Needs(1) {
			giveSum(c, 1, c.GradOut(0))
		}
		if c.Needs(0) && !c.PassGrad(0, 0) {
			giveSum(c, 0, c.GradOut(0))
		}
	},
	VJP: func(_ *grad.None, v *grad.VJP) {
		for i := range 2 {
			if v.Needs(i) {
				v.SetGradIn(i, unbroadcast(v.GradOut(0), v.In(i)))
			}
		}
	},
}

// Sub computes a − b.
//
//	da = g, db = −g
//
// Shapes: as Add. Saved: nothing.
func Sub(a, b grad.Value) grad.Value { return sub.Apply(grad.None{}, a, b) }

var sub = grad.Def[grad.None]{
	Name: "sub", Args: "a b",
	Infer:   inferBroadcast,
	Forward: func(_ *grad.None, c *grad.Call) { broadcast(c.Out(0), c.In(0), c.In(1), &subRows) },
	Backward: func(_ *grad.None, c *grad.Call) {
		g := c.GradOut(0)
		if c.Needs(0) {
			giveSum(c, 0, g)
		}
		if c.Needs(1) {
			t := c.Scratch(tensor.F32, g.Dims()...)
			vec.Neg(f32(t), f32(g))
			giveSum(c, 1, t)
		}
	},
	VJP: func(_ *grad.None, v *grad.VJP) {
		g := v.GradOut(0)
		if v.Needs(0) {
			v.SetGradIn(0, unbroadcast(g, v.In(0)))
		}
		if v.Needs(1) {
			v.SetGradIn(1, unbroadcast(Neg(g), v.In(1)))
		}
	},
}

// Mul computes a·b.
//
//	da = g·b, db = g·a
//
// Shapes: as Add. Saved: a, b.
func Mul(a, b grad.Value) grad.Value { return mul.Apply(grad.None{}, a, b) }

var mul = grad.Def[grad.None]{
	Name: "mul", Args: "a b",
	Infer:   inferBroadcast,
	Forward: func(_ *grad.None, c *grad.Call) { broadcast(c.Out(0), c.In(0), c.In(1), &mulRows) },
	Backward: func(_ *grad.None, c *grad.Call) {
		g := c.GradOut(0)
		for i := range 2 {
			if c.Needs(i) {
				t := c.Scratch(tensor.F32, g.Dims()...)
				broadcast(t, g, c.In(1-i), &mulRows)
				giveSum(c, i, t)
			}
		}
	},
}

// Div computes a / b.
//
//	da = g / b, db = −g·y / b
//
// Shapes: as Add. Saved: b, y.
func Div(a, b grad.Value) grad.Value { return div.Apply(grad.None{}, a, b) }

var div = grad.Def[grad.None]{
	Name: "div", Args: "a b",
	Infer:   inferBroadcast,
	Forward: func(_ *grad.None, c *grad.Call) { broadcast(c.Out(0), c.In(0), c.In(1), &divRows) },
	Backward: func(_ *grad.None, c *grad.Call) {
		g := c.GradOut(0)
		t := c.Scratch(tensor.F32, g.Dims()...)
		if c.Needs(0) {
			broadcast(t, g, c.In(1), &divRows)
			giveSum(c, 0, t)
		}
		if c.Needs(1) {
			vec.Mul(f32(t), f32(g), out(c, 0))
			broadcast(t, t, c.In(1), &divRows)
			vec.Neg(f32(t), f32(t))
			giveSum(c, 1, t)
		}
	},
}

// Maximum computes the larger of a and b; NaN where either is.
//
//	da = g where a > b, g/2 where a = b, 0 elsewhere; db likewise
//
// Shapes: as Add. Saved: a, b. A tie shares the gradient equally, as in PyTorch.
func Maximum(a, b grad.Value) grad.Value { return maximum.Apply(grad.None{}, a, b) }

var maximum = grad.Def[grad.None]{
	Name: "maximum", Args: "a b",
	Infer:    inferBroadcast,
	Forward:  func(_ *grad.None, c *grad.Call) { broadcast(c.Out(0), c.In(0), c.In(1), &maxRows) },
	Backward: func(_ *grad.None, c *grad.Call) { chosenGrad(c, false) },
	VJP:      func(_ *grad.None, v *grad.VJP) { chosenVJP(v, false) },
}

// These use their own op.
func init() {
	mul.VJP = func(_ *grad.None, v *grad.VJP) {
		for i := range 2 {
			if v.Needs(i) {
				v.SetGradIn(i, unbroadcast(Mul(v.GradOut(0), v.In(1-i)), v.In(i)))
			}
		}
	}
	div.VJP = func(_ *grad.None, v *grad.VJP) {
		q := Div(v.GradOut(0), v.In(1))
		if v.Needs(0) {
			v.SetGradIn(0, unbroadcast(q, v.In(0)))
		}
		if v.Needs(1) {
			v.SetGradIn(1, unbroadcast(Neg(Mul(q, v.Out(0))), v.In(1)))
		}
	}
}
