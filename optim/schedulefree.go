package optim

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	kernel "github.com/ingot-ml/ingot/internal/kernel/optim"
	"github.com/ingot-ml/ingot/tensor"
)

// ScheduleFree is AdamW that averages its iterates in place of a schedule. The parameters are y, where the gradient is taken; z is
// AdamW without momentum; x is the average, which is to be used: see Averaged. At a parameter's step t = 1, 2, …, with ηₜ the
// learning rate times the warm-up's share at t:
//
//	v ← β₂·v + (1 − β₂)·g²
//	d = g/(√(v/(1 − β₂ᵗ)) + ε) + WeightDecay·y
//	z ← z − ηₜ·d
//	x ← (1 − c)·x + c·z,  c = ηₜ²/(η₁² + … + ηₜ²)
//	y ← (1 − β₁)·z + β₁·x
//
// x isn't kept: it follows from y and z. The authors' AdamWScheduleFree with its defaults, r 0 and weight_lr_power 2.
// Source: Defazio et al. 2024, arXiv:2405.15682, Algorithm 1.
type ScheduleFree struct {
	LR          float64    // learning rate; required. The authors' default is 2.5e-3
	Betas       [2]float64 // β₁ and β₂; both zero: 0.9 and 0.999, the authors'. β₁ is more than 0
	Eps         float64    // ε; zero: 1e-8
	WeightDecay float64    // share of y taken off a step, times η; zero: none
	Warmup      int        // steps of a rise in a line

	moments
	rule scheduleFreeRule
}

var _ Optimizer = (*ScheduleFree)(nil)

// Prepare checks the settings and makes the state.
func (o *ScheduleFree) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkAdam("ScheduleFree", o.LR, o.Betas, o.Eps, o.WeightDecay, nil); err != nil {
		return err
	}
	if o.Warmup < 0 {
		return tensor.Errorf("optim.ScheduleFree: Warmup is %d; at least 0 is wanted", o.Warmup)
	}
	if b := defaultBetas(o.Betas)[0]; b == 0 {
		return tensor.Errorf("optim.ScheduleFree: Betas[0] is 0; more than 0 is wanted, since the average is told from the parameters by it")
	}
	return o.prepare(ps, scheduleFreeSlots)
}

// Apply makes one step with the gradients times scale.
func (o *ScheduleFree) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	o.rule = scheduleFreeRule{
		rate: o.Rate(), betas: defaultBetas(o.Betas), warmup: o.Warmup, eps: float32(or(o.Eps, 1e-8)), decay: float32(o.WeightDecay),
	}
	o.apply(&o.rule, ps, g, scale)
}

// Rate returns the learning rate of the next step.
func (o *ScheduleFree) Rate() float64 { return o.LR * rise(o.step, o.Warmup) }

// LoadState restores what State gave; see [Optimizer].
func (o *ScheduleFree) LoadState(ps grad.Params, s State) error {
	return o.load(ps, s, scheduleFreeSlots)
}

// Averaged calls fn while the parameters are x, for evaluation or saving, and then gives them back their bits.
func (o *ScheduleFree) Averaged(ps grad.Params, fn func() error) error {
	over := float32(1 - 1/defaultBetas(o.Betas)[0])
	return o.swapped(ps, fn, func(p []float32, mem *memory) {
		z := tensor.Of[float32](mem.slot[0])
		for i := range p {
			p[i] += over * (z[i] - p[i])
		}
	})
}

// scheduleFreeSlots are the names of z and v: the authors'.
var scheduleFreeSlots = []string{"z", "exp_avg_sq"}

type scheduleFreeRule struct {
	rate       float64
	betas      [2]float64
	warmup     int
	eps, decay float32
}

// weight is c: the warm-up's squares are 1², 2², … of its length's.
func (r *scheduleFreeRule) weight(t float64) float64 {
	squares := func(n float64) float64 { return n * (n + 1) * (2*n + 1) / 6 }
	w := float64(r.warmup)
	if t <= w {
		return t * t / squares(t)
	}
	if w == 0 {
		return 1 / t
	}
	return 1 / (squares(w)/(w*w) + t - w)
}

func (r *scheduleFreeRule) update(p, g []float32, m runs, age int64, scale float32) {
	t := float64(age)
	share := r.weight(t)
	c := kernel.ScheduleFree{
		Scale: scale, Decay: r.decay,
		Beta2: float32(r.betas[1]), Beta2C: float32(1 - r.betas[1]),
		RootC: float32(1 / math.Sqrt(1-math.Pow(r.betas[1], t))), Eps: r.eps,
		Share: float32(share), Back: float32(r.rate * (r.betas[0]*(1-share) - 1)), Rate: float32(r.rate),
	}
	if age == 1 {
		copy(m[0], p)
	}
	c.Step(p, g, m[0], m[1])
}
