package optim

import (
	"github.com/ingot-ml/ingot/grad"
	kernel "github.com/ingot-ml/ingot/internal/kernel/optim"
)

// Adagrad divides each element's step by the root of the sum of all its squared gradients. With η the learning rate times
// the schedule's factor:
//
//	g ← g + WeightDecay·p
//	v ← v + g²
//	p ← p − η·g / (√v + ε)
//
// The diagonal form of the paper, with ε outside the root as in PyTorch. PyTorch's lr_decay is a schedule's business here, and v
// starts at 0.
// Source: Duchi, Hazan & Singer 2011, "Adaptive subgradient methods for online learning and stochastic optimization".
type Adagrad struct {
	LR          float64  // learning rate; required. PyTorch's default is 1e-2
	Eps         float64  // ε; zero: 1e-10, PyTorch's
	WeightDecay float64  // added to the gradient
	Schedule    Schedule // nil: constant

	moments
	rule rmspropRule
}

var _ Optimizer = (*Adagrad)(nil)

// Prepare checks the settings and makes the sums.
func (o *Adagrad) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkCommon("Adagrad", o.LR, o.WeightDecay, o.Schedule); err != nil {
		return err
	}
	if err := checkEps("Adagrad", o.Eps); err != nil {
		return err
	}
	return o.prepare(ps, adagradSlots)
}

// Apply makes one step with the gradients times scale.
func (o *Adagrad) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	o.rule = rmspropRule{kernel.RMSProp{
		Decay: float32(o.WeightDecay), Alpha: 1, Rest: 1, Eps: float32(or(o.Eps, 1e-10)), Rate: float32(o.Rate()),
	}, false}
	o.apply(&o.rule, ps, g, scale)
}

// Rate returns the learning rate of the next step.
func (o *Adagrad) Rate() float64 { return o.LR * factor(o.Schedule, o.step) }

// LoadState restores what State gave; see [Optimizer].
func (o *Adagrad) LoadState(ps grad.Params, s State) error { return o.load(ps, s, adagradSlots) }

// adagradSlots is the name of v: PyTorch's.
var adagradSlots = []string{"sum"}
