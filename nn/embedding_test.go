package nn_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

func ExampleEmbedding() {
	e := nn.NewEmbedding(rng.NewSource(1), 3, 2)
	copy(tensor.Of[float32](e.Weight.Data), []float32{0, 1, 10, 11, 20, 21})
	var y tensor.Tensor
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(e.Forward(s.Input(tensor.From([]int32{2, 0}))), &y)
		return nil
	})
	fmt.Println(y, err)
	// Output: f32[2 2] [[20 21] [0 1]] <nil>
}

func TestEmbedding(t *testing.T) {
	e := nn.NewEmbedding(rng.NewSource(1), 300, 100)
	if got := stateNames(t, e); !slices.Equal(got, []string{"weight"}) {
		t.Errorf("state %v", got)
	}
	if mean, std, _ := moments(e.Weight.Data); math.Abs(mean) > 0.03 || math.Abs(std-1) > 0.02 {
		t.Errorf("mean %v, deviation %v, want 0 and 1", mean, std)
	}
	wantRefused(t, func() { nn.NewEmbedding(rng.NewSource(1), 0, 3) })
}
