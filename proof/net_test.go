package proof

import (
	"math"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// net is a perceptron with one hidden layer: [N in] → [N out].
type net struct{ FC1, FC2 *nn.Linear }

func newNet(r *rng.Source, in, hidden, out int) *net {
	return &net{nn.NewLinear(r, in, hidden), nn.NewLinear(r, hidden, out)}
}

// Forward returns the last layer's sums: logits, or a regression's values.
func (n *net) Forward(x grad.Value) grad.Value { return n.FC2.Forward(op.Tanh(n.FC1.Forward(x))) }

func params(t *testing.T, model any) grad.Params {
	t.Helper()
	ps, err := nn.Params(model)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

// uniform returns a tensor of values in [−1, 1), a function of the seed.
func uniform(seed uint64, shape ...int) tensor.Tensor {
	x := tensor.New(tensor.F32, shape...)
	rng.Stream{Seed: seed}.Uniform(f32(x), -1, 1)
	return x
}

// task is a small regression: y = x₀·x₁ of random x.
func task(seed uint64, n int) (x, y tensor.Tensor) {
	x, y = uniform(seed, n, 2), tensor.New(tensor.F32, n, 1)
	for i := range n {
		f32(y)[i] = f32(x)[2*i] * f32(x)[2*i+1]
	}
	return x, y
}

func f32(t tensor.Tensor) []float32 { return tensor.Of[float32](t) }

func step(t *testing.T, tape *grad.Tape, m grad.Mode, fn func(*grad.Step) error) {
	t.Helper()
	if err := tape.Step(m, fn); err != nil {
		t.Fatal(err)
	}
}

func eval(t *testing.T, tape *grad.Tape, fn func(*grad.Step) error) {
	t.Helper()
	if err := tape.Eval(grad.Infer, fn); err != nil {
		t.Fatal(err)
	}
}

// weights returns copies of all parameters' elements.
func weights(ps grad.Params) [][]float32 {
	r := make([][]float32, len(ps))
	for i, p := range ps {
		r[i] = slices.Clone(f32(p.Data))
	}
	return r
}

// gradients returns copies of all parameters' gradients.
func gradients(t *testing.T, g *grad.Grads) [][]float32 {
	t.Helper()
	r := make([][]float32, len(g.Params()))
	for i, p := range g.Params() {
		x, ok := g.Of(p.Param)
		if !ok {
			t.Fatalf("%s got no gradient", p.Name)
		}
		r[i] = slices.Clone(f32(x))
	}
	return r
}

// sameBits compares bits, so that −0 isn't 0 and NaN is itself.
func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

func wantSame(t *testing.T, what string, a, b [][]float32) {
	t.Helper()
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || !sameBits(a[i], b[i]) {
			t.Errorf("%s: tensor %d differs", what, i)
		}
	}
}

// distance is the largest |a−b|.
func distance(a, b []float32) float64 {
	var d float64
	for i := range a {
		d = max(d, math.Abs(float64(a[i]-b[i])))
	}
	return d
}
