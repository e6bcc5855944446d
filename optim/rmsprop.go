package optim

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	kernel "github.com/ingot-ml/ingot/internal/kernel/optim"
	"github.com/ingot-ml/ingot/tensor"
)

// RMSProp divides each element's step by a running root mean square of its gradient. With η the learning rate times the
// schedule's factor:
//
//	g ← g + WeightDecay·p
//	v ← α·v + (1 − α)·g²
//	a ← α·a + (1 − α)·g          Centered; otherwise a = 0
//	b ← Momentum·b + g / (√(v − a²) + ε)
//	p ← p − η·b
//
// ε is outside the root and η outside b, as in PyTorch. v − a² is never negative but for rounding; less than 0 counts as 0.
// Source: Tieleman & Hinton 2012, lecture 6.5 of "Neural networks for machine learning"; centred: Graves 2013,
// arXiv:1308.0850.
type RMSProp struct {
	LR          float64  // learning rate; required. PyTorch's default is 1e-2
	Alpha       float64  // α; zero: 0.99, PyTorch's
	Eps         float64  // ε; zero: 1e-8, PyTorch's
	Momentum    float64  // share of b that stays; zero: none
	Centered    bool     // divide by the deviation from the gradient's average
	WeightDecay float64  // added to the gradient
	Schedule    Schedule // nil: constant

	moments
	rule rmspropRule
}

var _ Optimizer = (*RMSProp)(nil)

// Prepare checks the settings and makes the state.
func (o *RMSProp) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkCommon("RMSProp", o.LR, o.WeightDecay, o.Schedule); err != nil {
		return err
	}
	if err := checkShare("RMSProp", "Alpha", o.Alpha); err != nil {
		return err
	}
	if err := checkShare("RMSProp", "Momentum", o.Momentum); err != nil {
		return err
	}
	if err := checkEps("RMSProp", o.Eps); err != nil {
		return err
	}
	return o.prepare(ps, o.slotNames())
}

// Apply makes one step with the gradients times scale.
func (o *RMSProp) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	alpha := or(o.Alpha, 0.99)
	o.rule = rmspropRule{kernel.RMSProp{
		Decay: float32(o.WeightDecay), Alpha: float32(alpha), Rest: float32(1 - alpha), Eps: float32(or(o.Eps, 1e-8)),
		Momentum: float32(o.Momentum), Rate: float32(o.Rate()),
	}, o.Centered}
	o.apply(&o.rule, ps, g, scale)
}

// Rate returns the learning rate of the next step.
func (o *RMSProp) Rate() float64 { return o.LR * factor(o.Schedule, o.step) }

// LoadState restores what State gave; see [Optimizer].
func (o *RMSProp) LoadState(ps grad.Params, s State) error { return o.load(ps, s, o.slotNames()) }

// rmspropSlots are the names of v, a and b: PyTorch's.
var rmspropSlots = []string{"square_avg", "grad_avg", "momentum_buffer"}

// rmspropMomentumSlots are those without a.
var rmspropMomentumSlots = []string{"square_avg", "momentum_buffer"}

func (o *RMSProp) slotNames() []string {
	switch {
	case o.Centered && o.Momentum != 0:
		return rmspropSlots
	case o.Centered:
		return rmspropSlots[:2]
	case o.Momentum != 0:
		return rmspropMomentumSlots
	}
	return rmspropSlots[:1]
}

type rmspropRule struct {
	kernel.RMSProp
	centered bool
}

func (r *rmspropRule) update(p, g []float32, m runs, _ int64, scale float32) {
	c := r.RMSProp
	c.Scale = scale
	if r.centered {
		c.Step(p, g, m[0], m[1], m[2])
	} else {
		c.Step(p, g, m[0], nil, m[1])
	}
}

// or is x, or the default where x is zero.
func or(x, otherwise float64) float64 {
	if x == 0 {
		return otherwise
	}
	return x
}

func checkShare(name, field string, x float64) error {
	if !(x >= 0 && x < 1) {
		return tensor.Errorf("optim.%s: %s is %g; at least 0 and less than 1 is wanted", name, field, x)
	}
	return nil
}

func checkEps(name string, eps float64) error {
	if !(eps >= 0) || math.IsInf(eps, 0) {
		return tensor.Errorf("optim.%s: Eps is %g; a positive number is wanted (zero: the default)", name, eps)
	}
	return nil
}
