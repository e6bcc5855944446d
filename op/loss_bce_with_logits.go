package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/softmax"
	"github.com/ingot-ml/ingot/tensor"
)

// BCEWithLogits is the mean binary cross-entropy of σ(x) against targets in [0, 1], without overflow.
//
//	y = mean(max(x, 0) − x·t + ln(1 + exp(−|x|)))
//	dx = g·(σ(x) − t)/n
//
// Shapes: logits, target of one shape → []. Saved: logits, target. The sum is taken in float64. The target has no gradient.
func BCEWithLogits(logits, target grad.Value) grad.Value {
	return bceWithLogits.Apply(grad.None{}, logits, target)
}

var bceWithLogits = grad.Def[grad.None]{
	Name: "bce_with_logits", Args: "logits target",
	Infer: inferPaired,
	Forward: func(_ *grad.None, c *grad.Call) {
		x := in(c, 0)
		out(c, 0)[0] = float32(softmax.BCEWithLogits(x, in(c, 1)) / float64(len(x)))
	},
	Backward: func(_ *grad.None, c *grad.Call) {
		refuseGrad(c, 1, "the target")
		x := in(c, 0)
		scale := gradOut(c, 0)[0] / float32(len(x))
		gx, add := gradIn(c, 0)
		softmax.BCEWithLogitsGrad(gx, x, in(c, 1), scale, add)
	},
	VJP: func(_ *grad.None, v *grad.VJP) {
		if v.Needs(1) {
			panic(tensor.Errorf("op.BCEWithLogits has no gradient with respect to the target; cut it off with op.Detach"))
		}
		x := v.In(0)
		n := x.Scalar(1 / float64(x.Numel()))
		v.SetGradIn(0, Mul(Sub(Sigmoid(x), v.In(1)), Mul(v.GradOut(0), n)))
	},
}
