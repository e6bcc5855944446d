package optim

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	kernel "github.com/ingot-ml/ingot/internal/kernel/optim"
	"github.com/ingot-ml/ingot/tensor"
)

// Adam scales each element's step by running averages of its gradient and of the gradient's square. At a parameter's
// step t = 1, 2, …, with g its gradient and η the learning rate times the schedule's factor:
//
//	g ← g + WeightDecay·p
//	m ← β₁·m + (1 − β₁)·g
//	v ← β₂·v + (1 − β₂)·g²
//	p ← p − η·(m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε)
//
// ε is added after v's correction, as in the paper's Algorithm 1 and in PyTorch, not the "epsilon hat" of its section 2.
// Source: Kingma & Ba 2015, arXiv:1412.6980. AMSGrad: Reddi, Kale & Kumar 2018, arXiv:1904.09237, as in PyTorch: v is corrected
// after the greatest is taken, which the paper doesn't do.
type Adam struct {
	LR          float64    // learning rate; required. The paper's is 1e-3
	Betas       [2]float64 // β₁ and β₂; both zero: 0.9 and 0.999, the paper's
	Eps         float64    // ε; zero: 1e-8, the paper's
	WeightDecay float64    // added to the gradient; AdamW decouples it
	AMSGrad     bool       // divide by the greatest v so far in place of v
	Schedule    Schedule   // nil: constant

	moments
	rule adamRule
}

var _ Optimizer = (*Adam)(nil)

// Prepare checks the settings and makes the moments.
func (a *Adam) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkAdam("Adam", a.LR, a.Betas, a.Eps, a.WeightDecay, a.Schedule); err != nil {
		return err
	}
	return a.prepare(ps, adamSlots(a.AMSGrad))
}

// Apply makes one step with the gradients times scale.
func (a *Adam) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	a.rule.set(a.Rate(), a.Betas, a.Eps)
	a.rule.decay = float32(a.WeightDecay)
	a.apply(&a.rule, ps, g, scale)
}

// Rate returns the learning rate of the next step.
func (a *Adam) Rate() float64 { return a.LR * factor(a.Schedule, a.step) }

// LoadState restores what State gave; see [Optimizer].
func (a *Adam) LoadState(ps grad.Params, s State) error { return a.load(ps, s, adamSlots(a.AMSGrad)) }

// amsgradSlots are the names of m, v and the greatest v: PyTorch's.
var amsgradSlots = []string{"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}

func adamSlots(amsgrad bool) []string {
	if amsgrad {
		return amsgradSlots
	}
	return amsgradSlots[:2]
}

// adamRule is a step of Adam or AdamW; the kernel's scalars are made in float64 for each parameter's age.
type adamRule struct {
	rate, eps     float64
	beta1, beta2  float64
	decay, shrink float32
}

// set puts in what Adam and AdamW share, with the defaults.
func (r *adamRule) set(rate float64, betas [2]float64, eps float64) {
	betas = defaultBetas(betas)
	if eps == 0 {
		eps = 1e-8
	}
	*r = adamRule{rate: rate, eps: eps, beta1: betas[0], beta2: betas[1], shrink: 1}
}

func defaultBetas(b [2]float64) [2]float64 {
	if b == [2]float64{} {
		return [2]float64{0.9, 0.999}
	}
	return b
}

func (r *adamRule) update(p, g []float32, m runs, age int64, scale float32) {
	t := float64(age)
	c := kernel.Adam{
		Scale:  scale,
		Decay:  r.decay,
		Beta1C: float32(1 - r.beta1),
		Beta2:  float32(r.beta2),
		Beta2C: float32(1 - r.beta2),
		RootC:  float32(1 / math.Sqrt(1-math.Pow(r.beta2, t))),
		Eps:    float32(r.eps),
		Rate:   float32(r.rate / (1 - math.Pow(r.beta1, t))),
		Shrink: r.shrink,
	}
	if m[2] != nil {
		c.AMSGrad(p, g, m[0], m[1], m[2])
		return
	}
	c.Step(p, g, m[0], m[1])
}

func root(x float32) float32 { return float32(math.Sqrt(float64(x))) }

func checkAdam(name string, lr float64, betas [2]float64, eps, decay float64, s Schedule) error {
	betas = defaultBetas(betas)
	for i, b := range betas {
		if !(b >= 0 && b < 1) {
			return tensor.Errorf("optim.%s: Betas[%d] is %g; at least 0 and less than 1 is wanted (both zero: the defaults)", name, i, b)
		}
	}
	if !(eps >= 0) || math.IsInf(eps, 0) {
		return tensor.Errorf("optim.%s: Eps is %g; a positive number is wanted (zero: the default)", name, eps)
	}
	return checkCommon(name, lr, decay, s)
}
