// Package trust tells what a trained model's answers rest on: which pixels and columns, by how much, and how sure that is.
package trust

import (
	"errors"
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// Model is what is explained: it gives scores [N Outputs] of rows [N …], logits as a rule, or [N k Outputs] of an ensemble, whose
// mean is taken.
type Model interface {
	Forward(x grad.Value) grad.Value
}

// Explainer asks one Model about rows of one shape. It belongs to one goroutine.
type Explainer struct {
	Model    Model
	RowShape []int

	tape     *grad.Tape
	x        tensor.Tensor
	output   int
	gradient bool
	values   tensor.Tensor // [N]
	slopes   tensor.Tensor // [N …]
}

// batch is how many rows are asked about at a time.
const batch = 128

// width is the number of values of a row.
func (e *Explainer) width() int {
	n := 1
	for _, d := range e.RowShape {
		n *= d
	}
	return n
}

// ask runs the model on rows that lie one behind the other: the score of an output for each row, and, where they are wanted, the
// gradients of each row's own score with respect to its values. Both are good until the next call.
func (e *Explainer) ask(rows []float32, output int, gradient bool) (scores, slopes []float32, err error) {
	if e.tape == nil {
		e.tape = grad.NewTape(grad.Config{})
	}
	n := len(rows) / e.width()
	if n*e.width() != len(rows) || n == 0 {
		return nil, nil, fmt.Errorf("trust: %d values aren't rows of %v", len(rows), e.RowShape)
	}
	e.x = tensor.From(rows, append([]int{n}, e.RowShape...)...)
	e.output, e.gradient = output, gradient
	if gradient {
		err = e.tape.Step(grad.Infer, e.step)
	} else {
		err = e.tape.Eval(grad.Infer, e.step)
	}
	if err != nil {
		return nil, nil, err
	}
	if gradient {
		slopes = tensor.Of[float32](e.slopes)
	}
	return tensor.Of[float32](e.values), slopes, nil
}

func (e *Explainer) step(s *grad.Step) error {
	x := s.Input(e.x)
	y := e.Model.Forward(x)
	if y.Rank() == 3 {
		y = op.Mean(y, 1)
	}
	if y.Rank() != 2 || e.output < 0 || e.output >= y.Dim(1) {
		return fmt.Errorf("trust: the model gives %v, which has no output %d", y.Shape(), e.output)
	}
	y = op.Reshape(op.Slice(y, 1, e.output, e.output+1), y.Dim(0))
	s.ReadTensor(y, &e.values)
	if e.gradient {
		s.ReadTensor(s.Grad(op.Sum(y), x)[0], &e.slopes)
	}
	return nil
}

// Scores returns an output's score of each row. The slice is the caller's.
func (e *Explainer) Scores(rows []float32, output int) ([]float32, error) {
	var all []float32
	for step := batch * e.width(); len(rows) > 0; rows = rows[min(step, len(rows)):] {
		v, _, err := e.ask(rows[:min(step, len(rows))], output, false)
		if err != nil {
			return nil, err
		}
		all = append(all, v...)
	}
	return all, nil
}

// Saliency returns the gradient of an output's score with respect to the values of one row: which values the score reacts to, here.
//
// Source: Simonyan, Vedaldi & Zisserman 2014, arXiv:1312.6034.
func (e *Explainer) Saliency(row []float32, output int) ([]float32, error) {
	_, g, err := e.ask(row, output, true)
	return append([]float32(nil), g...), err
}

// Attribution is what each value of a row adds to a score, from a baseline on.
type Attribution struct {
	Values   []float64 // they add up to Change, but for Error
	Score    float64   // F(row)
	Baseline float64   // F(baseline)
	Steps    int       // points of the path that the gradient was taken at
}

// Change is what there is to explain: F(row) − F(baseline).
func (a *Attribution) Change() float64 { return a.Score - a.Baseline }

// Error is the completeness error: how far the values' sum is from Change.
func (a *Attribution) Error() float64 {
	sum := 0.0
	for _, v := range a.Values {
		sum += v
	}
	return math.Abs(sum - a.Change())
}

// The number of points of a path: doubled from the first until the completeness error is at most a hundredth of the change.
const (
	firstSteps = 64
	mostSteps  = 4096
	closeTo    = 0.01
)

// IntegratedGradients shares out the change of an output's score from a baseline to a row among the row's values:
//
//	a[i] = (x[i] − x₀[i]) · ∫₀¹ ∂F/∂x[i](x₀ + t·(x − x₀)) dt
//
// The integral is the mean over the middles of equal pieces of the path. Of a linear F it is w·(x − x₀).
//
// Source: Sundararajan, Taly & Yan 2017, arXiv:1703.01365.
func (e *Explainer) IntegratedGradients(row, baseline []float32, output int) (*Attribution, error) {
	if len(row) != e.width() || len(baseline) != len(row) {
		return nil, errors.New("trust: row and baseline must have the model's number of values")
	}
	ends, err := e.Scores(append(append([]float32(nil), row...), baseline...), output)
	if err != nil {
		return nil, err
	}
	a := &Attribution{Score: float64(ends[0]), Baseline: float64(ends[1])}
	for a.Steps = firstSteps; ; a.Steps *= 2 {
		if err := e.integrate(a, row, baseline, output); err != nil {
			return nil, err
		}
		if a.Error() <= closeTo*math.Abs(a.Change()) || a.Steps == mostSteps {
			return a, nil
		}
	}
}

func (e *Explainer) integrate(a *Attribution, row, baseline []float32, output int) error {
	n := e.width()
	a.Values = make([]float64, n)
	path := make([]float32, 0, batch*n)
	for k := range a.Steps {
		t := (float64(k) + 0.5) / float64(a.Steps)
		for i, x := range row {
			path = append(path, float32(float64(baseline[i])+float64(t*(float64(x)-float64(baseline[i])))))
		}
		if len(path) < cap(path) && k+1 < a.Steps {
			continue
		}
		_, slopes, err := e.ask(path, output, true)
		if err != nil {
			return err
		}
		for i, g := range slopes {
			a.Values[i%n] += float64(g)
		}
		path = path[:0]
	}
	for i := range a.Values {
		a.Values[i] *= (float64(row[i]) - float64(baseline[i])) / float64(a.Steps)
	}
	return nil
}
