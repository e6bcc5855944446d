package optim

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	kernel "github.com/ingot-ml/ingot/internal/kernel/optim"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// LAMB is [AdamW] whose step of each parameter is as long as the parameter itself, times η, which allows very large
// batches. At a parameter's step t = 1, 2, …, with η the learning rate times the schedule's factor:
//
//	m ← β₁·m + (1 − β₁)·g
//	v ← β₂·v + (1 − β₂)·g²
//	u = (m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε) + WeightDecay·p
//	p ← p − η·‖p‖/‖u‖·u
//
// Where ‖p‖ or ‖u‖ is 0, their ratio counts as 1. The paper's Algorithm 2 with φ the identity; "layer" is a parameter.
// Source: You et al. 2020, arXiv:1904.00962.
type LAMB struct {
	LR          float64    // learning rate; required
	Betas       [2]float64 // β₁ and β₂; both zero: 0.9 and 0.999, the paper's
	Eps         float64    // ε; zero: 1e-6, the paper's
	WeightDecay float64    // λ; the paper's is 0.01
	Schedule    Schedule   // nil: constant

	moments
	u []float32
}

var _ Optimizer = (*LAMB)(nil)

// Prepare checks the settings and makes the moments.
func (o *LAMB) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkAdam("LAMB", o.LR, o.Betas, o.Eps, o.WeightDecay, o.Schedule); err != nil {
		return err
	}
	o.u = grow(o.u, largest(ps))
	return o.prepare(ps, adamSlots(false))
}

// Apply makes one step with the gradients times scale.
func (o *LAMB) Apply(ps grad.Params, g *grad.Grads, scale float32) { o.applyWhole(o, ps, g, scale) }

// Rate returns the learning rate of the next step.
func (o *LAMB) Rate() float64 { return o.LR * factor(o.Schedule, o.moments.step) }

// LoadState restores what State gave; see [Optimizer].
func (o *LAMB) LoadState(ps grad.Params, s State) error { return o.load(ps, s, adamSlots(false)) }

func (o *LAMB) step(p, g []float32, _ []int, mem *memory, scale float32) {
	b, t := defaultBetas(o.Betas), float64(tensor.Of[int64](mem.age)[0])
	u := o.u[:len(p)]
	copy(u, p)
	c := kernel.Adam{ // whose step from p is u
		Scale: scale, Beta1C: float32(1 - b[0]), Beta2: float32(b[1]), Beta2C: float32(1 - b[1]),
		RootC: float32(1 / math.Sqrt(1-math.Pow(b[1], t))), Eps: float32(or(o.Eps, 1e-6)),
		Rate: float32(-1 / (1 - math.Pow(b[0], t))), Shrink: float32(o.WeightDecay),
	}
	c.Step(u, g, tensor.Of[float32](mem.slot[0]), tensor.Of[float32](mem.slot[1]))
	ratio := math.Sqrt(reduce.SumSquares(p)) / math.Sqrt(reduce.SumSquares(u))
	if !(ratio > 0) || math.IsInf(ratio, 0) {
		ratio = 1
	}
	vec.Axpy(p, float32(-o.Rate()*ratio), u)
}
