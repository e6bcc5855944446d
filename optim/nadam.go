package optim

import (
	"math"
	"slices"

	"github.com/ingot-ml/ingot/grad"
	kernel "github.com/ingot-ml/ingot/internal/kernel/optim"
	"github.com/ingot-ml/ingot/tensor"
)

// NAdam is [Adam] with Nesterov's momentum, whose share grows with the steps. At a parameter's step t = 1, 2, …, with η
// the learning rate times the schedule's factor:
//
//	μₜ = β₁·(1 − ½·0.96^(t·ψ)),  πₜ = μ₁·…·μₜ
//	g ← g + WeightDecay·p                       or, Decoupled, p ← p − η·WeightDecay·p
//	m ← β₁·m + (1 − β₁)·g
//	v ← β₂·v + (1 − β₂)·g²
//	p ← p − η·((1 − μₜ)/(1 − πₜ)·g + μₜ₊₁/(1 − πₜ₊₁)·m) / (√(v/(1 − β₂ᵗ)) + ε)
//
// PyTorch's form: m decays by β₁, where the source has μₜ.
// Source: Dozat 2016, "Incorporating Nesterov momentum into Adam"; the schedule μ is the technical report's of 2015.
type NAdam struct {
	LR            float64    // learning rate; required. PyTorch's default is 2e-3
	Betas         [2]float64 // β₁ and β₂; both zero: 0.9 and 0.999, PyTorch's
	Eps           float64    // ε; zero: 1e-8, PyTorch's
	MomentumDecay float64    // ψ; zero: 4e-3, PyTorch's
	WeightDecay   float64    // added to the gradient
	Decoupled     bool       // the decay acts on the parameter, as in AdamW
	Schedule      Schedule   // nil: constant

	moments
	rule nadamRule
}

var _ Optimizer = (*NAdam)(nil)

// Prepare checks the settings and makes the state.
func (a *NAdam) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkAdam("NAdam", a.LR, a.Betas, a.Eps, a.WeightDecay, a.Schedule); err != nil {
		return err
	}
	if err := checkShare("NAdam", "MomentumDecay", a.MomentumDecay); err != nil {
		return err
	}
	return a.prepare(ps, adamSlots(false))
}

// Apply makes one step with the gradients times scale.
func (a *NAdam) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	b, rate := defaultBetas(a.Betas), a.Rate()
	r := &a.rule
	r.lr, r.beta2 = rate, b[1]
	r.Adam = kernel.Adam{
		Decay: float32(a.WeightDecay), Beta1C: float32(1 - b[0]), Beta2: float32(b[1]), Beta2C: float32(1 - b[1]),
		Eps: float32(or(a.Eps, 1e-8)), Shrink: 1,
	}
	if a.Decoupled {
		r.Decay, r.Shrink = 0, float32(1-rate*a.WeightDecay)
	}
	r.products.prepare(ps, a.of, b[0], or(a.MomentumDecay, 4e-3))
	a.apply(r, ps, g, scale)
}

// Rate returns the learning rate of the next step.
func (a *NAdam) Rate() float64 { return a.LR * factor(a.Schedule, a.step) }

// LoadState restores what State gave; see [Optimizer].
func (a *NAdam) LoadState(ps grad.Params, s State) error { return a.load(ps, s, adamSlots(false)) }

// products has π(t) = μ(1)·…·μ(t) at the ages that the next update needs. They depend on β₁ and ψ only, so they aren't state.
type products struct {
	beta1, psi float64
	at, next   []product
}

type product struct {
	age int64
	pi  float64
}

// least is less than half a float64's last bit at 1: below it, 1 − π is 1.
const least = 1e-17

// prepare keeps the products at the ages of an update of ps and at those after them.
func (m *products) prepare(ps grad.Params, of map[*grad.Param]*memory, beta1, psi float64) {
	if m.beta1 != beta1 || m.psi != psi {
		*m = products{beta1: beta1, psi: psi}
	}
	next := m.next[:0]
	for _, p := range ps {
		mem := of[p.Param]
		if mem == nil {
			continue
		}
		age := tensor.Of[int64](mem.age)[0] + 1
		has := func(age int64) bool { return slices.ContainsFunc(next, func(p product) bool { return p.age == age }) }
		if has(age) && has(age+1) { // most parameters are of one age
			continue
		}
		pi := m.pi(age)
		next = append(next, product{age, pi}, product{age + 1, pi * m.mu(age+1)})
	}
	m.at, m.next = next, m.at
}

// pi is the product at an age: one that was kept, or multiplied anew.
func (m *products) pi(age int64) float64 {
	for _, p := range m.at {
		if p.age == age {
			return p.pi
		}
	}
	pi := 1.0
	for t := int64(1); t <= age && pi > least; t++ {
		pi *= m.mu(t)
	}
	return pi
}

func (m *products) mu(t int64) float64 { return m.beta1 * (1 - 0.5*math.Pow(0.96, float64(t)*m.psi)) }

type nadamRule struct {
	products
	kernel.Adam
	lr, beta2 float64
}

func (r *nadamRule) update(p, g []float32, m runs, age int64, scale float32) {
	now := r.lr * (1 - r.mu(age)) / (1 - r.pi(age))
	ahead := r.lr * r.mu(age+1) / (1 - r.pi(age+1))
	c := r.Adam
	c.Scale, c.RootC = scale, float32(1/math.Sqrt(1-math.Pow(r.beta2, float64(age))))
	c.Rate, c.Mix = float32(ahead), float32(now/ahead)
	if ahead == 0 { // β₁ is 0, and m the gradient itself
		c.Rate, c.Mix = float32(now), 0
	}
	c.Step(p, g, m[0], m[1])
}
