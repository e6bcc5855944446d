package optim

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/tensor"
)

// ClipNorm bounds the Euclidean norm of all gradients together before another optimizer takes them:
//
//	g ← g·min(1, Max/(‖g‖ + 10⁻⁶))
//
// The factor goes into the optimizer's own pass; the gradients themselves stay as they are. The norm is summed in float64
// in a fixed order. 10⁻⁶ is PyTorch's, in clip_grad_norm_.
// Source: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063.
type ClipNorm struct {
	Max float64 // the largest norm; required
	Opt Optimizer

	Norm float64 // ‖g‖ of the last update, before clipping
}

var _ Optimizer = (*ClipNorm)(nil)

// Prepare checks the settings and prepares Opt.
func (c *ClipNorm) Prepare(ps grad.Params, g *grad.Grads) error {
	if !(c.Max > 0) {
		return tensor.Errorf("optim.ClipNorm: Max is %g; a positive norm is wanted", c.Max)
	}
	if c.Opt == nil {
		return tensor.Errorf("optim.ClipNorm: Opt is nil; an optimizer is wanted")
	}
	return c.Opt.Prepare(ps, g)
}

// Apply makes one step of Opt with the clipped gradients.
func (c *ClipNorm) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	sum := 0.0
	for _, p := range ps {
		if gp, ok := g.Of(p.Param); ok {
			sum += reduce.SumSquares(tensor.Of[float32](gp))
		}
	}
	c.Norm = math.Sqrt(sum) * math.Abs(float64(scale))
	c.Opt.Apply(ps, g, scale*float32(min(1, c.Max/(c.Norm+1e-6))))
}

// State returns Opt's.
func (c *ClipNorm) State() State { return c.Opt.State() }

// LoadState restores Opt's.
func (c *ClipNorm) LoadState(ps grad.Params, s State) error { return c.Opt.LoadState(ps, s) }

// Rate returns Opt's.
func (c *ClipNorm) Rate() float64 { return c.Opt.Rate() }
