package model_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// An architecture is built from its name and its config's JSON, as a model file does.
func ExampleNew() {
	m, err := model.New(rng.NewSource(1), "mlp", []byte(`{"in": 784, "hidden": [500], "out": 10}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	ps, err := nn.Params(m)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range ps {
		fmt.Println(p.Name, p.Data.Shape())
	}
	fmt.Println(ps.Numel())
	// Output:
	// fc1.weight [500 784]
	// fc1.bias [500]
	// fc2.weight [10 500]
	// fc2.bias [10]
	// 397510
}

// TestForward: hidden layers have the activation, the last has none, and images are flattened.
func TestForward(t *testing.T) {
	m, err := model.NewMLP(rng.NewSource(1), model.MLPConfig{In: 6, Hidden: []int{5, 4}, Out: 3, Activation: "tanh"})
	if err != nil {
		t.Fatal(err)
	}
	x := tensor.New(tensor.F32, 2, 1, 2, 3)
	rng.Stream{Seed: 4}.Normal(tensor.Of[float32](x), 0, 1)
	var got, want tensor.Tensor
	if err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		v := s.Input(x)
		s.ReadTensor(m.Forward(v), &got)
		y := op.Reshape(v, 2, 6)
		for i, l := range m.Layers {
			y = op.Linear(y, s.Use(l.Weight), s.Use(l.Bias), op.ActNone)
			if i < 2 {
				y = op.Tanh(y)
			}
		}
		s.ReadTensor(y, &want)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Shape(), []int{2, 3}) || !slices.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestSeed(t *testing.T) {
	build := func(seed uint64) []byte {
		m, err := model.NewMLP(rng.NewSource(seed), model.MLPConfig{In: 20, Out: 10})
		if err != nil {
			t.Fatal(err)
		}
		return m.Layers[0].Weight.Data.Bytes()
	}
	if !slices.Equal(build(1), build(1)) || slices.Equal(build(1), build(2)) {
		t.Error("first values aren't a function of the seed")
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"resnet", `{}`, `unknown model "resnet"; there are ft_transformer, gpt, linear, mlp, resmlp, tabm`},
		{"mlp", `{"in": 4, "out": 2, "hiden": [3]}`, `"hiden"`},
		{"mlp", `{"in": 4, "out": "2"}`, "config"},
		{"mlp", `{"in": 4, "out": 2} {}`, "goes on after"},
		{"mlp", `{"in": 4, "out": 2}}`, "goes on after"},
		{"mlp", ``, "config"},
		{"mlp", `{"in": 4}`, "out is 0"},
		{"mlp", `{"in": -4, "out": 2}`, "in is -4"},
		{"mlp", `{"in": 4, "out": 2, "hidden": [3, 0]}`, "hidden[1] is 0"},
		{"mlp", `{"in": 4, "out": 2, "activation": "rely"}`, `unknown activation "rely"`},
		{"mlp", `{"in": 784, "out": 10, "hidden": [1000000000]}`, "7.95e+11 parameters need 11.57 TiB"},
		{"mlp", `{"in": 4611686018427387904, "out": 4611686018427387904}`, "EiB"},
	} {
		m, err := model.New(rng.NewSource(1), c.name, []byte(c.config))
		if err == nil || !strings.Contains(err.Error(), c.want) || m != nil {
			t.Errorf("%s: error %v, want %q", c.config, err, c.want)
		}
	}
	_, err := model.NewMLP(rng.NewSource(1), model.MLPConfig{In: 784, Hidden: []int{500}, Out: 10, MaxBytes: 6 << 20})
	if err == nil || !strings.Contains(err.Error(), "6.066 MiB in training") || !strings.Contains(err.Error(), "limit is 6 MiB") {
		t.Errorf("error %v", err)
	}
}

func TestMemoryLimit(t *testing.T) {
	if n := model.MemoryLimit(); n < 64<<20 {
		t.Errorf("this machine has %d bytes?", n)
	}
}
