// Package task says what a kind of job means: its loss, how it predicts, and what is measured of it.
package task

import (
	"cmp"
	"context"
	"slices"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/metric"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// Loss is the loss of classification: the mean cross-entropy of logits [N C] with class ids [N], or shares of the classes [N C] such as
// mix-up gives. Of an ensemble's [N k C] it is the mean of the models' losses.
func Loss(logits, target grad.Value) grad.Value {
	return op.CrossEntropy(logits, classesOfHeads(logits, target))
}

// classesOfHeads is eachHead of class ids or of shares of the classes.
func classesOfHeads(logits, target grad.Value) grad.Value {
	if target.DType() == tensor.F32 {
		return eachHead(logits, target, 0)
	}
	return eachHead(logits, target, 1)
}

// Classifier gives the probabilities of classes. It belongs to one goroutine.
type Classifier struct {
	Model   train.Model // logits [N Classes], or [N k Classes] of an ensemble
	Classes int

	Calibration *bundle.Calibration // what its probabilities go through; nil: nothing

	answers
}

// Probabilities returns a row of probabilities for each row of x [N …]. The slice is good until the next call. A row's
// probabilities don't depend on the rows beside it.
func (c *Classifier) Probabilities(x tensor.Tensor) ([]float32, error) {
	probs, err := c.of(c.Model, x, c.Classes, softmax)
	if err == nil {
		Calibrate(c.Calibration, probs, c.Classes)
	}
	return probs, err
}

// ClassWeights returns the weights of a loss in which each class counts as much as any other, by how many rows of each there are to train
// on: n/(C·count), of which the mean over the rows is 1.
func ClassWeights(counts []int) []float32 {
	n := 0
	for _, k := range counts {
		n += k
	}
	w := make([]float32, len(counts))
	for i, k := range counts {
		w[i] = float32(float64(n) / float64(len(counts)*max(k, 1)))
	}
	return w
}

// Unbalanced reports whether the rarest class has at most a tenth of the commonest one's rows: where weights and a threshold of its own
// are taken unless a recipe says otherwise.
func Unbalanced(counts []int) bool {
	return len(counts) > 1 && slices.Min(counts) <= slices.Max(counts)/10
}

// WeightedLoss is Loss with a weight for each class.
func WeightedLoss(weights []float32) func(logits, ids grad.Value) grad.Value {
	w := tensor.From(weights)
	return func(logits, target grad.Value) grad.Value {
		return op.CrossEntropyLoss{ClassWeights: logits.Step().Input(w)}.Of(logits, classesOfHeads(logits, target))
	}
}

// Best returns the class with the highest probability: the first of them.
func Best(probs []float32) int {
	best := 0
	for k, p := range probs {
		if p > probs[best] {
			best = k
		}
	}
	return best
}

// Ranked returns the classes from the likeliest to the least likely; of equal ones the first comes first.
func Ranked(probs []float32) []int {
	order := make([]int, len(probs))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(probs[b], probs[a]) })
	return order
}

// Report is what is measured of a classifier on labelled rows.
type Report struct {
	Rows      int
	Accuracy  float64
	Interval  [2]float64 // of Accuracy, 95 %: see metric.Wilson
	LogLoss   float64
	Baseline  float64             // accuracy of always saying the commonest class of these rows
	Scores    []metric.ClassScore // by class id; NaN where a share is of nothing
	Confusion [][]int             // [true][predicted]
}

// evalBatch is how many rows are predicted at a time.
const evalBatch = 1000

// Evaluate predicts every row of src and compares.
func Evaluate(ctx context.Context, model train.Model, src data.Source, classes int) (*Report, error) {
	p, err := Predict(ctx, Classify, make([]string, classes), model, nil, src, nil)
	if err != nil {
		return nil, err
	}
	return p.Report()
}

// Report measures what is said of classes.
func (p *Predictions) Report() (*Report, error) {
	classes, said := len(p.Names), make([]int32, len(p.IDs))
	for i := range said {
		said[i] = int32(p.Decide(i))
	}
	confusion, loss := metric.NewConfusion(classes), metric.LogLoss{}
	var right metric.Accuracy
	if err := right.Add(said, p.IDs); err != nil {
		return nil, err
	}
	if err := confusion.Add(said, p.IDs); err != nil {
		return nil, err
	}
	if err := loss.Add(p.Output, classes, p.IDs); err != nil {
		return nil, err
	}
	r := &Report{
		Rows: right.Total, Accuracy: right.Value(), LogLoss: loss.Value(),
		Scores: confusion.Scores(), Confusion: confusion.Value(),
	}
	r.Interval[0], r.Interval[1] = right.Interval()
	for k := range classes {
		r.Baseline = max(r.Baseline, float64(confusion.Actual(k))/float64(right.Total))
	}
	return r, nil
}
