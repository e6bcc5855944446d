package optim

import "github.com/ingot-ml/ingot/grad"

// GD is gradient descent in its plain form: p ← p − η·g, with g the gradient of the loss over the whole data set. That g
// is what makes it GD; the arithmetic is that of [SGD] with nothing set. So one step is an epoch: call Backward for every
// batch (or use Step.Shards), each loss divided so that they add up to the data set's, and Update once.
//
// Source: Cauchy 1847, "Méthode générale pour la résolution des systèmes d'équations simultanées".
type GD struct {
	LR       float64  // learning rate; required
	Schedule Schedule // nil: constant; its steps are epochs

	moments
	rule sgdRule
}

var _ Optimizer = (*GD)(nil)

// Prepare checks the settings.
func (o *GD) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkCommon("GD", o.LR, 0, o.Schedule); err != nil {
		return err
	}
	return o.prepare(ps, nil)
}

// Apply makes one step with the gradients times scale.
func (o *GD) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	o.rule = sgdRule{}
	o.rule.Rate = float32(o.Rate())
	o.apply(&o.rule, ps, g, scale)
}

// Rate returns the learning rate of the next step.
func (o *GD) Rate() float64 { return o.LR * factor(o.Schedule, o.step) }

// LoadState restores what State gave; see [Optimizer].
func (o *GD) LoadState(ps grad.Params, s State) error { return o.load(ps, s, nil) }
