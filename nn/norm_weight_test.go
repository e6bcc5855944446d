package nn_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// The weight is (3, 4)/5·10, wherever v points to.
func ExampleWeightNorm() {
	inner := nn.NewLinear(rng.NewSource(1), 2, 1)
	inner.Bias = nil
	l := nn.NewWeightNorm(inner)
	copy(tensor.Of[float32](l.V.Data), []float32{3, 4})
	copy(tensor.Of[float32](l.G.Data), []float32{10})
	evaluate(l, tensor.From([]float32{1, 1}, 1, 2))
	// Output: f32[1 1] [[14]] <nil>
}

// The largest singular value of diag(4, 2) is 4.
func ExampleSpectralNorm() {
	inner := nn.NewLinear(rng.NewSource(1), 2, 2)
	inner.Bias = nil
	copy(tensor.Of[float32](inner.Weight.Data), []float32{4, 0, 0, 2})
	l := nn.NewSpectralNorm(rng.NewSource(1), inner)
	evaluate(l, tensor.From([]float32{1, 1}, 1, 2))
	// Output: f32[1 2] [[1 0.5]] <nil>
}

// weightCase is what PyTorch's parametrized Linear gave: see tools/golden/README.md.
type weightCase struct {
	Attrs struct {
		Training   bool
		Iterations int
	}
	State, Buffers map[string]recorded
	Inputs         []recorded
	Output         recorded
	GradOutput     recorded `json:"grad_output"`
	Grads          []recorded
	GradState      map[string]recorded `json:"grad_state"`
}

func (c *weightCase) hold(t *testing.T, l nn.Layer) {
	t.Helper()
	var state []nn.Entry
	for name, r := range c.State {
		state = append(state, nn.Entry{Name: name, Tensor: r.tensor()})
	}
	if err := nn.Load(l, state); err != nil {
		t.Fatal(err)
	}
	ps, err := nn.Params(l)
	if err != nil {
		t.Fatal(err)
	}
	x := grad.Named{Name: "x", Param: grad.NewParam("x", c.Inputs[0].tensor())}
	all := append(slices.Clone(ps), x)
	grads, mode := grad.NewGrads(all), grad.Infer
	if c.Attrs.Training {
		mode = grad.Train
	}
	var y tensor.Tensor
	if err := grad.NewTape(grad.Config{Params: all}).Step(mode, func(s *grad.Step) error {
		v := l.Forward(s.Use(x.Param))
		s.ReadTensor(v, &y)
		s.BackwardFrom(v, c.GradOutput.tensor(), grads)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	near(t, "the value", y, c.Output)
	for _, p := range all {
		want, known := c.GradState[p.Name]
		if p.Param == x.Param {
			want, known = c.Grads[0], true
		}
		g, ok := grads.Of(p.Param)
		if !known || !ok {
			t.Fatalf("%s: a gradient: %v, PyTorch has it: %v", p.Name, ok, known)
		}
		near(t, "the gradient of "+p.Name, g, want)
	}
	buffers, err := nn.Buffers(l)
	if err != nil || len(buffers) != len(c.Buffers) {
		t.Fatalf("%d buffers, want %d; %v", len(buffers), len(c.Buffers), err)
	}
	for _, b := range buffers {
		near(t, b.Name, b.Data, c.Buffers[b.Name])
	}
}

func weightCases(t *testing.T, name string) []weightCase {
	t.Helper()
	var f struct{ Cases []weightCase }
	text, err := os.ReadFile("testdata/" + name + ".json")
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil || len(f.Cases) == 0 {
		t.Fatalf("%s: %d cases, %v", name, len(f.Cases), err)
	}
	return f.Cases
}

func TestWeightNormAsPyTorch(t *testing.T) {
	for _, c := range weightCases(t, "weight_norm") {
		c.hold(t, nn.NewWeightNorm(nn.NewLinear(rng.NewSource(1), 3, 4)))
	}
}

func TestSpectralNormAsPyTorch(t *testing.T) {
	for _, c := range weightCases(t, "spectral_norm") {
		l := nn.NewSpectralNorm(rng.NewSource(1), nn.NewLinear(rng.NewSource(1), 3, 4))
		l.Iterations = c.Attrs.Iterations
		c.hold(t, l)
	}
}

// TestWeightNormStart: the weight is at first the layer's own, and the largest singular value of a spectral norm's is 1 within
// what 15 iterations leave: its power iteration in float64 from all ones, 200 times, says so.
func TestWeightNormStart(t *testing.T) {
	plain, weight := nn.NewLinear(rng.NewSource(1), 5, 3), nn.NewLinear(rng.NewSource(1), 5, 3)
	x := normalTensor(4, 5)
	want, got := forward(t, grad.Infer, plain, x), forward(t, grad.Infer, nn.NewWeightNorm(weight), x)
	near(t, "with weight norm", got, recorded{want.Shape(), tensor.Of[float32](want)})

	l := nn.NewSpectralNorm(rng.NewSource(2), &nn.Linear{Weight: plain.Weight})
	eye := tensor.New(tensor.F32, 5, 5)
	for i := range 5 {
		tensor.Of[float32](eye)[i*6] = 1
	}
	w := tensor.Of[float32](forward(t, grad.Infer, l, eye)) // Wᵀ/σ, [5 3]
	v, sigma := []float64{1, 1, 1}, 0.0
	for range 200 {
		next := make([]float64, 3)
		for i := range 5 {
			d := 0.0
			for j := range 3 {
				d += float64(w[i*3+j]) * v[j]
			}
			for j := range 3 {
				next[j] += d * float64(w[i*3+j])
			}
		}
		norm := math.Hypot(math.Hypot(next[0], next[1]), next[2])
		for j := range v {
			v[j] = next[j] / norm
		}
		sigma = math.Sqrt(norm)
	}
	if math.Abs(sigma-1) > 0.02 {
		t.Errorf("largest singular value %v, want 1", sigma)
	}
}

func normalTensor(shape ...int) tensor.Tensor {
	x := tensor.New(tensor.F32, shape...)
	rng.Stream{Seed: 1}.Normal(tensor.Of[float32](x), 0, 1)
	return x
}

// TestSpectralNormTwice: a second pass in a step goes on from the first's vectors, as in a GAN's two passes of one network: the
// buffers end up as after two steps.
func TestSpectralNormTwice(t *testing.T) {
	make := func() *nn.SpectralNorm {
		l := nn.NewSpectralNorm(rng.NewSource(1), nn.NewLinear(rng.NewSource(1), 6, 4))
		tensor.Of[float32](l.W.Data)[0] += 3
		return l
	}
	x := normalTensor(2, 6)
	once, twice := make(), make()
	forward(t, grad.Train, once, x)
	forward(t, grad.Train, once, x)
	forward(t, grad.Train, nn.Func(func(x grad.Value) grad.Value { return op.Add(twice.Forward(x), twice.Forward(x)) }), x)
	if !slices.Equal(once.V.Data.Bytes(), twice.V.Data.Bytes()) {
		t.Errorf("%v after two passes in a step, %v after two steps", twice.V.Data, once.V.Data)
	}
}

func TestWeightNormState(t *testing.T) {
	r := rng.NewSource(1)
	m := &struct {
		A *nn.WeightNorm
		B *nn.SpectralNorm
	}{nn.NewWeightNorm(nn.NewLinear(r, 3, 2)), nn.NewSpectralNorm(r, nn.NewLinear(r, 3, 4))}
	want := []string{
		"a.bias", "a.parametrizations.weight.original0", "a.parametrizations.weight.original1",
		"b.bias", "b.parametrizations.weight.original", "b.parametrizations.weight.0._u", "b.parametrizations.weight.0._v",
	}
	if got := stateNames(t, m); !slices.Equal(got, want) {
		t.Errorf("state %v, want %v", got, want)
	}
	if got, want := fmt.Sprint(m.A.G.Data.Shape(), m.B.U.Data.Shape(), m.B.V.Data.Shape()), "[2 1] [4] [3]"; got != want {
		t.Errorf("shapes %s, want %s", got, want)
	}
	for _, l := range []nn.Layer{nn.Identity{}, nn.NewLayerNorm(3), nn.NewMultiHeadAttention(r, 4, 2, 2), nn.NewBatchNorm1D(2)} {
		wantRefused(t, func() { nn.NewWeightNorm(l) })
		wantRefused(t, func() { nn.NewSpectralNorm(r, l) })
	}
}
