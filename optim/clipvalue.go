package optim

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/tensor"
)

// ClipValue bounds every element of the gradients before another optimizer takes them: g ← min(max(g, −Max), Max). The
// gradients are changed in place; where a loss is scaled, they are bounded after that is undone. PyTorch: clip_grad_value_.
type ClipValue struct {
	Max float64 // the largest element; required
	Opt Optimizer

	g            []float32
	bound, scale float32
}

var _ Optimizer = (*ClipValue)(nil)

// Prepare checks the settings and prepares Opt.
func (c *ClipValue) Prepare(ps grad.Params, g *grad.Grads) error {
	if !(c.Max > 0) {
		return tensor.Errorf("optim.ClipValue: Max is %g; a positive bound is wanted", c.Max)
	}
	if c.Opt == nil {
		return tensor.Errorf("optim.ClipValue: Opt is nil; an optimizer is wanted")
	}
	return c.Opt.Prepare(ps, g)
}

// Apply makes one step of Opt with the clipped gradients.
func (c *ClipValue) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	c.bound, c.scale = float32(c.Max), scale
	for _, p := range ps { // not g's, of which others may be another group's
		if gp, ok := g.Of(p.Param); ok {
			c.g = tensor.Of[float32](gp)
			parallel.For((len(c.g)+piece-1)/piece, c)
		}
	}
	c.g = nil
	c.Opt.Apply(ps, g, 1)
}

// Run clips piece i.
func (c *ClipValue) Run(i int) {
	g := c.g[i*piece : min((i+1)*piece, len(c.g))]
	for j, x := range g {
		g[j] = min(max(c.scale*x, -c.bound), c.bound)
	}
}

// State returns Opt's.
func (c *ClipValue) State() State { return c.Opt.State() }

// LoadState restores Opt's.
func (c *ClipValue) LoadState(ps grad.Params, s State) error { return c.Opt.LoadState(ps, s) }

// Rate returns Opt's.
func (c *ClipValue) Rate() float64 { return c.Opt.Rate() }
