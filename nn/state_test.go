package nn_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/tensor"
)

type stats struct {
	Mean   *grad.Buffer
	Weight *grad.Param
}

func newStats(x float32) *stats {
	return &stats{grad.NewBuffer("mean", tensor.From([]float32{x, x})), grad.NewParam("weight", tensor.From([]float32{x, x, x, x}, 2, 2))}
}

func TestStateRoundTrip(t *testing.T) {
	a, b := newStats(1), newStats(2)
	s, err := nn.State(a)
	if err != nil {
		t.Fatal(err)
	}
	if s[0].Name != "weight" || s[1].Name != "mean" || len(s) != 2 {
		t.Errorf("state %v", s)
	}
	if err := nn.Load(b, s); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(b.Weight.Data.Bytes(), a.Weight.Data.Bytes()) || !slices.Equal(b.Mean.Data.Bytes(), a.Mean.Data.Bytes()) {
		t.Error("the loaded state differs")
	}
	a.Weight.Data.Bytes()[0]++
	if slices.Equal(b.Weight.Data.Bytes(), a.Weight.Data.Bytes()) {
		t.Error("the loaded model shares memory with the state")
	}
}

func TestLoadListsEverything(t *testing.T) {
	m := &struct{ A, B, C *stats }{newStats(1), newStats(1), newStats(1)}
	err := nn.Load(m, []nn.Entry{
		{Name: "a.weight", Tensor: tensor.New(tensor.F32, 2, 2)},
		{Name: "a.mean", Tensor: tensor.New(tensor.F32, 3)},
		{Name: "b.weight", Tensor: tensor.New(tensor.I32, 2, 2)},
		{Name: "b.mean", Tensor: tensor.New(tensor.F32, 2)},
		{Name: "d.weight", Tensor: tensor.New(tensor.F32, 2)},
		{Name: "e", Tensor: tensor.New(tensor.F32)},
	})
	var e *nn.LoadError
	if !errors.As(err, &e) {
		t.Fatalf("error %v", err)
	}
	if want := []string{"c.weight", "c.mean"}; !slices.Equal(e.Missing, want) {
		t.Errorf("missing %v, want %v", e.Missing, want)
	}
	if want := []string{"d.weight", "e"}; !slices.Equal(e.Unexpected, want) {
		t.Errorf("unexpected %v, want %v", e.Unexpected, want)
	}
	if want := []string{"b.weight is i32 [2 2], want f32 [2 2]", "a.mean is f32 [3], want f32 [2]"}; !slices.Equal(e.Misshapen, want) {
		t.Errorf("misshapen %v, want %v", e.Misshapen, want)
	}
	if tensor.Of[float32](m.A.Weight.Data)[0] != 1 {
		t.Error("a refused state changed the model")
	}
	if err := nn.Load(newStats(1), []nn.Entry{{Name: "weight"}, {Name: "weight"}}); err == nil {
		t.Error("a name twice was accepted")
	}
}
