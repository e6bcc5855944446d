package optim

import (
	"github.com/ingot-ml/ingot/grad"
	kernel "github.com/ingot-ml/ingot/internal/kernel/optim"
	"github.com/ingot-ml/ingot/tensor"
)

// SGD is stochastic gradient descent: a step along the gradient of one batch, with η the learning rate times the
// schedule's factor:
//
//	g ← g + WeightDecay·p
//	b ← Momentum·b + g
//	p ← p − η·b                    or, with Nesterov, p − η·(g + Momentum·b)
//
// As in PyTorch with dampening 0; the learning rate is outside b, unlike in the source.
// Source: Sutskever, Martens, Dahl & Hinton 2013, "On the importance of initialization and momentum in deep learning".
type SGD struct {
	LR          float64  // learning rate; required
	Momentum    float64  // share of b that stays; zero: none
	Nesterov    bool     // look ahead along b; wants a Momentum
	WeightDecay float64  // added to the gradient
	Schedule    Schedule // nil: constant

	moments
	rule sgdRule
}

var _ Optimizer = (*SGD)(nil)

// Prepare checks the settings and makes the momentum buffers.
func (o *SGD) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkCommon("SGD", o.LR, o.WeightDecay, o.Schedule); err != nil {
		return err
	}
	if !(o.Momentum >= 0 && o.Momentum < 1) {
		return tensor.Errorf("optim.SGD: Momentum is %g; at least 0 and less than 1 is wanted", o.Momentum)
	}
	if o.Nesterov && o.Momentum == 0 {
		return tensor.Errorf("optim.SGD: Nesterov without Momentum; set Momentum, 0.9 say")
	}
	return o.prepare(ps, o.slotNames())
}

// Apply makes one step with the gradients times scale.
func (o *SGD) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	o.rule = sgdRule{kernel.SGD{Decay: float32(o.WeightDecay), Momentum: float32(o.Momentum), Rate: float32(o.Rate()), Nesterov: o.Nesterov}}
	o.apply(&o.rule, ps, g, scale)
}

// Rate returns the learning rate of the next step.
func (o *SGD) Rate() float64 { return o.LR * factor(o.Schedule, o.step) }

// LoadState restores what State gave; see [Optimizer].
func (o *SGD) LoadState(ps grad.Params, s State) error { return o.load(ps, s, o.slotNames()) }

func (o *SGD) slotNames() []string {
	if o.Momentum == 0 {
		return nil
	}
	return sgdSlots
}

// sgdSlots is the name of b: PyTorch's.
var sgdSlots = []string{"momentum_buffer"}

type sgdRule struct{ kernel.SGD }

func (r *sgdRule) update(p, g []float32, m runs, _ int64, scale float32) {
	c := r.SGD
	c.Scale = scale
	c.Step(p, g, m[0])
}
