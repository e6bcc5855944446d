package optim_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/tensor"
)

func namedParams(names ...string) grad.Params {
	var ps grad.Params
	for _, n := range names {
		ps = append(ps, grad.Named{Name: n, Param: grad.NewParam("weight", tensor.From([]float32{1}))})
	}
	return ps
}

// Half the rate for each layer towards the input.
func ExampleLayerWise() {
	ps := namedParams("embed.weight", "h.0.weight", "h.1.weight", "head.weight")
	groups, err := optim.LayerWise(ps, 0.5, nil, func(ps grad.Params, scale float64) optim.Optimizer {
		fmt.Println(ps[0].Name, scale)
		return &optim.AdamW{LR: 1e-3 * scale}
	})
	fmt.Println(len(groups), err)
	// Output:
	// embed.weight 0.125
	// h.0.weight 0.25
	// h.1.weight 0.5
	// head.weight 1
	// 4 <nil>
}

// TestLayerWise makes a step of plain descent by 0.5·scale on gradients of 1: p = 1 − 0.5·scale.
func TestLayerWise(t *testing.T) {
	sgd := func(_ grad.Params, scale float64) optim.Optimizer { return &optim.SGD{LR: 0.5 * scale} }
	byLength := func(p grad.Named) int { return -len(p.Name) }
	for _, c := range []struct {
		names []string
		depth func(grad.Named) int
		scale []float64
	}{
		{[]string{"wte", "h.0.a", "h.0.b", "h.1.a", "ln", "head"}, nil, []float64{0.064, 0.16, 0.16, 0.4, 1, 1}},
		{[]string{"0.weight", "2.weight"}, nil, []float64{0.16, 1}},
		{[]string{"weight", "bias"}, nil, []float64{1, 1}},
		{[]string{"a.b", "ab", "a"}, byLength, []float64{0.16, 0.4, 1}},
	} {
		ps := namedParams(c.names...)
		groups, err := optim.LayerWise(ps, 0.4, c.depth, sgd)
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{ps: ps, g: grad.NewGrads(ps), tape: grad.NewTape(grad.Config{Params: ps})}
		var gs []tensor.Tensor
		for range ps {
			gs = append(gs, tensor.From([]float32{1}))
		}
		if err := b.step(groups, gs); err != nil {
			t.Fatal(err)
		}
		for i, v := range b.values() {
			if want := 1 - 0.5*c.scale[i]; math.Abs(float64(v[0])-want) > 1e-6 {
				t.Errorf("%s: %v, want %v", c.names[i], v[0], want)
			}
		}
	}
}

func TestLayerWiseRefused(t *testing.T) {
	ps := namedParams("h.0.weight", "h.1.weight")
	sgd := func(_ grad.Params, scale float64) optim.Optimizer { return &optim.SGD{LR: scale} }
	for want, decay := range map[string]float64{"decay is 0;": 0, "decay is 1.5": 1.5, "decay is NaN": math.NaN()} {
		_, err := optim.LayerWise(ps, decay, nil, sgd)
		var e *tensor.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if groups, err := optim.LayerWise(nil, 0.5, nil, sgd); err != nil || len(groups) != 0 {
		t.Errorf("no parameters gave %v, %v", groups, err)
	}
}
