package nn_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

func ExamplePReLU() {
	l := nn.NewPReLU(2) // two channels
	var y tensor.Tensor
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(l.Forward(s.Input(tensor.From([]float32{1, -1, -4, 2}, 2, 2))), &y)
		return nil
	})
	fmt.Println(tensor.Of[float32](y), err)
	// Output: [1 -0.25 -1 2] <nil>
}

func TestPReLU(t *testing.T) {
	l := nn.NewPReLU(3)
	if got := stateNames(t, l); !slices.Equal(got, []string{"weight"}) {
		t.Errorf("state %v", got)
	}
	if !slices.Equal(tensor.Of[float32](l.Weight.Data), []float32{0.25, 0.25, 0.25}) {
		t.Error("it doesn't start with slope 0.25")
	}
	wantRefused(t, func() { nn.NewPReLU(0) })
}

// Functions of op are layers by nn.Func.
func ExampleFunc() {
	r := rng.NewSource(1)
	net := nn.Sequential{nn.NewLinear(r, 3, 8), nn.Func(op.SwiGLU), nn.Func(op.GELU), nn.NewPReLU(4)}
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		fmt.Println(net.Forward(s.Input(tensor.New(tensor.F32, 2, 3))).Shape())
		return nil
	})
	fmt.Println(err)
	// Output:
	// [2 4]
	// <nil>
}
