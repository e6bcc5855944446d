package optim

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// SAM takes the gradient where the loss is about highest near the weights, for any optimizer to apply at the weights:
//
//	e = Rho·g/‖g‖,  g the gradient at w, all parameters together
//	gradient of SAM = the gradient at w + e
//
// It costs a second pass. In a step:
//
//	loss := sam.Backward(s, grads, func() grad.Value { … })
//	s.Update(opt, grads)
//
// The derivative of e is left out, as in the paper. Source: Foret et al. 2021, arXiv:2010.01412, section 2, p = 2.
type SAM struct {
	Rho float64 // radius of the neighbourhood; zero: 0.05, the paper's

	first *grad.Grads
}

// Backward computes the loss twice, at w and at w + e, adds the second one's gradient to grads and returns the first. After
// it the parameters of grads stand for w + e until the step ends. What is random in the loss, dropout say, is drawn twice.
func (a *SAM) Backward(s *grad.Step, grads *grad.Grads, loss func() grad.Value) grad.Value {
	if !(a.Rho >= 0) || math.IsInf(a.Rho, 0) {
		panic(tensor.Errorf("optim.SAM: Rho is %g; a positive radius is wanted (zero: 0.05)", a.Rho))
	}
	if a.first == nil || !sameParams(a.first.Params(), grads.Params()) {
		a.first = grad.NewGrads(grads.Params())
	}
	a.first.Reset()
	at := loss()
	s.Backward(at, a.first)
	sum := 0.0
	for _, p := range grads.Params() {
		if g, ok := a.first.Of(p.Param); ok {
			sum += reduce.SumSquares(tensor.Of[float32](g))
		}
	}
	if sum > 0 {
		a.first.Scale(float32(or(a.Rho, 0.05) / math.Sqrt(sum)))
		for _, p := range grads.Params() {
			if e, ok := a.first.Of(p.Param); ok {
				s.Bind(p.Param, op.Add(s.Use(p.Param), s.Input(e)))
			}
		}
	}
	s.Backward(loss(), grads)
	return at
}

func sameParams(a, b grad.Params) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Param != b[i].Param {
			return false
		}
	}
	return true
}
