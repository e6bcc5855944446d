package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/softmax"
	"github.com/ingot-ml/ingot/tensor"
)

// inferPaired declares the scalar loss of two f32 operands of one shape.
func inferPaired(_ *grad.None, c *grad.Call) {
	wantF32(c, 0, 2)
	x, y := c.In(0), c.In(1)
	if !tensor.SameShape(&x, &y) {
		c.Fail("operands of one shape wanted; a loss doesn't broadcast")
	}
	c.Output(tensor.F32)
}

// MSE is MSELoss without settings: the mean of the squared differences, in one pass.
// Shapes: x, target of one shape → []. Saved: x, target. The sum is taken in float64.
func MSE(x, target grad.Value) grad.Value { return MSELoss{}.Of(x, target) }

// MSELoss is the squared difference.
//
//	loss = (x − t)²
//	dx = 2g·(x − t), dt = −dx
//
// Shapes: x, target of one shape → [], or the same for ReduceNone.
type MSELoss struct {
	Reduction Reduction
	Weights   grad.Value
}

// Of returns the loss.
func (l MSELoss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"MSELoss", l.Reduction, l.Weights}
	of.alike("x target", x, target)
	if l.Reduction == ReduceMean && !l.Weights.Valid() && x.Numel() > 0 {
		return mse.Apply(grad.None{}, x, target)
	}
	d := Sub(x, target)
	return of.reduce(Mul(d, d))
}

// mse is the mean, without temporaries.
var mse = grad.Def[grad.None]{
	Name: "mse", Args: "x target",
	Infer: inferPaired,
	Forward: func(_ *grad.None, c *grad.Call) {
		x := in(c, 0)
		out(c, 0)[0] = float32(softmax.MSE(x, in(c, 1)) / float64(len(x)))
	},
	Backward: func(_ *grad.None, c *grad.Call) {
		x, t := in(c, 0), in(c, 1)
		scale := gradOut(c, 0)[0] / float32(len(x))
		for i, s := range [2]float32{scale, -scale} {
			if c.Needs(i) {
				gx, add := gradIn(c, i)
				softmax.MSEGrad(gx, x, t, s, add)
			}
		}
	},
	VJP: func(_ *grad.None, v *grad.VJP) {
		d := Sub(v.In(0), v.In(1))
		d = Mul(d, Mul(v.GradOut(0), d.Scalar(2/float64(d.Numel()))))
		if v.Needs(0) {
			v.SetGradIn(0, d)
		}
		if v.Needs(1) {
			v.SetGradIn(1, Neg(d))
		}
	},
}
