package optim

import (
	"math"
	"slices"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// Noise adds normal noise to the gradients, in place, before another optimizer takes them. Before update t = 0, 1, …
//
//	g ← g + N(0, Eta/(1 + t)^Gamma)
//
// with that variance. The noise is addressed by t, the parameter's place in the Grads and the element, so that it doesn't depend on
// workers and a resumed run has the same.
// Source: Neelakantan et al. 2015, arXiv:1511.06807.
type Noise struct {
	Eta    float64    // the first variance; required. The paper takes 0.01, 0.3 or 1
	Gamma  float64    // zero: 0.55, the paper's
	Stream rng.Stream // where the noise comes from
	Opt    Optimizer

	updates int
	g       []float32
	draw    rng.Stream
	scale   float32
	std     float32
}

var _ Optimizer = (*Noise)(nil)

// Prepare checks the settings and prepares Opt.
func (n *Noise) Prepare(ps grad.Params, g *grad.Grads) error {
	if !(n.Eta > 0) || math.IsInf(n.Eta, 0) {
		return tensor.Errorf("optim.Noise: Eta is %g; a positive variance is wanted", n.Eta)
	}
	if !(n.Gamma >= 0) || math.IsInf(n.Gamma, 0) {
		return tensor.Errorf("optim.Noise: Gamma is %g; a positive number is wanted (zero: 0.55)", n.Gamma)
	}
	if n.Opt == nil {
		return tensor.Errorf("optim.Noise: Opt is nil; an optimizer is wanted")
	}
	return n.Opt.Prepare(ps, g)
}

// Apply makes one step of Opt with the noisy gradients.
func (n *Noise) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	n.std = float32(math.Sqrt(n.Eta / math.Pow(1+float64(n.updates), or(n.Gamma, 0.55))))
	n.scale = scale
	for i, p := range g.Params() {
		if gp, ok := g.Of(p.Param); ok && has(ps, p.Param) { // others may be another group's
			n.g, n.draw = tensor.Of[float32](gp), n.Stream.Sub(uint64(n.updates), uint64(i))
			parallel.For((len(n.g)+piece-1)/piece, n)
		}
	}
	n.g = nil
	n.updates++
	n.Opt.Apply(ps, g, 1)
}

func has(ps grad.Params, p *grad.Param) bool {
	return slices.ContainsFunc(ps, func(n grad.Named) bool { return n.Param == p })
}

// Run adds to piece i, by blocks of noise of its own.
func (n *Noise) Run(i int) {
	g, s := n.g[i*piece:min((i+1)*piece, len(n.g))], n.draw.Sub(uint64(i))
	var z [256]float32
	for k := 0; len(g) > 0; k++ {
		part := g[:min(len(z), len(g))]
		s.Sub(uint64(k)).Normal(z[:len(part)], 0, n.std)
		for j, x := range part {
			part[j] = n.scale*x + z[j]
		}
		g = g[len(part):]
	}
}

// State returns Opt's.
func (n *Noise) State() State { return n.Opt.State() }

// LoadState restores Opt's; its number of updates is the noise's too.
func (n *Noise) LoadState(ps grad.Params, s State) error {
	if err := n.Opt.LoadState(ps, s); err != nil {
		return err
	}
	n.updates = s.Step
	return nil
}

// Rate returns Opt's.
func (n *Noise) Rate() float64 { return n.Opt.Rate() }
