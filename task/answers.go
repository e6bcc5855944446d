package task

import (
	"fmt"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// answers runs a model on batches. It belongs to one goroutine.
type answers struct {
	tape *grad.Tape
	x    tensor.Tensor
	out  tensor.Tensor
	step func(*grad.Step) error
}

// of returns what then makes of the model's answers to x, a row of n values for each row of x; it is good until the next call. The
// answers of an ensemble are averaged after then.
func (a *answers) of(model train.Model, x tensor.Tensor, n int, then func(grad.Value) grad.Value) ([]float32, error) {
	if a.step == nil {
		a.tape = grad.NewTape(grad.Config{MaxBytes: maxBytes()})
		a.step = func(s *grad.Step) error {
			y := model.Forward(s.Input(a.x))
			if y.Rank() != 2 && y.Rank() != 3 || y.Dim(0) != a.x.Dim(0) || y.Dim(-1) != n {
				return fmt.Errorf("the model gives %v for %d rows, want [%d %d], or [%d k %d] of an ensemble", y.Shape(), a.x.Dim(0), a.x.Dim(0), n, a.x.Dim(0), n)
			}
			if then != nil {
				y = then(y)
			}
			s.ReadTensor(meanOfHeads(y), &a.out)
			return nil
		}
	}
	a.x = x
	if err := a.tape.Eval(grad.Infer, a.step); err != nil {
		return nil, err
	}
	return tensor.Of[float32](a.out), nil
}

// softmax is along the classes.
func softmax(y grad.Value) grad.Value { return op.Softmax(y, -1) }
