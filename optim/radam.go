package optim

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	kernel "github.com/ingot-ml/ingot/internal/kernel/optim"
)

// RAdam is [Adam] whose first steps, while the average of squares rests on too few, are plain momentum, and whose later ones are
// damped by how few it rests on. At a parameter's step t = 1, 2, …, with η the learning rate times the schedule's factor:
//
//	ρ∞ = 2/(1 − β₂) − 1,  ρ = ρ∞ − 2·t·β₂ᵗ/(1 − β₂ᵗ)
//	g ← g + WeightDecay·p                       or, Decoupled, p ← p − η·WeightDecay·p
//	m ← β₁·m + (1 − β₁)·g
//	v ← β₂·v + (1 − β₂)·g²
//	p ← p − η·m/(1 − β₁ᵗ)                                         ρ ≤ 5
//	p ← p − η·r·m/(1 − β₁ᵗ)·√(1 − β₂ᵗ)/(√v + ε)                   ρ > 5
//	r = √((ρ − 4)·(ρ − 2)·ρ∞ / ((ρ∞ − 4)·(ρ∞ − 2)·ρ))
//
// The bound is 5 as in the authors' code and in PyTorch; the paper's is 4. ε is added before v's correction, as there.
// Source: Liu et al. 2020, arXiv:1908.03265.
type RAdam struct {
	LR          float64    // learning rate; required. PyTorch's default is 1e-3
	Betas       [2]float64 // β₁ and β₂; both zero: 0.9 and 0.999, PyTorch's
	Eps         float64    // ε; zero: 1e-8, PyTorch's
	WeightDecay float64    // added to the gradient
	Decoupled   bool       // the decay acts on the parameter, as in AdamW
	Schedule    Schedule   // nil: constant

	moments
	rule radamRule
}

var _ Optimizer = (*RAdam)(nil)

// Prepare checks the settings and makes the moments.
func (a *RAdam) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkAdam("RAdam", a.LR, a.Betas, a.Eps, a.WeightDecay, a.Schedule); err != nil {
		return err
	}
	return a.prepare(ps, adamSlots(false))
}

// Apply makes one step with the gradients times scale.
func (a *RAdam) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	b, rate := defaultBetas(a.Betas), a.Rate()
	a.rule = radamRule{kernel.Adam{
		Decay: float32(a.WeightDecay), Beta1C: float32(1 - b[0]), Beta2: float32(b[1]), Beta2C: float32(1 - b[1]),
		RootC: 1, Eps: float32(or(a.Eps, 1e-8)), Shrink: 1,
	}, rate, b[0], b[1]}
	if a.Decoupled {
		a.rule.Decay, a.rule.Shrink = 0, float32(1-rate*a.WeightDecay)
	}
	a.apply(&a.rule, ps, g, scale)
}

// Rate returns the learning rate of the next step.
func (a *RAdam) Rate() float64 { return a.LR * factor(a.Schedule, a.step) }

// LoadState restores what State gave; see [Optimizer].
func (a *RAdam) LoadState(ps grad.Params, s State) error { return a.load(ps, s, adamSlots(false)) }

type radamRule struct {
	kernel.Adam
	lr, beta1, beta2 float64
}

func (r *radamRule) update(p, g []float32, m runs, age int64, scale float32) {
	t := float64(age)
	fade := math.Pow(r.beta2, t)
	long := 2/(1-r.beta2) - 1
	rho := long - 2*t*fade/(1-fade)
	rate := r.lr / (1 - math.Pow(r.beta1, t))
	c := r.Adam
	if rho > 5 {
		rate *= math.Sqrt((1 - fade) * (rho - 4) * (rho - 2) * long / ((long - 4) * (long - 2) * rho))
	} else {
		c.RootC, c.Eps = 0, 1
	}
	c.Scale, c.Rate = scale, float32(rate)
	c.Step(p, g, m[0], m[1])
}
