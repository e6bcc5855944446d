// Package userop is a module of its own that adds an op to Ingot: what it takes is public. Copy it to start yours.
package userop

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// Swish computes y = x·σ(βx).
//
//	dy/dx = βy + σ(βx)·(1 − βy)
//
// Shapes: any → same. Saved for backward: nothing but x and y.
// Source: Ramachandran, Zoph & Le 2017, arXiv:1710.05941.
func Swish(x grad.Value, beta float32) grad.Value { return swish.Apply(swishAttrs{beta}, x) }

type swishAttrs struct{ Beta float32 }

var swish = grad.Def[swishAttrs]{
	Name: "userop.Swish", Args: "x",
	Infer: func(_ *swishAttrs, c *grad.Call) {
		x := c.In(0)
		if x.DType() != tensor.F32 {
			c.Fail("x is %s; f32 is wanted", x.DType())
		}
		c.OutputLike(x)
	},
	Forward: func(a *swishAttrs, c *grad.Call) {
		x, y := tensor.Of[float32](c.In(0)), tensor.Of[float32](c.Out(0))
		for i, v := range x {
			y[i] = v * sigmoid(a.Beta*v)
		}
	},
	Backward: func(a *swishAttrs, c *grad.Call) {
		x, y, g := tensor.Of[float32](c.In(0)), tensor.Of[float32](c.Out(0)), tensor.Of[float32](c.GradOut(0))
		t, add := c.GradIn(0)
		gx := tensor.Of[float32](t)
		for i, v := range x {
			by := a.Beta * y[i]
			d := g[i] * (by + sigmoid(a.Beta*v)*(1-by))
			if add {
				d += gx[i]
			}
			gx[i] = d
		}
	},
}

// sigmoid is 1/(1+e⁻ᶻ).
func sigmoid(z float32) float32 { return float32(1 / (1 + math.Exp(-float64(z)))) }

// The VJP's y is a result of the op itself, so that it can be differentiated again and again; Go wants such a circle closed in
// init.
func init() {
	swish.VJP = func(a *swishAttrs, v *grad.VJP) {
		x, y := v.In(0), v.Out(0)
		beta, one := x.Scalar(float64(a.Beta)), x.Scalar(1)
		by := op.Mul(beta, y)
		d := op.Add(by, op.Mul(op.Sigmoid(op.Mul(beta, x)), op.Sub(one, by)))
		v.SetGradIn(0, op.Mul(v.GradOut(0), d))
	}
}
