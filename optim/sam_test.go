package optim_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/tensor"
)

// TestSAM makes two steps on u² + 2·v² from (3, 1) beside the arithmetic: g = (2u, 4v), e = 0.1·g/‖g‖, and the step takes the
// gradient at w + e.
func TestSAM(t *testing.T) {
	b := newBench(tensor.From([]float32{3}), tensor.From([]float32{1}))
	sam, opt := &optim.SAM{Rho: 0.1}, &optim.SGD{LR: 0.05}
	u, v := 3.0, 1.0
	for range 2 {
		var loss float32
		if err := b.tape.Step(grad.Train, func(s *grad.Step) error {
			at := sam.Backward(s, b.g, func() grad.Value {
				x, y := s.Use(b.ps[0].Param), s.Use(b.ps[1].Param)
				return op.Sum(op.Add(op.Mul(x, x), op.Mul(s.Scalar(2), op.Mul(y, y))))
			})
			s.Read(at, &loss)
			s.Update(opt, b.g)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if want := u*u + 2*v*v; math.Abs(float64(loss)-want) > 1e-5 {
			t.Errorf("loss %v, want %v", loss, want)
		}
		norm := math.Hypot(2*u, 4*v)
		u, v = u-0.05*2*(u+0.1*2*u/norm), v-0.05*4*(v+0.1*4*v/norm)
		for i, want := range []float64{u, v} {
			if got := b.values()[i][0]; math.Abs(float64(got)-want) > 1e-6 {
				t.Errorf("parameter %d: %v, want %v", i, got, want)
			}
		}
	}
	err := b.tape.Step(grad.Train, func(s *grad.Step) error {
		(&optim.SAM{Rho: -1}).Backward(s, b.g, func() grad.Value { return s.Scalar(0) })
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "Rho is -1") {
		t.Errorf("error %v, want one of Rho", err)
	}
}
