package optim

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	kernel "github.com/ingot-ml/ingot/internal/kernel/optim"
)

// Adamax is [Adam] with the greatest faded gradient in place of the root mean square. At a parameter's step t = 1, 2, …,
// with η the learning rate times the schedule's factor:
//
//	g ← g + WeightDecay·p
//	m ← β₁·m + (1 − β₁)·g
//	u ← max(β₂·u, |g| + ε)
//	p ← p − η/(1 − β₁ᵗ)·m/u
//
// The paper's Algorithm 2, which has no ε; PyTorch adds it so that u isn't 0.
// Source: Kingma & Ba 2015, arXiv:1412.6980, section 7.1.
type Adamax struct {
	LR          float64    // learning rate; required. PyTorch's default and the paper's is 2e-3
	Betas       [2]float64 // β₁ and β₂; both zero: 0.9 and 0.999, the paper's
	Eps         float64    // ε; zero: 1e-8, PyTorch's
	WeightDecay float64    // added to the gradient
	Schedule    Schedule   // nil: constant

	moments
	rule adamaxRule
}

var _ Optimizer = (*Adamax)(nil)

// Prepare checks the settings and makes the state.
func (a *Adamax) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkAdam("Adamax", a.LR, a.Betas, a.Eps, a.WeightDecay, a.Schedule); err != nil {
		return err
	}
	return a.prepare(ps, adamaxSlots)
}

// Apply makes one step with the gradients times scale.
func (a *Adamax) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	b := defaultBetas(a.Betas)
	a.rule = adamaxRule{kernel.Adamax{
		Decay: float32(a.WeightDecay), Beta1C: float32(1 - b[0]), Beta2: float32(b[1]), Eps: float32(or(a.Eps, 1e-8)),
	}, a.Rate(), b[0]}
	a.apply(&a.rule, ps, g, scale)
}

// Rate returns the learning rate of the next step.
func (a *Adamax) Rate() float64 { return a.LR * factor(a.Schedule, a.step) }

// LoadState restores what State gave; see [Optimizer].
func (a *Adamax) LoadState(ps grad.Params, s State) error { return a.load(ps, s, adamaxSlots) }

// adamaxSlots are the names of m and u: PyTorch's.
var adamaxSlots = []string{"exp_avg", "exp_inf"}

type adamaxRule struct {
	kernel.Adamax
	lr, beta1 float64
}

func (r *adamaxRule) update(p, g []float32, m runs, age int64, scale float32) {
	c := r.Adamax
	c.Scale, c.Rate = scale, float32(r.lr/(1-math.Pow(r.beta1, float64(age))))
	c.Step(p, g, m[0], m[1])
}
