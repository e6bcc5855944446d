package task

import (
	"context"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/prep"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// TableKind is the kind of answers that a plan's targets ask for, and the names of what a model gives for a row.
func TableKind(p *prep.Plan) (Kind, []string) {
	switch {
	case p.Labels():
		return Labels, p.Classes()
	case p.Regression():
		names := make([]string, len(p.Targets))
		for i, t := range p.Targets {
			names[i] = t.Name
		}
		return Regress, names
	}
	return Classify, p.Classes()
}

// TablePredictor predicts rows of a table that a plan has encoded. It belongs to one goroutine.
type TablePredictor struct {
	Model       train.Model
	Plan        *prep.Plan
	Calibration *bundle.Calibration // of classes; nil: none

	answers
}

// Predict returns for each row of x [N Features] a value for each of the plan's outputs: the probability of a class or a label, or
// a number in the target's unit. The slice is good until the next call. A row's values don't depend on the rows beside it.
func (p *TablePredictor) Predict(x tensor.Tensor) ([]float32, error) {
	n := p.Plan.Outputs()
	switch {
	case p.Plan.Regression():
		y, err := p.of(p.Model, x, n, nil)
		if err == nil {
			p.Plan.Invert(y)
		}
		return y, err
	case p.Plan.Labels():
		return p.of(p.Model, x, n, op.Sigmoid)
	}
	y, err := p.of(p.Model, x, n, softmax)
	if err == nil {
		Calibrate(p.Calibration, y, n)
	}
	return y, err
}

// PredictTable answers every row of src with a model of a plan's rows.
func PredictTable(ctx context.Context, p *prep.Plan, net train.Model, c *bundle.Calibration, src data.Source) (*Predictions, error) {
	kind, names := TableKind(p)
	return Predict(ctx, kind, names, net, c, src, func(i int, x float64) float64 { return p.Targets[i].Scale.Invert(x) })
}

// TableLoss is the loss that a plan's targets are learnt by: mean cross-entropy of classes, weighted where weights isn't nil; mean
// binary cross-entropy of labels; mean squared difference of scaled numbers.
func TableLoss(p *prep.Plan, weights []float32) (func(out, target grad.Value) grad.Value, error) {
	switch {
	case p.Regression():
		return RegressLoss("mse", 0)
	case p.Labels():
		return LabelsLoss, nil
	case weights != nil:
		return WeightedLoss(weights), nil
	}
	return Loss, nil
}

// Validate measures predictions of a validation part: their metrics, and "loss", which training makes small: log_loss, or of numbers
// the mean squared difference of scaled ones.
func Validate(p *prep.Plan, preds *Predictions) (train.Metrics, error) {
	e, err := Measure(preds, MeasureOptions{})
	if err != nil {
		return nil, err
	}
	m := train.Metrics(e.Metrics)
	if !p.Regression() {
		m["loss"] = m["log_loss"]
		return m, nil
	}
	loss := 0.0
	for i, y := range preds.Output {
		s := p.Targets[i%len(p.Targets)].Scale
		d := s.Apply(float64(y)) - s.Apply(float64(preds.Targets[i]))
		loss += float64(d * d)
	}
	m["loss"] = loss / float64(len(preds.Output))
	return m, nil
}

// TableBaselines answers the rows of preds, those of src, without a network: the training rows' shares or means ("majority", "mean"),
// and a linear model of them ("linear"), where fit is true.
func TableBaselines(ctx context.Context, p *prep.Plan, in model.TableInput, learnt, src data.Source, preds *Predictions, fit bool) (all []*Predictions, names []string, err error) {
	answer, err := Shares(preds.Kind, len(preds.Names), learnt)
	if err != nil {
		return nil, nil, err
	}
	name := "majority"
	if preds.Kind == Regress {
		name = "mean"
		for i := range answer {
			answer[i] = p.Targets[i].Scale.Invert(answer[i])
		}
	}
	all, names = []*Predictions{Constant(preds, answer)}, []string{name}
	if !fit {
		return all, names, nil
	}
	m, err := FitLinear(preds.Kind, len(preds.Names), in, learnt)
	if err != nil {
		return nil, nil, err
	}
	linear, err := PredictTable(ctx, p, m, nil, src)
	if err != nil {
		return nil, nil, err
	}
	linear.Data = preds.Data
	return append(all, linear), append(names, "linear"), nil
}
