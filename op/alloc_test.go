package op_test

import (
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

func param(name string, shape ...int) *grad.Param {
	return grad.NewParam(name, tensor.New(tensor.F32, shape...))
}

func list(ps ...*grad.Param) (r grad.Params) {
	for _, p := range ps {
		r = append(r, grad.Named{Name: p.Name, Param: p})
	}
	return r
}

// A step's forward and backward through these ops takes nothing from the Go heap once the tape has its memory.
func TestSteadyStateAllocations(t *testing.T) {
	w1, b1, w2, gamma, table := param("w1", 50, 30), param("b1", 50), param("w2", 10, 50), param("gamma", 50), param("table", 9, 30)
	ps := list(w1, b1, w2, gamma, table)
	grads, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{})
	ids, mask := tensor.New(tensor.I32, 64), tensor.New(tensor.U8, 25)
	goal, weights := tensor.New(tensor.F32, 9, 30), tensor.From([]float32{1, 2, 3, 4, 5, 6, 7, 8, 9})
	nets := map[string]func(s *grad.Step) grad.Value{
		"linear, cross entropy": func(s *grad.Step) grad.Value {
			h := op.Linear(s.Use(table), s.Use(w1), s.Use(b1), op.ActReLU)
			return op.CrossEntropy(op.Linear(h, s.Use(w2), grad.Value{}, op.ActNone), s.Input(ids.Slice(0, 0, 9, 1)))
		},
		"pointwise, reductions, norms": func(s *grad.Step) grad.Value {
			h := op.ReLU(op.Linear(s.Use(table), s.Use(w1), grad.Value{}, op.ActTanh))
			h = op.LayerNorm(h, s.Use(gamma), grad.Value{}, 1e-5)
			h = op.Add(op.Mul(h, s.Use(gamma)), op.Sigmoid(s.Use(b1)))
			h = op.Dropout(op.Softmax(h, -1), 0.5)
			return op.Mean(op.Sub(op.Exp(h), op.SumKeep(h, 0)))
		},
		"activations": func(s *grad.Step) grad.Value {
			h := op.GELU(op.SwiGLU(op.Linear(s.Use(table), s.Use(w1), s.Use(b1), op.ActNone)))
			h = op.Add(op.SiLU(h), op.Clamp(h, -1, 1))
			return op.Mean(op.Minimum(op.Pow(op.Exp(h), op.Abs(h)), op.Where(s.Input(mask), h, op.ELU(h, 1))))
		},
		"losses": func(s *grad.Step) grad.Value {
			x, t := s.Use(table), s.Input(goal)
			l := op.HuberLoss{Delta: 0.5}.Of(x, t)
			l = op.Add(l, op.BCEWithLogitsLoss{Reduction: op.ReduceSum}.Of(x, t))
			return op.Add(l, op.TripletMarginLoss{Weights: s.Input(weights)}.Of(x, t, x))
		},
		"embedding, matmul": func(s *grad.Step) grad.Value {
			x := op.Embedding(s.Use(table), s.Input(ids))
			y := op.MatMulNT(op.Reshape(x, 8, 8, 30), s.Use(w1))
			return op.Sum(op.Div(y, op.Sqrt(op.Exp(op.Neg(y)))))
		},
	}
	for name, net := range nets {
		step := func(s *grad.Step) error {
			s.Backward(net(s), grads)
			return nil
		}
		n := testing.AllocsPerRun(20, func() {
			if err := tape.Step(grad.Train, step); err != nil {
				t.Fatal(err)
			}
		})
		if n > 0 {
			t.Errorf("%s: %v allocations a step", name, n)
		}
	}
}
