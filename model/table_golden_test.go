package model_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
)

// golden is a file of tools/golden/model_table.py.
type golden struct {
	Model   string
	Config  json.RawMessage
	State   map[string]array
	X       array
	Target  array
	Logits  array
	Loss    array
	Grads   map[string]array
	Running map[string]array
}

type array struct {
	Shape []int
	Data  []float32
}

func (a array) tensor() tensor.Tensor { return tensor.From(a.Data, a.Shape...) }

// near allows float32's rounding through a few layers.
func (a array) near(t *testing.T, what string, got tensor.Tensor) {
	t.Helper()
	if !slices.Equal(got.Shape(), a.Shape) && len(a.Shape) > 0 {
		t.Fatalf("%s has shape %v, %v wanted", what, got.Shape(), a.Shape)
	}
	for i, v := range tensor.Of[float32](got) {
		if w := float64(a.Data[i]); math.Abs(float64(v)-w) > 2e-5*max(1, math.Abs(w)) {
			t.Errorf("%s: element %d is %v, the reference has %v", what, i, v, w)
			return
		}
	}
}

// TestTableModels holds logits, loss, gradients and running statistics to references written by the papers.
func TestTableModels(t *testing.T) {
	for _, name := range []string{"tabm", "tabm_mini", "resmlp", "ft_transformer"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("testdata/" + name + ".json")
			var g golden
			if err == nil {
				err = json.Unmarshal(text, &g)
			}
			if err != nil {
				t.Fatal(err)
			}
			g.hold(t)
		})
	}
}

func (g *golden) hold(t *testing.T) {
	m, err := model.New(rng.NewSource(1), g.Model, g.Config)
	if err != nil {
		t.Fatal(err)
	}
	var state []nn.Entry
	for key, a := range g.State {
		state = append(state, nn.Entry{Name: key, Tensor: a.tensor()})
	}
	if err := nn.Load(m, state); err != nil {
		t.Fatal(err)
	}
	ps, err := nn.Params(m)
	if err != nil {
		t.Fatal(err)
	}
	ids := tensor.New(tensor.I32, len(g.Target.Data))
	for i, v := range g.Target.Data {
		tensor.Of[int32](ids)[i] = int32(v)
	}
	var y, loss tensor.Tensor
	grads := grad.NewGrads(ps)
	if err := grad.NewTape(grad.Config{Params: ps}).Step(grad.Train, func(s *grad.Step) error {
		v := m.Forward(s.Input(g.X.tensor()))
		l := task.Loss(v, s.Input(ids))
		s.ReadTensor(v, &y)
		s.ReadTensor(l, &loss)
		s.Backward(l, grads)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	g.Logits.near(t, "the logits", y)
	g.Loss.near(t, "the loss", loss)
	for _, p := range ps {
		got, _ := grads.Of(p.Param)
		g.Grads[p.Name].near(t, "the gradient of "+p.Name, got)
	}
	buffers, err := nn.Buffers(m)
	if err != nil || len(buffers) != len(g.Running) {
		t.Fatalf("%d buffers, the reference has %d; %v", len(buffers), len(g.Running), err)
	}
	for _, b := range buffers {
		g.Running[b.Name].near(t, b.Name, b.Data)
	}
}
