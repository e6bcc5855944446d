package nn_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/tensor"
)

func ExampleLayerNorm() {
	l := nn.NewLayerNorm(4)
	var y tensor.Tensor
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(l.Forward(s.Input(tensor.From([]float32{1, 1, 3, 3}, 1, 4))), &y)
		return nil
	})
	for _, v := range tensor.Of[float32](y) {
		fmt.Printf("%.3f ", v)
	}
	fmt.Println(err)
	// Output: -1.000 -1.000 1.000 1.000 <nil>
}

func TestLayerNorm(t *testing.T) {
	l := nn.NewLayerNorm(3)
	if got := stateNames(t, l); !slices.Equal(got, []string{"weight", "bias"}) {
		t.Errorf("state %v", got)
	}
	if !slices.Equal(tensor.Of[float32](l.Weight.Data), []float32{1, 1, 1}) || !slices.Equal(tensor.Of[float32](l.Bias.Data), []float32{0, 0, 0}) {
		t.Error("it doesn't start with weight 1 and bias 0")
	}
	wantRefused(t, func() { nn.NewLayerNorm(0) })
}
