package op_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// An op without a VJP gives a gradient as a value, and refuses to have that differentiated.
func TestSecondDerivativeIsRefusedByName(t *testing.T) {
	p := param("p", 3)
	copy(tensor.Of[float32](p.Data), []float32{1, 2, 3})
	grads := grad.NewGrads(list(p))
	var first tensor.Tensor
	err := grad.NewTape(grad.Config{Poison: true}).Step(grad.Train, func(s *grad.Step) error {
		x := s.Use(p)
		g := s.Grad(op.Sum(op.Dropout(op.Mul(x, x), 0.5)), x)[0]
		s.ReadTensor(g, &first)
		s.Backward(op.Sum(g), grads)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "op.Dropout") || !strings.Contains(err.Error(), "second derivative") {
		t.Errorf("error %v", err)
	}
}

// The penalty of a critic's gradient (Gulrajani et al. 2017, arXiv:1704.00028): its gradient by the tape against central
// differences of the penalty itself.
func TestGradientPenalty(t *testing.T) {
	w1, w2 := param("w1", 4, 3), param("w2", 1, 4)
	for i := range 12 {
		tensor.Of[float32](w1.Data)[i] = float32(math.Sin(float64(i) + 1))
	}
	copy(tensor.Of[float32](w2.Data), []float32{0.5, -1, 0.75, 2})
	x := tensor.From([]float32{0.3, -0.2, 0.9, -1, 0.4, 0.1}, 2, 3)
	grads, tape := grad.NewGrads(list(w1, w2)), grad.NewTape(grad.Config{})
	penalty := func(s *grad.Step) grad.Value {
		in := s.Input(x)
		y := op.Linear(op.Linear(in, s.Use(w1), grad.Value{}, op.ActTanh), s.Use(w2), grad.Value{}, op.ActNone)
		g := s.Grad(op.Sum(y), in)[0]
		d := op.Sub(op.Sqrt(op.Sum(op.Mul(g, g), 1)), s.Scalar(1))
		return op.Mean(op.Mul(d, d))
	}
	value := func() float64 {
		var v float32
		if err := tape.Step(grad.Train, func(s *grad.Step) error { s.Read(penalty(s), &v); return nil }); err != nil {
			t.Fatal(err)
		}
		return float64(v)
	}
	if err := tape.Step(grad.Train, func(s *grad.Step) error { s.Backward(penalty(s), grads); return nil }); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*grad.Param{w1, w2} {
		g, _ := grads.Of(p)
		w := tensor.Of[float32](p.Data)
		for i, got := range tensor.Of[float32](g) {
			const h = 1.0 / 128 // float32 differences: a coarse step and a coarse tolerance
			old := w[i]
			w[i] = old + h
			hi := value()
			w[i] = old - h
			lo := value()
			w[i] = old
			if want := (hi - lo) / (2 * h); math.Abs(float64(got)-want) > 2e-3*(1+math.Abs(want)) {
				t.Errorf("%s: gradient %d is %v, differences give %v", p.Name, i, got, want)
			}
		}
	}
}
