package model_test

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// recorded is a tensor of a golden file.
type recorded struct {
	Shape []int
	Data  []float64
}

func (r recorded) floats() tensor.Tensor {
	x := tensor.New(tensor.F32, r.Shape...)
	for i, v := range r.Data {
		tensor.Of[float32](x)[i] = float32(v)
	}
	return x
}

func (r recorded) ids() tensor.Tensor {
	x := tensor.New(tensor.I32, r.Shape...)
	for i, v := range r.Data {
		tensor.Of[int32](x)[i] = int32(v)
	}
	return x
}

// near holds a tensor to what was recorded, relative to the largest element.
func near(t *testing.T, what string, got tensor.Tensor, want recorded) {
	t.Helper()
	most := 1e-3
	for _, w := range want.Data {
		most = max(most, math.Abs(w))
	}
	for i, v := range tensor.Of[float32](got.Clone()) {
		if len(want.Data) != got.Numel() || math.Abs(float64(v)-want.Data[i]) > 2e-5*most {
			t.Fatalf("%s: element %d is %v, PyTorch's %v", what, i, v, want.Data[i])
		}
	}
}

// gpt2 is what PyTorch gave: tools/golden/model_gpt.py.
type gpt2 struct {
	State, Grads map[string]recorded
	IDs, Targets recorded
	Logits, Loss recorded
}

func (g *gpt2) entries() (r []nn.Entry) {
	for name, x := range g.State {
		r = append(r, nn.Entry{Name: name, Tensor: x.floats()})
	}
	return r
}

func readGPT2(t *testing.T) (*gpt2, *model.GPT) {
	t.Helper()
	text, err := os.ReadFile("testdata/gpt2.json")
	var g gpt2
	if err == nil {
		err = json.Unmarshal(text, &g)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &g, newGPT(t, model.GPTConfig{Vocab: 7, Context: 5, Layers: 2, Heads: 2, Dim: 4, Activation: "gelu_tanh"})
}

// TestGPTAsPyTorch loads a state as it is published, and holds logits, loss and every gradient to PyTorch's.
func TestGPTAsPyTorch(t *testing.T) {
	g, m := readGPT2(t)
	state := append(g.entries(), nn.Entry{Name: "h.0.attn.bias", Tensor: tensor.New(tensor.F32, 1, 1, 5, 5)})
	for i := range state {
		state[i].Name = "transformer." + state[i].Name
	}
	state = append(state, nn.Entry{Name: "lm_head.weight", Tensor: g.State["wte.weight"].floats()})
	if err := m.LoadGPT2(state); err != nil {
		t.Fatal(err)
	}
	ps, err := nn.Params(m)
	if err != nil {
		t.Fatal(err)
	}
	grads := grad.NewGrads(ps)
	var logits tensor.Tensor
	var loss float32
	if err := grad.NewTape(grad.Config{Params: ps}).Step(grad.Train, func(s *grad.Step) error {
		y := m.Forward(s.Input(g.IDs.ids()))
		l := op.CrossEntropy(y, s.Input(g.Targets.ids()))
		s.ReadTensor(y, &logits)
		s.Read(l, &loss)
		s.Backward(l, grads)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	near(t, "the logits", logits, g.Logits)
	near(t, "the loss", tensor.From([]float32{loss}), g.Loss)
	if len(ps) != len(g.Grads) {
		t.Errorf("%d parameters, PyTorch has %d", len(ps), len(g.Grads))
	}
	for _, p := range ps {
		got, ok := grads.Of(p.Param)
		if !ok {
			t.Fatalf("%s has no gradient", p.Name)
		}
		for _, turned := range []string{".c_attn.weight", ".c_proj.weight", ".c_fc.weight"} {
			if strings.HasSuffix(p.Name, turned) {
				got = got.Permute(1, 0)
			}
		}
		near(t, "the gradient of "+p.Name, got, g.Grads[p.Name])
	}
}

func TestLoadGPT2Refuses(t *testing.T) {
	g, m := readGPT2(t)
	for want, change := range map[string]func([]nn.Entry) []nn.Entry{
		"lm_head.weight isn't wte.weight": func(s []nn.Entry) []nn.Entry {
			return append(s, nn.Entry{Name: "lm_head.weight", Tensor: tensor.New(tensor.F32, 7, 4)})
		},
		"missing": func(s []nn.Entry) []nn.Entry { return s[1:] },
		"unexpected: x.y": func(s []nn.Entry) []nn.Entry {
			return append(s, nn.Entry{Name: "x.y", Tensor: tensor.New(tensor.F32, 7, 4)})
		},
		"h.1.mlp.c_fc.weight has shape [64]": func(s []nn.Entry) []nn.Entry {
			for i := range s {
				if s[i].Name == "h.1.mlp.c_fc.weight" {
					s[i].Tensor = tensor.New(tensor.F32, 64)
				}
			}
			return s
		},
	} {
		if err := m.LoadGPT2(change(g.entries())); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
