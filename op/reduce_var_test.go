package op_test

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

// varianceOf is the plain one.
func varianceOf(v []float64, correction int) float64 {
	m, s := average(v), 0.0
	for _, x := range v {
		s += (x - m) * (x - m)
	}
	return s / float64(len(v)-correction)
}

type deviation func(x grad.Value, correction int, axes ...int) grad.Value

func deviates(t *testing.T, name string, plain, keep deviation, ref func(v []float64, correction int) float64) {
	for correction := range 2 {
		with := func(f deviation) func(grad.Value, ...int) grad.Value {
			return func(x grad.Value, axes ...int) grad.Value { return f(x, correction, axes...) }
		}
		reducer{
			plain: with(plain), keep: with(keep), in: [][]optest.Input{{optest.F32(2, 3, 4)}, {optest.F32(3, 2, 17)}},
			ref: func(v []float64) float64 { return ref(v, correction) },
			apply: func(a optest.Attrs, x grad.Value) grad.Value {
				if a.Bool("keepdim") {
					return keep(x, a.Int("correction"), a.Ints("axes")...)
				}
				return plain(x, a.Int("correction"), a.Ints("axes")...)
			},
		}.run(t, name, false, true)
	}
	refused(t, "isn't defined", func(s *grad.Step) { plain(zeros(s, 3, 1), 1, 1) })
	refused(t, "isn't defined", func(s *grad.Step) { keep(zeros(s, 0), 0) })
	refused(t, "correction -1", func(s *grad.Step) { plain(zeros(s, 3), -1) })
	refused(t, "axis 1", func(s *grad.Step) { plain(zeros(s, 3), 1, 1) })
}

func TestVar(t *testing.T) { deviates(t, "var", op.Var, op.VarKeep, varianceOf) }

func TestStd(t *testing.T) {
	deviates(t, "std", op.Std, op.StdKeep, func(v []float64, correction int) float64 { return math.Sqrt(varianceOf(v, correction)) })
}

// gradientOf returns the gradient of the sum of f(x).
func gradientOf(t *testing.T, x tensor.Tensor, f func(grad.Value) grad.Value) []float32 {
	t.Helper()
	p := grad.NewParam("p", x)
	grads := grad.NewGrads(list(p))
	err := grad.NewTape(grad.Config{}).Step(grad.Train, func(s *grad.Step) error {
		s.Backward(op.Sum(f(s.Use(p))), grads)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	g, _ := grads.Of(p)
	return tensor.Of[float32](g)
}

// Where a deviation or a norm is 0, PyTorch's gradient is 0.
func TestGradientAtZero(t *testing.T) {
	for name, f := range map[string]func(grad.Value) grad.Value{
		"std":    func(x grad.Value) grad.Value { return op.Std(x, 1) },
		"norm 1": func(x grad.Value) grad.Value { return op.Norm(x, 1) },
		"norm 2": func(x grad.Value) grad.Value { return op.Norm(x, 2) },
		"norm 3": func(x grad.Value) grad.Value { return op.Norm(x, 3) },
		"norm ∞": func(x grad.Value) grad.Value { return op.Norm(x, math.Inf(1)) },
	} {
		for i, g := range gradientOf(t, tensor.New(tensor.F32, 4), f) {
			if g != 0 {
				t.Errorf("%s: gradient %d is %v", name, i, g)
			}
		}
	}
}
