package optim

import "github.com/ingot-ml/ingot/grad"

// AdamW is [Adam] with the weight decay applied to the parameter itself, apart from the gradient's averages:
//
//	p ← p − η·WeightDecay·p
//	m ← β₁·m + (1 − β₁)·g
//	v ← β₂·v + (1 − β₂)·g²
//	p ← p − η·(m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε)
//
// The decay is times η, the scheduled learning rate, as in PyTorch; the paper's Algorithm 2 has the schedule's factor only.
// Source: Loshchilov & Hutter 2019, arXiv:1711.05101.
type AdamW struct {
	LR          float64    // learning rate; required
	Betas       [2]float64 // β₁ and β₂; both zero: 0.9 and 0.999
	Eps         float64    // ε; zero: 1e-8
	WeightDecay float64    // share of the parameter taken off a step, times η; zero: none
	AMSGrad     bool       // divide by the greatest v so far in place of v, as in Adam
	Schedule    Schedule   // nil: constant

	moments
	rule adamRule
}

var _ Optimizer = (*AdamW)(nil)

// Prepare checks the settings and makes the moments.
func (a *AdamW) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkAdam("AdamW", a.LR, a.Betas, a.Eps, a.WeightDecay, a.Schedule); err != nil {
		return err
	}
	return a.prepare(ps, adamSlots(a.AMSGrad))
}

// Apply makes one step with the gradients times scale.
func (a *AdamW) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	rate := a.Rate()
	a.rule.set(rate, a.Betas, a.Eps)
	a.rule.shrink = float32(1 - rate*a.WeightDecay)
	a.apply(&a.rule, ps, g, scale)
}

// Rate returns the learning rate of the next step.
func (a *AdamW) Rate() float64 { return a.LR * factor(a.Schedule, a.step) }

// LoadState restores what State gave; see [Optimizer].
func (a *AdamW) LoadState(ps grad.Params, s State) error { return a.load(ps, s, adamSlots(a.AMSGrad)) }
