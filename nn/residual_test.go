package nn_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// evaluate prints a layer's value.
func evaluate(l nn.Layer, x tensor.Tensor) {
	var y tensor.Tensor
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(l.Forward(s.Input(x)), &y)
		return nil
	})
	fmt.Println(y, err)
}

func ExampleIdentity() {
	evaluate(nn.Identity{}, tensor.From([]float32{1, -2}))
	// Output: f32[2] [1 -2] <nil>
}

func ExampleResidual() {
	evaluate(nn.NewResidual(nn.Func(op.ReLU)), tensor.From([]float32{1, -2}))
	// Output: f32[2] [2 -2] <nil>
}

func ExampleBilinear() {
	l := nn.NewBilinear(rng.NewSource(1), 2, 3, 1)
	copy(tensor.Of[float32](l.Weight.Data), []float32{1, 0, 0, 0, 0, 2}) // a₀·b₀ + 2·a₁·b₂
	copy(tensor.Of[float32](l.Bias.Data), []float32{0.5})
	a, b := tensor.From([]float32{3, 5}, 1, 2), tensor.From([]float32{10, 20, 30}, 1, 3)
	var y tensor.Tensor
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(l.Forward(s.Input(a), s.Input(b)), &y)
		return nil
	})
	fmt.Println(y, err)
	// Output: f32[1 1] [[330.5]] <nil>
}

func TestResidualState(t *testing.T) {
	r := rng.NewSource(1)
	m := &struct{ Net nn.Sequential }{nn.NewSequential(nn.Identity{}, &nn.Residual{Layer: nn.NewLinear(r, 2, 3), Shortcut: nn.NewLinear(r, 2, 3)})}
	want := []string{"net.1.layer.weight", "net.1.layer.bias", "net.1.shortcut.weight", "net.1.shortcut.bias"}
	if got := stateNames(t, m); !slices.Equal(got, want) {
		t.Errorf("state %v, want %v", got, want)
	}
}

// TestResidualShapes: a layer whose value would be broadcast over x is refused.
func TestResidualShapes(t *testing.T) {
	l := nn.NewResidual(nn.NewLinear(rng.NewSource(1), 3, 1))
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		l.Forward(s.Input(tensor.New(tensor.F32, 2, 3)))
		return nil
	})
	var e *tensor.Error
	if !errors.As(err, &e) {
		t.Errorf("error %v, want a *tensor.Error", err)
	}
}

func TestBilinear(t *testing.T) {
	l := nn.NewBilinear(rng.NewSource(1), 100, 20, 30)
	if got, want := stateNames(t, l), []string{"weight", "bias"}; !slices.Equal(got, want) {
		t.Errorf("state %v, want %v", got, want)
	}
	if got, want := l.Weight.Data.Shape(), []int{30, 100, 20}; !slices.Equal(got, want) {
		t.Errorf("weight %v, want %v", got, want)
	}
	for _, w := range []tensor.Tensor{l.Weight.Data, l.Bias.Data} {
		if _, _, top := moments(w); top > 0.1 || top < 0.09 { // 1/√100
			t.Errorf("largest of %v: %v, want nearly 0.1", w.Shape(), top)
		}
	}
	if _, std, _ := moments(l.Weight.Data); math.Abs(std/(0.1/math.Sqrt(3))-1) > 0.02 {
		t.Errorf("deviation %v", std)
	}
	wantRefused(t, func() { nn.NewBilinear(rng.NewSource(1), 0, 1, 1) })
}
