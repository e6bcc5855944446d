package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
)

// Activation is a function that Linear applies to its result in the same pass.
type Activation uint8

// The activations.
const (
	ActNone Activation = iota
	ActReLU
	ActSigmoid
	ActTanh
)

// String returns none, relu, sigmoid or tanh.
func (a Activation) String() string {
	switch a {
	case ActNone:
		return "none"
	case ActReLU:
		return "relu"
	case ActSigmoid:
		return "sigmoid"
	case ActTanh:
		return "tanh"
	}
	return "unknown activation"
}

// ReLU computes max(x, 0); NaN stays.
//
//	dx = g where y > 0, 0 elsewhere
//
// Shapes: any → same. Saved: y.
// Source: Nair & Hinton 2010, "Rectified linear units improve restricted Boltzmann machines", ICML.
func ReLU(x grad.Value) grad.Value { return relu.Apply(grad.None{}, x) }

var relu = grad.Def[grad.None]{
	Name: "relu", Args: "x",
	Infer:    inferSame,
	Forward:  each(vec.ReLU),
	Backward: eachGrad(vec.ReLUGrad),
	VJP:      func(_ *grad.None, v *grad.VJP) { v.SetGradIn(0, reluGradOf(v.GradOut(0), v.Out(0))) },
}

func reluGradOf(g, y grad.Value) grad.Value { return reluGrad.Apply(grad.None{}, g, y) }

// reluGrad is ReLU's backward as an op: g where y > 0, 0 elsewhere. It is linear in g, and constant in y but at 0.
var reluGrad = grad.Def[grad.None]{
	Name: "relu_grad", Args: "g y",
	Infer:   inferSame,
	Forward: func(_ *grad.None, c *grad.Call) { vec.ReLUGrad(out(c, 0), in(c, 0), in(c, 1), false) },
	Backward: func(_ *grad.None, c *grad.Call) {
		if c.Needs(0) {
			g := gradOut(c, 0)
			gx, add := gradIn(c, 0)
			vec.ReLUGrad(gx, g, in(c, 1), add)
		}
	},
}

// Sigmoid computes σ(x) = 1 / (1 + e⁻ˣ).
//
//	dx = g·y·(1 − y)
//
// Shapes: any → same. Saved: y.
func Sigmoid(x grad.Value) grad.Value { return sigmoid.Apply(grad.None{}, x) }

var sigmoid = grad.Def[grad.None]{
	Name: "sigmoid", Args: "x",
	Infer:    inferSame,
	Forward:  each(vec.Sigmoid),
	Backward: eachGrad(vec.SigmoidGrad),
	VJP:      func(_ *grad.None, v *grad.VJP) { v.SetGradIn(0, sigmoidGradOf(v.GradOut(0), v.Out(0))) },
}

func sigmoidGradOf(g, y grad.Value) grad.Value { return Mul(g, Mul(y, Sub(y.Scalar(1), y))) }

// Tanh computes tanh x.
//
//	dx = g·(1 − y²)
//
// Shapes: any → same. Saved: y.
func Tanh(x grad.Value) grad.Value { return tanh.Apply(grad.None{}, x) }

var tanh = grad.Def[grad.None]{
	Name: "tanh", Args: "x",
	Infer:    inferSame,
	Forward:  each(vec.Tanh),
	Backward: eachGrad(vec.TanhGrad),
	VJP:      func(_ *grad.None, v *grad.VJP) { v.SetGradIn(0, tanhGradOf(v.GradOut(0), v.Out(0))) },
}

func tanhGradOf(g, y grad.Value) grad.Value { return Mul(g, Sub(y.Scalar(1), Mul(y, y))) }

func init() {
	reluGrad.VJP = func(_ *grad.None, v *grad.VJP) {
		if v.Needs(0) {
			v.SetGradIn(0, reluGradOf(v.GradOut(0), v.In(1)))
		}
	}
}
