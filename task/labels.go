package task

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// LabelsLoss is the loss of several labels, each of which a row may have or not: the mean binary cross-entropy of logits [N L], or
// [N k L] of an ensemble, with targets [N L] of 0 and 1.
func LabelsLoss(logits, target grad.Value) grad.Value {
	return op.BCEWithLogits(logits, eachHead(logits, target, 0))
}

// Labeller gives the probability of each of several labels. It belongs to one goroutine.
type Labeller struct {
	Model  train.Model // logits [N Labels], or [N k Labels] of an ensemble
	Labels int

	answers
}

// Probabilities returns a row of probabilities, each of a label by itself, for each row of x [N …]. The slice is good until the next
// call. A row's probabilities don't depend on the rows beside it.
func (l *Labeller) Probabilities(x tensor.Tensor) ([]float32, error) {
	return l.of(l.Model, x, l.Labels, op.Sigmoid)
}
