package optim

import (
	"github.com/ingot-ml/ingot/grad"
	kernel "github.com/ingot-ml/ingot/internal/kernel/optim"
)

// Lion steps by the sign of an average of the gradient: every element moves by the same. With η the learning rate times
// the schedule's factor:
//
//	p ← p − η·(sign(β₁·m + (1 − β₁)·g) + WeightDecay·p)
//	m ← β₂·m + (1 − β₂)·g
//
// The sign of 0 is 0. It wants a rate 3 to 10 times smaller than [AdamW]'s and a decay as many times larger.
// Source: Chen et al. 2023, arXiv:2302.06675, Algorithm 2.
type Lion struct {
	LR          float64    // learning rate; required. The paper's is 1e-4
	Betas       [2]float64 // β₁ and β₂; both zero: 0.9 and 0.99, the paper's
	WeightDecay float64    // share of the parameter taken off a step, times η; zero: none
	Schedule    Schedule   // nil: constant

	moments
	rule lionRule
}

var _ Optimizer = (*Lion)(nil)

// Prepare checks the settings and makes the averages.
func (o *Lion) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkAdam("Lion", o.LR, o.betas(), 0, o.WeightDecay, o.Schedule); err != nil {
		return err
	}
	return o.prepare(ps, lionSlots)
}

func (o *Lion) betas() [2]float64 {
	if o.Betas == [2]float64{} {
		return [2]float64{0.9, 0.99}
	}
	return o.Betas
}

// Apply makes one step with the gradients times scale.
func (o *Lion) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	b, rate := o.betas(), o.Rate()
	o.rule = lionRule{kernel.Lion{
		Beta1: float32(b[0]), Beta1C: float32(1 - b[0]), Beta2: float32(b[1]), Beta2C: float32(1 - b[1]),
		Rate: float32(rate), Shrink: float32(1 - rate*o.WeightDecay),
	}}
	o.apply(&o.rule, ps, g, scale)
}

// Rate returns the learning rate of the next step.
func (o *Lion) Rate() float64 { return o.LR * factor(o.Schedule, o.step) }

// LoadState restores what State gave; see [Optimizer].
func (o *Lion) LoadState(ps grad.Params, s State) error { return o.load(ps, s, lionSlots) }

// lionSlots is the name of m: the authors'.
var lionSlots = []string{"exp_avg"}

type lionRule struct{ kernel.Lion }

func (r *lionRule) update(p, g []float32, m runs, _ int64, scale float32) {
	c := r.Lion
	c.Scale = scale
	c.Step(p, g, m[0])
}
