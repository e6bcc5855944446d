package grad_test

import (
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

var passed []bool

// same is x. It passes its gradient on where it may, and adds it elsewhere.
var same = grad.Def[grad.None]{
	Name: "test.same", Args: "x",
	Infer:   func(_ *grad.None, c *grad.Call) { c.OutputLike(c.In(0)) },
	Forward: func(_ *grad.None, c *grad.Call) { tensor.Copy(c.Out(0), c.In(0)) },
	Backward: func(_ *grad.None, c *grad.Call) {
		ok := c.PassGrad(0, 0)
		if passed = append(passed, ok); ok {
			return
		}
		g := tensor.Of[float32](c.GradOut(0))
		gx, add := c.GradIn(0)
		for i, x := range tensor.Of[float32](gx) {
			if !add {
				x = 0
			}
			tensor.Of[float32](gx)[i] = x + g[i]
		}
	},
}

// plus is a + b.
var plus = grad.Def[grad.None]{
	Name: "test.plus", Args: "a b",
	Infer: func(_ *grad.None, c *grad.Call) { c.OutputLike(c.In(0)) },
	Forward: func(_ *grad.None, c *grad.Call) {
		for i, a := range tensor.Of[float32](c.In(0)) {
			tensor.Of[float32](c.Out(0))[i] = a + tensor.Of[float32](c.In(1))[i]
		}
	},
	Backward: func(_ *grad.None, c *grad.Call) {
		for i := range 2 {
			gx, _ := c.GradIn(i)
			tensor.Copy(gx, c.GradOut(0))
		}
	},
}

// TestPassGrad: a gradient is passed on once; neither a seed of the caller's is, nor does a parameter or a value that has one take it.
func TestPassGrad(t *testing.T) {
	p := grad.NewParam("p", tensor.From([]float32{3, 5}))
	ps := grad.Params{{Name: "p", Param: p}}
	id := func(x grad.Value) grad.Value { return same.Apply(grad.None{}, x) }
	for _, c := range []struct {
		name string
		f    func(x grad.Value) grad.Value
		want []float32
		pass []bool
	}{
		{"a chain", func(x grad.Value) grad.Value { return id(id(id(x))) }, []float32{1, 10}, []bool{false, true, false}},
		{"two users", func(x grad.Value) grad.Value {
			y := square.Apply(grad.None{}, x)
			return plus.Apply(grad.None{}, id(y), id(id(y)))
		}, []float32{2 * 2 * 3 * 1, 2 * 2 * 5 * 10}, []bool{true, true, false}},
	} {
		passed = nil
		g := grad.NewGrads(ps)
		if err := grad.NewTape(grad.Config{Params: ps, Poison: true}).Step(grad.Train, func(s *grad.Step) error {
			s.BackwardFrom(c.f(s.Use(p)), tensor.From([]float32{1, 10}), g)
			got, _ := g.Of(p)
			if !slices.Equal(tensor.Of[float32](got), c.want) || !slices.Equal(passed, c.pass) {
				t.Errorf("%s: %v, want %v; passed %v, want %v", c.name, got, c.want, passed, c.pass)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}
