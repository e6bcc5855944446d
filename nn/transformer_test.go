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

// recorded is a tensor of a golden file.
type recorded struct {
	Shape []int
	Data  []float32
}

func (r recorded) tensor() tensor.Tensor { return tensor.From(r.Data, r.Shape...) }

// moduleCase is what PyTorch's module gave: see tools/golden/README.md.
type moduleCase struct {
	Attrs struct {
		NormFirst    bool `json:"norm_first"`
		Lengths      []int32
		Nonlinearity string
		Edges        [][]float32
	}
	State      map[string]recorded
	Inputs     []recorded
	Output     recorded
	GradOutput recorded `json:"grad_output"`
	Grads      []recorded
	GradState  map[string]recorded `json:"grad_state"`
}

func moduleCases(t *testing.T, name string) []moduleCase {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".json")
	var f struct{ Cases []moduleCase }
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil || len(f.Cases) == 0 {
		t.Fatalf("%s: %d cases, %v", name, len(f.Cases), err)
	}
	return f.Cases
}

func near(t *testing.T, what string, got tensor.Tensor, want recorded) {
	t.Helper()
	if !slices.Equal(got.Shape(), want.Shape) {
		t.Fatalf("%s has shape %v, %v wanted", what, got.Shape(), want.Shape)
	}
	for i, v := range tensor.Of[float32](got) {
		if w := want.Data[i]; math.Abs(float64(v-w)) > 1e-5*max(1, math.Abs(float64(w))) {
			t.Fatalf("%s: element %d is %v, PyTorch's %v", what, i, v, w)
		}
	}
}

// hold gives the model a case's state and holds value and gradients to PyTorch's.
func (c *moduleCase) hold(t *testing.T, model any, forward func(in []grad.Value) grad.Value) {
	t.Helper()
	ps, err := nn.Params(model)
	if err != nil || len(ps) != len(c.State) {
		t.Fatalf("%d parameters, PyTorch has %d; %v", len(ps), len(c.State), err)
	}
	for _, p := range ps {
		tensor.Copy(p.Data, c.State[p.Name].tensor())
	}
	all := slices.Clone(ps)
	for i, x := range c.Inputs {
		name := fmt.Sprint("input ", i)
		all = append(all, grad.Named{Name: name, Param: grad.NewParam(name, x.tensor())})
	}
	var y tensor.Tensor
	grads := grad.NewGrads(all)
	err = grad.NewTape(grad.Config{Params: all}).Step(grad.Train, func(s *grad.Step) error {
		var in []grad.Value
		for _, p := range all[len(ps):] {
			in = append(in, s.Use(p.Param))
		}
		v := forward(in)
		s.ReadTensor(v, &y)
		s.BackwardFrom(v, c.GradOutput.tensor(), grads)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the value", y, c.Output)
	for i, p := range all {
		g, ok := grads.Of(p.Param)
		want, known := c.GradState[p.Name]
		if i >= len(ps) {
			want, known = c.Grads[i-len(ps)], true
		}
		if !ok || !known {
			t.Fatalf("%s: a gradient: %v, PyTorch has it: %v", p.Name, ok, known)
		}
		near(t, "the gradient of "+p.Name, g, want)
	}
}

func TestMultiHeadAttentionAsPyTorch(t *testing.T) {
	for _, c := range moduleCases(t, "multihead_attention") {
		l := nn.NewMultiHeadAttention(rng.NewSource(1), 4, 2, 2)
		l.Causal = len(c.Inputs) == 1
		c.hold(t, l, func(in []grad.Value) grad.Value {
			if len(in) == 1 {
				return l.Forward(in[0])
			}
			return l.Cross(in[0], in[1], grad.Value{})
		})
	}
}

func TestTransformerLayersAsPyTorch(t *testing.T) {
	for _, c := range moduleCases(t, "transformer_encoder") {
		l := nn.NewTransformerEncoderLayer(rng.NewSource(1), 4, 2, 6)
		l.NormFirst = c.Attrs.NormFirst
		c.hold(t, l, func(in []grad.Value) grad.Value { return l.Forward(in[0]) })
		l.Act = op.ReLU
		c.hold(t, l, func(in []grad.Value) grad.Value { return l.Forward(in[0]) })
	}
	for _, c := range moduleCases(t, "transformer_decoder") {
		l := nn.NewTransformerDecoderLayer(rng.NewSource(1), 4, 2, 6)
		l.NormFirst = c.Attrs.NormFirst
		c.hold(t, l, func(in []grad.Value) grad.Value { return l.Forward(in[0], in[1]) })
	}
}

func TestTransformerNames(t *testing.T) {
	r := rng.NewSource(1)
	e := &nn.TransformerEncoder{Layers: []*nn.TransformerEncoderLayer{nn.NewTransformerEncoderLayer(r, 4, 2, 6)}, Norm: nn.NewLayerNorm(4)}
	e.Layers[0].SelfAttn.Rotary = nn.NewRotaryEmbedding(8, 2)
	e.Layers[0].SelfAttn.Slopes = grad.NewBuffer("slopes", op.ALiBiSlopes(2))
	want := []string{
		"layers.0.self_attn.in_proj_weight", "layers.0.self_attn.in_proj_bias", "layers.0.self_attn.out_proj.weight", "layers.0.self_attn.out_proj.bias",
		"layers.0.linear1.weight", "layers.0.linear1.bias", "layers.0.linear2.weight", "layers.0.linear2.bias",
		"layers.0.norm1.weight", "layers.0.norm1.bias", "layers.0.norm2.weight", "layers.0.norm2.bias", "norm.weight", "norm.bias",
	}
	if got := stateNames(t, e); !slices.Equal(got, want) {
		t.Errorf("state %v", got)
	}
	d := &nn.TransformerDecoder{Layers: []*nn.TransformerDecoderLayer{nn.NewTransformerDecoderLayer(r, 4, 2, 6)}}
	if got := stateNames(t, d); len(got) != 18 || got[4] != "layers.0.multihead_attn.in_proj_weight" {
		t.Errorf("state %v", got)
	}
	wantRefused(t, func() { nn.NewMultiHeadAttention(r, 6, 4, 4) })
	wantRefused(t, func() { nn.NewMultiHeadAttention(r, 6, 3, 2) })
	wantRefused(t, func() { nn.NewTransformerEncoderLayer(r, 4, 2, 0) })
	wantRefused(t, func() { nn.NewTransformerDecoderLayer(r, 4, 2, -1) })
	wantRefused(t, func() { nn.NewSinusoidalEncoding(0, 4) })
	wantRefused(t, func() { e.Layers[0].SelfAttn.NewCache(1, 0) })
}

// TestDecode decodes a few rows at a time with a cache: each has the bits of the whole.
func TestDecode(t *testing.T) {
	const batch, most, dim = 2, 21, 24
	x := tensor.New(tensor.F32, batch, most, dim)
	rng.Stream{Seed: 3}.Normal(tensor.Of[float32](x), 0, 1)
	memory := x.Slice(1, 0, 5, 1)
	for name, prepare := range map[string]func(l *nn.MultiHeadAttention){
		"plain":  func(*nn.MultiHeadAttention) {},
		"rotary": func(l *nn.MultiHeadAttention) { l.Rotary = nn.NewRotaryEmbedding(most, dim/4) },
		"alibi":  func(l *nn.MultiHeadAttention) { l.Slopes = grad.NewBuffer("slopes", op.ALiBiSlopes(4)) },
		"grouped": func(l *nn.MultiHeadAttention) {
			*l = *nn.NewMultiHeadAttention(rng.NewSource(2), dim, 4, 2)
			l.Causal = true
			l.InProjBias = nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := nn.NewTransformerEncoderLayer(rng.NewSource(1), dim, 4, 32)
			l.SelfAttn.Causal, l.NormFirst = true, true
			prepare(l.SelfAttn)
			decodes(t, x, l.SelfAttn.NewCache(batch, most), l.Forward, l.Decode)
			d := nn.NewTransformerDecoderLayer(rng.NewSource(1), dim, 4, 32)
			prepare(d.SelfAttn)
			decodes(t, x, d.SelfAttn.NewCache(batch, most),
				func(x grad.Value) grad.Value { return d.Forward(x, x.Step().Input(memory)) },
				func(x grad.Value, c *nn.KVCache, at int) grad.Value {
					return d.Decode(x, x.Step().Input(memory), c, at)
				})
		})
	}
}

func decodes(t *testing.T, x tensor.Tensor, cache *nn.KVCache, whole func(grad.Value) grad.Value, part func(grad.Value, *nn.KVCache, int) grad.Value) {
	t.Helper()
	tape := grad.NewTape(grad.Config{})
	eval := func(f func(s *grad.Step) grad.Value) (y tensor.Tensor) {
		t.Helper()
		if err := tape.Eval(grad.Infer, func(s *grad.Step) error {
			s.ReadTensor(f(s), &y)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return y
	}
	all := eval(func(s *grad.Step) grad.Value { return whole(s.Input(x)) })
	for at, n := 0, 1; at < x.Dim(1); at, n = at+n, n%3+1 {
		n = min(n, x.Dim(1)-at)
		got := eval(func(s *grad.Step) grad.Value { return part(s.Input(x.Slice(1, at, at+n, 1)), cache, at) })
		if want := all.Slice(1, at, at+n, 1).Clone(); !slices.Equal(got.Bytes(), want.Bytes()) {
			t.Fatalf("rows %d to %d: with the cache %v, of all at once %v", at, at+n-1, tensor.Of[float32](got)[:4], tensor.Of[float32](want)[:4])
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	l := nn.NewMultiHeadAttention(rng.NewSource(1), 4, 2, 2)
	cache := l.NewCache(1, 3)
	try := func(at int) error {
		return grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			l.Decode(s.Input(tensor.New(tensor.F32, 1, 2, 4)), cache, at)
			return nil
		})
	}
	if try(0) == nil {
		t.Error("a layer that isn't causal decodes")
	}
	l.Causal = true
	if try(0) != nil || try(2) == nil || try(-1) == nil {
		t.Errorf("decoding rows 0 and 1: %v, 2 and 3: %v, −1 and 0: %v", try(0), try(2), try(-1))
	}
}

// A padded batch gives each sequence what it gives alone.
func TestMasked(t *testing.T) {
	l := nn.NewTransformerEncoderLayer(rng.NewSource(1), 4, 2, 6)
	x := tensor.New(tensor.F32, 2, 5, 4)
	rng.Stream{Seed: 3}.Normal(tensor.Of[float32](x), 0, 1)
	mask := tensor.From([]uint8{1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 2, 1, 1, 5)
	masked := forward(t, grad.Infer, nn.Func(func(v grad.Value) grad.Value { return l.Masked(v, v.Step().Input(mask)) }), x)
	alone := forward(t, grad.Infer, l, x.Slice(0, 1, 2, 1).Slice(1, 0, 3, 1).Clone())
	got := masked.Slice(0, 1, 2, 1).Slice(1, 0, 3, 1).Clone()
	if !slices.Equal(got.Bytes(), alone.Bytes()) {
		t.Errorf("padded %v, alone %v", tensor.Of[float32](got), tensor.Of[float32](alone))
	}
}

func ExampleMultiHeadAttention() {
	l := nn.NewMultiHeadAttention(rng.NewSource(1), 8, 2, 2)
	l.Causal = true
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		fmt.Println(l.Forward(s.Input(tensor.New(tensor.F32, 3, 5, 8))).Shape())
		return nil
	})
	fmt.Println(err)
	// Output:
	// [3 5 8]
	// <nil>
}

// Decoding asks for one row at a time; the cache has the keys and values of those before.
func ExampleTransformerEncoderLayer_Decode() {
	l := nn.NewTransformerEncoderLayer(rng.NewSource(1), 8, 2, 16)
	l.SelfAttn.Causal = true
	cache, tape := l.SelfAttn.NewCache(1, 3), grad.NewTape(grad.Config{})
	for at := range 3 {
		err := tape.Eval(grad.Infer, func(s *grad.Step) error {
			fmt.Println(at, l.Decode(s.Input(tensor.New(tensor.F32, 1, 1, 8)), cache, at).Shape())
			return nil
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// 0 [1 1 8]
	// 1 [1 1 8]
	// 2 [1 1 8]
}

func ExampleTransformerDecoderLayer() {
	l := nn.NewTransformerDecoderLayer(rng.NewSource(1), 8, 2, 16)
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		x, memory := s.Input(tensor.New(tensor.F32, 3, 5, 8)), s.Input(tensor.New(tensor.F32, 3, 7, 8))
		fmt.Println(l.Forward(x, memory).Shape())
		return nil
	})
	fmt.Println(err)
	// Output:
	// [3 5 8]
	// <nil>
}

func ExampleSinusoidalEncoding() {
	l := nn.NewSinusoidalEncoding(2, 4)
	var y tensor.Tensor
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(l.Forward(s.Input(tensor.New(tensor.F32, 1, 2, 4))), &y)
		return nil
	})
	for _, v := range tensor.Of[float32](y) {
		fmt.Printf("%.4f ", v)
	}
	fmt.Println(err)
	// Output: 0.0000 1.0000 0.0000 1.0000 0.8415 0.5403 0.0100 0.9999 <nil>
}
