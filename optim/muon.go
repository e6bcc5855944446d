package optim

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/gemm"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// Muon moves a matrix by its averaged gradient with all singular values brought near 1. For a parameter [R C], or [R …]
// taken as such a matrix, with η the learning rate times the schedule's factor:
//
//	m ← μ·m + (1 − μ)·g
//	X ← (1 − μ)·g + μ·m,  X ← X/max(‖X‖, 10⁻⁷)
//	X ← a·X + (b·XXᵀ + c·(XXᵀ)²)·X          5 times; a, b, c = 3.4445, −4.7750, 2.0315
//	p ← p − η·WeightDecay·p − η·s·X         s = √max(1, R/C), or 0.2·√max(R, C) with MatchRMS
//
// Where R > C, XᵀX is taken, which gives the same X. The five steps are done on A = XXᵀ alone, which is smaller and
// symmetric: Q = a + b·A + c·A², A ← Q·A·Q, and the product of the Qs is applied to X once. That is exact to 10⁻³ of the
// largest singular value, in the directions of the smallest; the reference and PyTorch multiply in bf16, of 8 bits, so that
// results agree to those.
//
// Vectors and scalars are Other's: [AdamW] in the reference, which leaves embeddings and the output layer to it as well;
// [Groups] does that.
//
// Source: Jordan et al. 2024, kellerjordan.github.io/posts/muon; MatchRMS: Liu et al. 2025, arXiv:2502.16982.
type Muon struct {
	LR          float64   // learning rate; required. The reference's is 0.02, PyTorch's default 1e-3
	Momentum    float64   // μ, Nesterov's; zero: 0.95, PyTorch's
	WeightDecay float64   // share of the parameter taken off a step, times η; zero: none, where PyTorch has 0.1
	MatchRMS    bool      // as large a step as AdamW's usual one, so that its rate can be used
	Other       Optimizer // for parameters of fewer than two axes; nil: there are none
	Schedule    Schedule  // nil: constant; Other has its own

	matrices muonMatrices
	parts    Groups
}

var _ Optimizer = (*Muon)(nil)

// nsA, nsB and nsC are a, b and c of the iteration, and nsSteps how often it is done.
const (
	nsA, nsB, nsC = 3.4445, -4.7750, 2.0315
	nsSteps       = 5
)

// Prepare checks the settings, and makes the averages and room for the products.
func (o *Muon) Prepare(ps grad.Params, g *grad.Grads) error {
	if err := checkCommon("Muon", o.LR, o.WeightDecay, o.Schedule); err != nil {
		return err
	}
	if err := checkShare("Muon", "Momentum", o.Momentum); err != nil {
		return err
	}
	if err := o.split(ps); err != nil {
		return err
	}
	return o.parts.Prepare(ps, g)
}

// split gives the matrices to Muon itself and the rest to Other.
func (o *Muon) split(ps grad.Params) error {
	o.matrices.set = o
	if o.parts == nil {
		o.parts = Groups{{Opt: &o.matrices}, {Opt: o.Other}}
	}
	own, rest := &o.parts[0], &o.parts[:2][1]
	own.Params, rest.Params, rest.Opt = own.Params[:0], rest.Params[:0], o.Other
	for _, p := range ps {
		if p.Data.Rank() >= 2 {
			own.Params = append(own.Params, p)
		} else {
			rest.Params = append(rest.Params, p)
		}
	}
	if o.Other == nil {
		if len(rest.Params) > 0 {
			p := rest.Params[0]
			return tensor.Errorf("optim.Muon: Other is nil and parameter %s %v isn't a matrix; set Other, to an AdamW say", p.Name, p.Data.Shape())
		}
		o.parts = o.parts[:1]
	}
	return nil
}

// Apply makes one step with the gradients times scale.
func (o *Muon) Apply(ps grad.Params, g *grad.Grads, scale float32) { o.parts.Apply(ps, g, scale) }

// Rate returns the learning rate of the next step of the matrices.
func (o *Muon) Rate() float64 { return o.LR * factor(o.Schedule, o.matrices.moments.step) }

// State returns that of the matrices and Other's.
func (o *Muon) State() State { return o.parts.State() }

// LoadState restores what State gave; see [Optimizer].
func (o *Muon) LoadState(ps grad.Params, s State) error {
	if err := o.split(ps); err != nil {
		return err
	}
	return o.parts.LoadState(ps, s)
}

// muonMatrices is the part of Muon that is Muon.
type muonMatrices struct {
	moments
	set      *Muon
	x, y     []float32    // a gradient's average, and what is made of it
	square   [4][]float32 // of the smaller side
	product  gemm.Params
	mirrored mirror
}

// muonSlots is the name of m: PyTorch's.
var muonSlots = []string{"momentum_buffer"}

// Prepare makes the averages, and room for the products.
func (o *muonMatrices) Prepare(ps grad.Params, _ *grad.Grads) error {
	n, side := largest(ps), 0
	for _, p := range ps {
		if size := p.Data.Numel(); size > 0 {
			r := p.Data.Dims()[0]
			side = max(side, min(r, size/r))
		}
	}
	o.x, o.y = grow(o.x, n), grow(o.y, n)
	for i := range o.square {
		o.square[i] = grow(o.square[i], side*side)
	}
	return o.prepare(ps, muonSlots)
}

// Apply makes one step of the matrices.
func (o *muonMatrices) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	o.applyWhole(o, ps, g, scale)
}

// Rate is Muon's.
func (o *muonMatrices) Rate() float64 { return o.set.Rate() }

// LoadState restores the averages.
func (o *muonMatrices) LoadState(ps grad.Params, s State) error { return o.load(ps, s, muonSlots) }

func (o *muonMatrices) step(p, g []float32, dims []int, mem *memory, scale float32) {
	if len(p) == 0 {
		return
	}
	mu := or(o.set.Momentum, 0.95)
	m, x := tensor.Of[float32](mem.slot[0]), o.x[:len(p)]
	keep, rest := float32(mu), scale*float32(1-mu)
	vec.Scale(m, keep)
	vec.Axpy(m, rest, g)
	vec.MulScalar(x, m, keep)
	vec.Axpy(x, rest, g)
	r, c := dims[0], len(p)/dims[0]
	x = o.orthogonal(x, r, c)
	size := math.Sqrt(max(1, float64(r)/float64(c)))
	if o.set.MatchRMS {
		size = 0.2 * math.Sqrt(float64(max(r, c)))
	}
	rate := o.Rate()
	vec.Scale(p, float32(1-rate*o.set.WeightDecay))
	vec.Axpy(p, float32(-rate*size), x)
}
