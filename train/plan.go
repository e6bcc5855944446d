package train

import (
	"fmt"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// StepBytes foresees what a step's values take, beside weights, gradients and the optimizer: of all shards that run side by side.
// Nothing is computed and no memory is taken: see [grad.Dry]. What doesn't fit together is the error that the step would give.
func (c *Config) StepBytes() (int, error) {
	params, err := nn.Params(c.Model)
	if err != nil {
		return 0, err
	}
	shards, err := c.Cut()
	if err != nil {
		return 0, err
	}
	x, y := c.Loader.Spec()
	rows := x.Shape[0]
	micros := min(max(c.Accumulate, 1)*shards, rows)
	x, y = part(x, micros), part(y, micros)
	var dry grad.Dry
	grads, tape := dry.NewGrads(params), grad.NewTape(grad.Config{Params: params, Device: dry})
	err = tape.Step(grad.Train, func(s *grad.Step) error {
		l := c.Loss(c.Model.Forward(s.Input(dry.New(x.DType, x.Shape...))), s.Input(dry.New(y.DType, y.Shape...)))
		if micros > 1 {
			l = op.Mul(l, s.Scalar(1/float64(micros)))
		}
		s.Backward(l, grads)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("a step of %v: %w", x.Shape, err)
	}
	return tape.HighWater() * min(shards, parallel.Workers()), nil
}

// part is the largest of n micro-batches.
func part(s data.Spec, n int) data.Spec {
	return data.Spec{DType: s.DType, Shape: append([]int{(s.Shape[0] + n - 1) / n}, s.Shape[1:]...)}
}

// AnswerBytes foresees what it takes to get a model's answer to x, and what is made of the answer: a loss or probabilities.
func AnswerBytes(m Model, x data.Spec) (int, error) {
	var dry grad.Dry
	tape := grad.NewTape(grad.Config{Device: dry})
	err := tape.Eval(grad.Infer, func(s *grad.Step) error {
		if y := m.Forward(s.Input(dry.New(x.DType, x.Shape...))); y.DType() == tensor.F32 {
			op.Softmax(y, -1)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("an answer to %v: %w", x.Shape, err)
	}
	return tape.HighWater(), nil
}
