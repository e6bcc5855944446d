package nn_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

func ExampleSequential() {
	r := rng.NewSource(1)
	m := nn.NewSequential(nn.NewLinear(r, 4, 3), nn.Func(op.ReLU), nn.NewLinear(r, 3, 2))
	ps, err := nn.Params(m)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range ps {
		fmt.Println(p.Name, p.Data.Shape())
	}
	// Output:
	// 0.weight [3 4]
	// 0.bias [3]
	// 2.weight [2 3]
	// 2.bias [2]
}

func TestSequential(t *testing.T) {
	r := rng.NewSource(1)
	a, b := nn.NewLinear(r, 4, 3), nn.NewLinear(r, 3, 2)
	m := &struct{ Net nn.Sequential }{nn.NewSequential(a, nn.Func(op.Tanh), b)}
	if got, want := stateNames(t, m), []string{"net.0.weight", "net.0.bias", "net.2.weight", "net.2.bias"}; !slices.Equal(got, want) {
		t.Errorf("state %v, want %v", got, want)
	}
	x := tensor.From([]float32{1, -2, 3, 4}, 1, 4)
	got := forward(t, grad.Infer, m.Net, x)
	want := forward(t, grad.Infer, nn.Func(func(x grad.Value) grad.Value { return b.Forward(op.Tanh(a.Forward(x))) }), x)
	if !slices.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := forward(t, grad.Infer, nn.Sequential{}, x); !slices.Equal(got.Bytes(), x.Bytes()) {
		t.Errorf("nothing gave %v", got)
	}
}
