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

// forward returns the layer's value for x.
func forward(t *testing.T, mode grad.Mode, l nn.Layer, x tensor.Tensor) tensor.Tensor {
	t.Helper()
	var y tensor.Tensor
	if err := grad.NewTape(grad.Config{}).Eval(mode, func(s *grad.Step) error {
		s.ReadTensor(l.Forward(s.Input(x)), &y)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return y
}

// stateNames returns the names that a model is saved under.
func stateNames(t *testing.T, m any) []string {
	t.Helper()
	s, err := nn.State(m)
	if err != nil {
		t.Fatal(err)
	}
	var r []string
	for _, e := range s {
		r = append(r, e.Name)
	}
	return r
}

// wantRefused runs a constructor that has to refuse.
func wantRefused(t *testing.T, make func()) {
	t.Helper()
	defer func() {
		if e, ok := recover().(*tensor.Error); !ok {
			t.Errorf("impossible sizes: %v, want a *tensor.Error", e)
		}
	}()
	make()
}

func ExampleLinear() {
	l := nn.NewLinear(rng.NewSource(1), 2, 1)
	copy(tensor.Of[float32](l.Weight.Data), []float32{1, 10})
	copy(tensor.Of[float32](l.Bias.Data), []float32{0.5})
	x := tensor.From([]float32{1, 2, 3, 4}, 2, 2)
	var y tensor.Tensor
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(l.Forward(s.Input(x)), &y)
		return nil
	})
	fmt.Println(y, err)
	// Output: f32[2 1] [[21.5] [43.5]] <nil>
}

func TestLinear(t *testing.T) {
	l := nn.NewLinear(rng.NewSource(1), 400, 90)
	if got, want := stateNames(t, l), []string{"weight", "bias"}; !slices.Equal(got, want) {
		t.Errorf("state %v, want %v", got, want)
	}
	for _, w := range []tensor.Tensor{l.Weight.Data, l.Bias.Data} {
		if _, _, top := moments(w); top > 0.05 || top < 0.045 { // 1/√400
			t.Errorf("largest of %v: %v, want nearly 0.05", w.Shape(), top)
		}
	}
	if _, std, _ := moments(l.Weight.Data); math.Abs(std/(0.05/math.Sqrt(3))-1) > 0.02 {
		t.Errorf("deviation %v", std)
	}
	l.Bias, l.Act = nil, op.ActReLU
	if got := stateNames(t, l); !slices.Equal(got, []string{"weight"}) {
		t.Errorf("state without a bias %v", got)
	}
	x := tensor.New(tensor.F32, 3, 400)
	rng.Stream{Seed: 1}.Normal(tensor.Of[float32](x), 0, 1)
	y := tensor.Of[float32](forward(t, grad.Infer, l, x))
	if slices.Min(y) != 0 || slices.Max(y) <= 0 {
		t.Errorf("ReLU gave %v … %v", slices.Min(y), slices.Max(y))
	}
	wantRefused(t, func() { nn.NewLinear(rng.NewSource(1), 0, 3) })
	wantRefused(t, func() { nn.NewLinear(rng.NewSource(1), 3, -1) })
}

// TestLinearError: the error names the caller, the shapes and what doesn't fit.
func TestLinearError(t *testing.T) {
	l := nn.NewLinear(rng.NewSource(1), 4, 2)
	ps, err := nn.Params(&struct{ FC1 *nn.Linear }{l})
	if err != nil {
		t.Fatal(err)
	}
	err = grad.NewTape(grad.Config{Params: ps}).Eval(grad.Infer, func(s *grad.Step) error {
		l.Forward(s.Input(tensor.New(tensor.F32, 3, 5)))
		return nil
	})
	var e *tensor.Error
	if !errors.As(err, &e) || e.Op != "op.Linear" || e.Operands != "x [3 5], fc1.weight [2 4], fc1.bias [2]" {
		t.Errorf("error %v", err)
	}
}
