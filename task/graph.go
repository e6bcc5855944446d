package task

import (
	"math"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// Answer makes of a model's logits or values what Predict says, on the tape, so that it can be exported: probabilities, calibrated by c unless
// it is nil; of Regress the values as the model gives them. An ensemble's are averaged.
func Answer(kind Kind, c *bundle.Calibration, y grad.Value) grad.Value {
	switch kind {
	case Labels:
		return meanOfHeads(op.Sigmoid(y))
	case Regress:
		return meanOfHeads(y)
	}
	y = meanOfHeads(softmax(y))
	if c == nil || len(c.ClassWeights) == 0 && (c.Temperature == 0 || c.Temperature == 1) {
		return y
	}
	y = op.Log(y)
	if len(c.ClassWeights) > 0 {
		logs := make([]float32, len(c.ClassWeights))
		for i, w := range c.ClassWeights {
			logs[i] = float32(math.Log(w))
		}
		y = op.Sub(y, y.Use(grad.NewBuffer("log_class_weights", tensor.From(logs))))
	}
	if c.Temperature > 0 {
		y = op.Mul(y, y.Scalar(1/c.Temperature))
	}
	return softmax(y)
}
