package task

import (
	"fmt"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// RegressLoss returns the loss of regression of a name: values [N T], or [N k T] of an ensemble, with targets [N T].
//
//	mse      the squared difference; setting isn't used
//	huber    op.HuberLoss, squared up to the setting δ and linear beyond; 0: 1
//	pinball  op.QuantileLoss, least at the setting's quantile of the target; 0: 0.5, the median
//
// Targets are standardised as a rule, and δ is in their unit.
func RegressLoss(name string, setting float64) (func(out, target grad.Value) grad.Value, error) {
	var loss func(out, target grad.Value) grad.Value
	switch name {
	case "", "mse":
		loss = op.MSE
	case "huber":
		loss = op.HuberLoss{Delta: setting}.Of
	case "pinball":
		if setting == 0 {
			setting = 0.5
		}
		loss = op.QuantileLoss{Quantile: setting}.Of
	default:
		return nil, fmt.Errorf("unknown loss %q of regression; there are mse, huber and pinball", name)
	}
	if setting < 0 || name == "pinball" && !(setting < 1) {
		return nil, fmt.Errorf("the setting of loss %s is %g; more than 0 is wanted, and of pinball less than 1", name, setting)
	}
	return func(out, target grad.Value) grad.Value { return loss(out, eachHead(out, target, 0)) }, nil
}

// Regressor gives numbers. It belongs to one goroutine.
type Regressor struct {
	Model   train.Model // values [N Targets], or [N k Targets] of an ensemble, of which the mean is taken
	Targets int

	answers
}

// Values returns a row of numbers for each row of x [N …], in the unit that the model was trained on. The slice is good until the next
// call. A row's values don't depend on the rows beside it.
func (r *Regressor) Values(x tensor.Tensor) ([]float32, error) {
	return r.of(r.Model, x, r.Targets, nil)
}
