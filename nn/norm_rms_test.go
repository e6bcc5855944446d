package nn_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/tensor"
)

func ExampleRMSNorm() {
	l := nn.NewRMSNorm(4)
	var y tensor.Tensor
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(l.Forward(s.Input(tensor.From([]float32{1, 1, 1, 5}, 1, 4))), &y)
		return nil
	})
	for _, v := range tensor.Of[float32](y) { // the mean square is 7
		fmt.Printf("%.3f ", v)
	}
	fmt.Println(err)
	// Output: 0.378 0.378 0.378 1.890 <nil>
}

func TestRMSNorm(t *testing.T) {
	l := nn.NewRMSNorm(3)
	if got := stateNames(t, l); !slices.Equal(got, []string{"weight"}) {
		t.Errorf("state %v", got)
	}
	if !slices.Equal(tensor.Of[float32](l.Weight.Data), []float32{1, 1, 1}) {
		t.Error("it doesn't start with weight 1")
	}
	wantRefused(t, func() { nn.NewRMSNorm(0) })
}
