package nn_test

import (
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// Number 0 has the bins 0 to 1 and 1 to 3; the slopes there are 2 + 10/1 and 2 + 4/2.
func ExamplePiecewiseLinearEmbedding() {
	l := nn.NewPiecewiseLinearEmbedding(rng.NewSource(1), [][]float32{{0, 1, 3}}, 1)
	copy(tensor.Of[float32](l.Weight.Data), []float32{2})
	copy(tensor.Of[float32](l.Bias.Data), []float32{0.5})
	copy(tensor.Of[float32](l.Bins.Data), []float32{10, 4})
	evaluate(l, tensor.From([]float32{-1, 0.5, 2, 5}, 4, 1))
	// Output: f32[4 1 1] [[[-11.5]] [[6.5]] [[16.5]] [[28.5]]] <nil>
}

func ExamplePeriodicEmbedding() {
	l := nn.NewPeriodicEmbedding(rng.NewSource(1), 1, 1, 0.1, 2)
	copy(tensor.Of[float32](l.Frequencies.Data), []float32{0.5})
	copy(tensor.Of[float32](l.Weight.Data), []float32{2, -2, 3, 3}) // of the cosine, then of the sine
	copy(tensor.Of[float32](l.Bias.Data), []float32{0.25, 0})
	evaluate(l, tensor.From([]float32{0}, 1, 1)) // a cosine of 1 and a sine of 0
	// Output: f32[1 1 2] [[[2.25 0]]] <nil>
}

func TestNumberEmbeddings(t *testing.T) {
	for _, c := range moduleCases(t, "piecewise_linear_embedding") {
		l := nn.NewPiecewiseLinearEmbedding(rng.NewSource(1), c.Attrs.Edges, c.State["weight"].Shape[1])
		c.hold(t, l, func(in []grad.Value) grad.Value { return l.Forward(in[0]) })
	}
	for _, c := range moduleCases(t, "periodic_embedding") {
		w := c.State["weight"].Shape
		l := nn.NewPeriodicEmbedding(rng.NewSource(1), w[0], w[1]/2, 0.1, w[2])
		c.hold(t, l, func(in []grad.Value) grad.Value { return l.Forward(in[0]) })
	}
	p := nn.NewPiecewiseLinearEmbedding(rng.NewSource(1), [][]float32{{0, 1}}, 2)
	if got := stateNames(t, p); !slices.Equal(got, []string{"weight", "bias", "bins"}) {
		t.Errorf("state %v", got)
	}
	for _, edges := range [][][]float32{nil, {{0}}, {{0, 1}, {1, 1}}, {{0, 1e-45}}} {
		wantRefused(t, func() { nn.NewPiecewiseLinearEmbedding(rng.NewSource(1), edges, 2) })
	}
	wantRefused(t, func() { nn.NewPeriodicEmbedding(rng.NewSource(1), 1, 0, 1, 2) })
}
