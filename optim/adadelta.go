package optim

import (
	"github.com/ingot-ml/ingot/grad"
	kernel "github.com/ingot-ml/ingot/internal/kernel/optim"
)

// Adadelta makes steps as large as its last ones were, in the parameter's own unit. With η the learning rate times the
// schedule's factor:
//
//	g ← g + WeightDecay·p
//	v ← ρ·v + (1 − ρ)·g²
//	d ← g·√(u + ε) / √(v + ε)
//	u ← ρ·u + (1 − ρ)·d²
//	p ← p − η·d
//
// The paper's Algorithm 1, which has no η.
// Source: Zeiler 2012, arXiv:1212.5701.
type Adadelta struct {
	LR          float64  // learning rate; zero: 1, PyTorch's and the paper's
	Rho         float64  // ρ; zero: 0.9, PyTorch's; the paper's is 0.95
	Eps         float64  // ε; zero: 1e-6, PyTorch's and the paper's
	WeightDecay float64  // added to the gradient
	Schedule    Schedule // nil: constant

	moments
	rule adadeltaRule
}

var _ Optimizer = (*Adadelta)(nil)

// Prepare checks the settings and makes the averages.
func (o *Adadelta) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkCommon("Adadelta", or(o.LR, 1), o.WeightDecay, o.Schedule); err != nil {
		return err
	}
	if err := checkShare("Adadelta", "Rho", o.Rho); err != nil {
		return err
	}
	if err := checkEps("Adadelta", o.Eps); err != nil {
		return err
	}
	return o.prepare(ps, adadeltaSlots)
}

// Apply makes one step with the gradients times scale.
func (o *Adadelta) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	rho := or(o.Rho, 0.9)
	o.rule = adadeltaRule{kernel.Adadelta{
		Decay: float32(o.WeightDecay), Rho: float32(rho), Rest: float32(1 - rho), Eps: float32(or(o.Eps, 1e-6)), Rate: float32(o.Rate()),
	}}
	o.apply(&o.rule, ps, g, scale)
}

// Rate returns the learning rate of the next step.
func (o *Adadelta) Rate() float64 { return or(o.LR, 1) * factor(o.Schedule, o.step) }

// LoadState restores what State gave; see [Optimizer].
func (o *Adadelta) LoadState(ps grad.Params, s State) error { return o.load(ps, s, adadeltaSlots) }

// adadeltaSlots are the names of v and u: PyTorch's.
var adadeltaSlots = []string{"square_avg", "acc_delta"}

type adadeltaRule struct{ kernel.Adadelta }

func (r *adadeltaRule) update(p, g []float32, m runs, _ int64, scale float32) {
	c := r.Adadelta
	c.Scale = scale
	c.Step(p, g, m[0], m[1])
}
