package grad_test

import (
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

var made int

// double gives twice its operand, from what it keeps where it may.
var double = grad.Def[grad.None]{
	Name: "test.double", Args: "x", NoGrad: "it is only a test",
	Infer: func(_ *grad.None, c *grad.Call) { c.OutputLike(c.In(0)) },
	Forward: func(_ *grad.None, c *grad.Call) {
		x := 2 * tensor.Of[float32](c.In(0))[0]
		if kept := c.Keep(0, func(w tensor.Tensor) any { made++; return 2 * tensor.Of[float32](w)[0] }); kept != nil {
			x = kept.(float32)
		}
		tensor.Of[float32](c.Out(0))[0] = x
	},
}

// TestKeep: what is made of a parameter is made once, and only where the parameter is as it is and can't change.
func TestKeep(t *testing.T) {
	p := grad.NewParam("p", tensor.From([]float32{3}))
	other := tensor.From([]float32{5})
	for _, c := range []struct {
		name     string
		constant bool
		value    func(s *grad.Step) grad.Value
		want     float32
		made     int
	}{
		{"a parameter", true, func(s *grad.Step) grad.Value { return s.Use(p) }, 6, 1},
		{"a tape that may train", false, func(s *grad.Step) grad.Value { return s.Use(p) }, 6, 0},
		{"an input", true, func(s *grad.Step) grad.Value { return s.Input(other) }, 10, 0},
		{"a bound value", true, func(s *grad.Step) grad.Value { s.Bind(p, s.Input(other)); return s.Use(p) }, 10, 0},
	} {
		made = 0
		tape := grad.NewTape(grad.Config{Constant: c.constant})
		for range 3 {
			var y float32
			if err := tape.Eval(grad.Infer, func(s *grad.Step) error {
				s.Read(double.Apply(grad.None{}, c.value(s)), &y)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if y != c.want {
				t.Errorf("%s: %v, want %v", c.name, y, c.want)
			}
		}
		if made != c.made {
			t.Errorf("%s: made %d times, want %d", c.name, made, c.made)
		}
	}
}
