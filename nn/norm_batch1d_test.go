package nn_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// The running mean moves a tenth of the way to the batch's.
func ExampleBatchNorm1D() {
	b := nn.NewBatchNorm1D(1)
	err := grad.NewTape(grad.Config{}).Step(grad.Train, func(s *grad.Step) error {
		b.Forward(s.Input(tensor.From([]float32{4, 6}, 2, 1)))
		return nil
	})
	fmt.Println(b.RunningMean.Data, err)
	// Output: f32[1] [0.5] <nil>
}

type normArray struct {
	Shape []int
	Data  []float32
}

func (a normArray) tensor() tensor.Tensor { return tensor.From(a.Data, a.Shape...) }

// TestBatchNorm1D holds values and running statistics to PyTorch's, to 10⁻⁵.
func TestBatchNorm1D(t *testing.T) {
	var f struct {
		Cases []struct {
			Attrs struct {
				Training      bool
				Momentum, Eps float64
			}
			Inputs, Outputs []normArray
		}
	}
	text, err := os.ReadFile("../op/testdata/batch_norm.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	for _, c := range f.Cases {
		b := nn.NewBatchNorm1D(c.Inputs[0].Shape[1])
		if b.Momentum != c.Attrs.Momentum || b.Eps != c.Attrs.Eps {
			t.Errorf("momentum %v and eps %v, PyTorch has %v and %v", b.Momentum, b.Eps, c.Attrs.Momentum, c.Attrs.Eps)
		}
		b.Weight.Data, b.Bias.Data = c.Inputs[1].tensor(), c.Inputs[2].tensor()
		b.RunningMean.Data, b.RunningVar.Data = c.Inputs[3].tensor(), c.Inputs[4].tensor()
		mode, want := grad.Train, c.Outputs
		if !c.Attrs.Training { // the statistics stay
			mode, want = grad.Infer, slices.Concat(c.Outputs, c.Inputs[3:])
		}
		got := []tensor.Tensor{forward(t, mode, b, c.Inputs[0].tensor()), b.RunningMean.Data, b.RunningVar.Data}
		for i, w := range want {
			for j, x := range tensor.Of[float32](got[i]) {
				if math.Abs(float64(x-w.Data[j])) > 1e-5 {
					t.Errorf("training %v, output %d[%d]: %v, want %v", c.Attrs.Training, i, j, x, w.Data[j])
				}
			}
		}
	}
}

func TestBatchNorm1DState(t *testing.T) {
	b := nn.NewBatchNorm1D(2)
	if got, want := stateNames(t, &struct{ BN *nn.BatchNorm1D }{b}), []string{"bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"}; !slices.Equal(got, want) {
		t.Errorf("state %v, want %v", got, want)
	}
	for i, want := range []float32{1, 0, 0, 1} {
		s, err := nn.State(b)
		if err != nil {
			t.Fatal(err)
		}
		if got := tensor.Of[float32](s[i].Tensor)[0]; got != want {
			t.Errorf("%s starts with %v, want %v", s[i].Name, got, want)
		}
	}
	wantRefused(t, func() { nn.NewBatchNorm1D(0) })
}

// TestBatchNorm1DFailedStep: a step that fails leaves the running statistics; so does a batch of one row, with an error.
func TestBatchNorm1DFailedStep(t *testing.T) {
	b := nn.NewBatchNorm1D(1)
	stop := errors.New("stop")
	tape := grad.NewTape(grad.Config{})
	err := tape.Step(grad.Train, func(s *grad.Step) error {
		op.Sum(b.Forward(s.Input(tensor.From([]float32{4, 6}, 2, 1))))
		return stop
	})
	var misuse *tensor.Error
	one := tape.Step(grad.Train, func(s *grad.Step) error {
		b.Forward(s.Input(tensor.From([]float32{4}, 1, 1)))
		return nil
	})
	if !errors.Is(err, stop) || !errors.As(one, &misuse) {
		t.Errorf("errors %v, %v", err, one)
	}
	if m, v := tensor.Of[float32](b.RunningMean.Data)[0], tensor.Of[float32](b.RunningVar.Data)[0]; m != 0 || v != 1 {
		t.Errorf("running mean %v and variance %v after failed steps", m, v)
	}
}
