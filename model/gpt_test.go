package model_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// gpts are small networks, one of each kind.
var gpts = map[string]model.GPTConfig{
	"gelu":    {Vocab: 11, Context: 20, Layers: 2, Heads: 2, Dim: 16},
	"swiglu":  {Vocab: 11, Context: 20, Layers: 2, Heads: 2, Dim: 16, Activation: "swiglu", Positions: "rotary"},
	"grouped": {Vocab: 11, Context: 20, Layers: 1, Heads: 4, KVHeads: 2, Dim: 16, Hidden: 24, Activation: "relu", Untied: true},
}

func newGPT(t *testing.T, c model.GPTConfig) *model.GPT {
	t.Helper()
	m, err := model.NewGPT(rng.NewSource(1), c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func infer(t *testing.T, f func(s *grad.Step) grad.Value) (y tensor.Tensor) {
	t.Helper()
	if err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(f(s), &y)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return y
}

// someIDs are ids of [batch n] below vocab.
func someIDs(seed uint64, vocab, batch, n int) tensor.Tensor {
	x := tensor.New(tensor.I32, batch, n)
	for i := range tensor.Of[int32](x) {
		tensor.Of[int32](x)[i] = int32(rng.Stream{Seed: seed}.At(uint64(i))[0] % uint32(vocab))
	}
	return x
}

func ExampleGPT() {
	m, err := model.NewGPT(rng.NewSource(1), model.GPTConfig{Vocab: 83, Context: 64, Layers: 1, Heads: 4, Dim: 128})
	if err != nil {
		fmt.Println(err)
		return
	}
	ps, err := nn.Params(m)
	for _, p := range ps {
		fmt.Println(p.Name, p.Data.Shape())
	}
	fmt.Println(err)
	// Output:
	// wte.weight [83 128]
	// wpe.weight [64 128]
	// h.0.ln_1.weight [128]
	// h.0.ln_1.bias [128]
	// h.0.attn.c_attn.weight [384 128]
	// h.0.attn.c_attn.bias [384]
	// h.0.attn.c_proj.weight [128 128]
	// h.0.attn.c_proj.bias [128]
	// h.0.ln_2.weight [128]
	// h.0.ln_2.bias [128]
	// h.0.mlp.c_fc.weight [512 128]
	// h.0.mlp.c_fc.bias [512]
	// h.0.mlp.c_proj.weight [128 512]
	// h.0.mlp.c_proj.bias [128]
	// ln_f.weight [128]
	// ln_f.bias [128]
	// <nil>
}

// TestGPTFirstValues holds the standard deviations to GPT-2's: 0.02, and 0.02/√(2·8) = 0.005 where a branch ends.
func TestGPTFirstValues(t *testing.T) {
	m := newGPT(t, model.GPTConfig{Vocab: 100, Context: 100, Layers: 8, Heads: 4, Dim: 64, Untied: true})
	ps, err := nn.Params(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range ps {
		w := tensor.Of[float32](p.Data)
		sum, squares := 0.0, 0.0
		for _, v := range w {
			sum, squares = sum+float64(v), squares+float64(v)*float64(v)
		}
		n := float64(len(w))
		std := math.Sqrt(squares/n - sum/n*sum/n)
		want := 0.02
		switch {
		case strings.HasSuffix(p.Name, "c_proj.weight"):
			want = 0.005
		case p.Data.Rank() == 1:
			want = 0
		}
		// The deviation of n values is off by about 1/√(2n) of itself; n is at least 4096.
		if math.Abs(std-want) > 0.06*want {
			t.Errorf("%s has standard deviation %.4f, want %g", p.Name, std, want)
		}
	}
}

// TestGPTDecode decodes a few tokens at a time with a cache: the logits have the bits of computing everything again.
func TestGPTDecode(t *testing.T) {
	for name, c := range gpts {
		t.Run(name, func(t *testing.T) {
			m := newGPT(t, c)
			x := someIDs(2, c.Vocab, 2, c.Context)
			all := infer(t, func(s *grad.Step) grad.Value { return m.Forward(s.Input(x)) })
			cache := m.NewCache(2)
			for at, n := 0, 5; at < c.Context; at, n = at+n, n%3+1 {
				n = min(n, c.Context-at)
				got := infer(t, func(s *grad.Step) grad.Value { return m.Decode(s.Input(x.Slice(1, at, at+n, 1)), cache, at) })
				want := all.Slice(1, at+n-1, at+n, 1).Clone()
				if !slices.Equal(got.Shape(), []int{2, c.Vocab}) || !slices.Equal(got.Bytes(), want.Bytes()) {
					t.Fatalf("tokens %d to %d: with the cache %v, again %v", at, at+n-1, got, want)
				}
			}
		})
	}
}

// TestGPTLearns: a network learns a text of 41 characters by heart, whatever it is made of.
func TestGPTLearns(t *testing.T) {
	const text = "abracadabra, said the wizard to the lizard"
	x, y := tensor.New(tensor.I32, 1, len(text)-1), tensor.New(tensor.I32, 1, len(text)-1)
	for i := range len(text) - 1 {
		tensor.Of[int32](x)[i], tensor.Of[int32](y)[i] = int32(text[i]), int32(text[i+1])
	}
	for name, c := range gpts {
		t.Run(name, func(t *testing.T) {
			c.Vocab, c.Context, c.Dropout = 128, len(text), 0.05
			m := newGPT(t, c)
			ps, err := nn.Params(m)
			if err != nil {
				t.Fatal(err)
			}
			grads, opt, tape := grad.NewGrads(ps), &optim.AdamW{LR: 1e-2}, grad.NewTape(grad.Config{Params: ps})
			var loss float32
			for range 150 {
				if err := tape.Step(grad.Train, func(s *grad.Step) error {
					l := op.CrossEntropy(m.Forward(s.Input(x)), s.Input(y))
					s.Backward(l, grads)
					s.Update(opt, grads)
					s.Read(l, &loss)
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			}
			if loss > 0.2 {
				t.Errorf("the loss is still %v; ln 128 is 4.85", loss)
			}
		})
	}
}

func TestGPTRefuses(t *testing.T) {
	for _, c := range []struct{ config, want string }{
		{`{"context": 8, "layers": 1, "heads": 1, "dim": 4}`, "vocab is 0"},
		{`{"vocab": 5, "layers": 1, "heads": 1, "dim": 4}`, "context is 0"},
		{`{"vocab": 5, "context": 8, "layers": -1, "heads": 1, "dim": 4}`, "layers is -1"},
		{`{"vocab": 5, "context": 8, "layers": 1, "heads": 3, "dim": 4}`, "dim is 4 and heads 3"},
		{`{"vocab": 5, "context": 8, "layers": 1, "heads": 4, "kv_heads": 3, "dim": 4}`, "heads is 4 and kv_heads 3"},
		{`{"vocab": 5, "context": 8, "layers": 1, "heads": 4, "dim": 4, "positions": "rotary"}`, "an even dim/heads"},
		{`{"vocab": 5, "context": 8, "layers": 1, "heads": 1, "dim": 4, "positions": "rope"}`, `unknown positions "rope"`},
		{`{"vocab": 5, "context": 8, "layers": 1, "heads": 1, "dim": 4, "activation": "glue"}`, `unknown activation "glue"`},
		{`{"vocab": 5, "context": 8, "layers": 1, "heads": 1, "dim": 4, "dropout": 1}`, "dropout is 1"},
		{`{"vocab": 5, "context": 8, "layers": 1, "heads": 1, "dim": 4, "hidden": -3}`, "hidden is -3"},
		{`{"vocab": 5, "context": 8, "layers": 1, "heads": 1, "dim": 268435456}`, "parameters need"},
		{`{"vocab": 5, "context": 8, "layer": 1}`, `"layer"`},
	} {
		m, err := model.New(rng.NewSource(1), "gpt", []byte(c.config))
		if err == nil || !strings.Contains(err.Error(), c.want) || m != nil {
			t.Errorf("%s: error %v, want %q", c.config, err, c.want)
		}
	}
	c := gpts["gelu"]
	m := newGPT(t, c)
	for _, bad := range []struct {
		ids  tensor.Tensor
		at   int
		want string
	}{
		{someIDs(1, c.Vocab, 1, c.Context+1), 0, "positions 0 to 20; the context is 20 tokens"},
		{someIDs(1, c.Vocab, 1, 2), c.Context - 1, "positions 19 to 20"},
		{someIDs(1, c.Vocab, 1, 2), -1, "positions -1 to 0"},
		{tensor.New(tensor.I32, 3), 0, "ids of shape [3]"},
		{tensor.New(tensor.I32, 3, 0), 0, "T at least 1"},
		{tensor.From([]int32{0, 11}, 1, 2), 0, "the id at position 1 is 11; there are 11 rows"},
		{tensor.From([]int32{-1}, 1, 1), 0, "is -1"},
	} {
		err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			m.Decode(s.Input(bad.ids), m.NewCache(bad.ids.Dim(0)), bad.at)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("ids %v at %d: error %v, want %q", bad.ids, bad.at, err, bad.want)
		}
	}
}
