package nn_test

import (
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// Two models of y = 3·x: the second sees x doubled and gives half as much, and 1 more.
func ExampleBatchEnsemble() {
	l := nn.NewBatchEnsemble(rng.NewSource(1), 2, 1, 1)
	copy(tensor.Of[float32](l.Weight.Data), []float32{3})
	copy(tensor.Of[float32](l.R.Data), []float32{1, 2})
	copy(tensor.Of[float32](l.S.Data), []float32{1, 0.5})
	copy(tensor.Of[float32](l.Bias.Data), []float32{0, 1})
	evaluate(l, tensor.From([]float32{5, 5}, 2, 1, 1))
	// Output: f32[2 1 1] [[[15]] [[16]]] <nil>
}

func TestBatchEnsemble(t *testing.T) {
	for _, c := range moduleCases(t, "batch_ensemble") {
		w, k := c.State["weight"].Shape, c.State["r"].Shape[0]
		l := nn.NewBatchEnsemble(rng.NewSource(1), k, w[1], w[0])
		c.hold(t, l, func(in []grad.Value) grad.Value { return l.Forward(in[0]) })
	}
	l := nn.NewBatchEnsemble(rng.NewSource(1), 2, 3, 4)
	if got := stateNames(t, l); !slices.Equal(got, []string{"weight", "r", "s", "bias"}) {
		t.Errorf("state %v", got)
	}
	if b := tensor.Of[float32](l.Bias.Data); !slices.Equal(b[:4], b[4:]) || b[0] == 0 {
		t.Errorf("the models start with biases %v", b)
	}
	wantRefused(t, func() { nn.NewBatchEnsemble(rng.NewSource(1), 0, 3, 4) })
}
