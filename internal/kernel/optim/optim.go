// Package optim has the fused steps of the optimizers: one pass over parameters, gradients and state.
//
// The scalars are computed by the caller, in float64, once a step. Work is cut into pieces that the workers share;
// no element depends on another. Square root and division are rounded correctly and products are fused with sums
// in the same places at AVX2 and AVX-512, so that both give the same bits. Both take subnormal numbers for zeros, which
// the Go loops don't: next to ε and a parameter's own size they are nothing, but they are slow.
package optim

import (
	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// piece is the number of parameters that a worker does at a time: 64 KB of each array.
const piece = 16384

// table has the leaf loops of one instruction set.
type table struct {
	adam        func(p, g, m, v []float32, c *Adam)
	sgd         func(p, g []float32, c *SGD)
	sgdMomentum func(p, g, m []float32, c *SGD)
	sgdNesterov func(p, g, m []float32, c *SGD)
	lion        func(p, g, m []float32, c *Lion)

	amsgrad      func(p, g, m, v, top []float32, c *Adam)
	rmsprop      func(p, g, v, a, b []float32, c *RMSProp)
	adadelta     func(p, g, v, u []float32, c *Adadelta)
	adamax       func(p, g, m, u []float32, c *Adamax)
	scheduleFree func(p, g, z, v []float32, c *ScheduleFree)
}

func active() *table { return &levels[cpu.Active()] }

// Adam has the scalars of one step of Adam or AdamW (Kingma & Ba 2015, arXiv:1412.6980; Loshchilov & Hutter 2019,
// arXiv:1711.05101; epsilon as in PyTorch, which is the paper's section 2 before its reordering):
//
//	g ← Scale·g + Decay·p
//	m ← m + Beta1C·(g − m)
//	v ← Beta2·v + Beta2C·g²
//	p ← Shrink·p − Rate·(m + Mix·g) / (RootC·√v + Eps)
//
// Its relatives have other scalars: NAdam a Mix, RAdam's first steps RootC 0 and Eps 1.
type Adam struct {
	Scale  float32 // of the gradient: 1, or less where it is clipped
	Decay  float32 // weight decay of Adam, added to the gradient; 0 for AdamW
	Beta1C float32 // 1 − β₁
	Beta2  float32 // β₂
	Beta2C float32 // 1 − β₂
	RootC  float32 // 1 / √(1 − β₂ᵗ)
	Eps    float32 // ε
	Rate   float32 // learning rate / (1 − β₁ᵗ)
	Shrink float32 // 1 for Adam; 1 − learning rate·weight decay for AdamW
	Mix    float32 // of the gradient itself, for NAdam; 0 otherwise
}

// SGD has the scalars of one step of gradient descent, as in PyTorch with dampening 0:
//
//	g ← Scale·g + Decay·p
//	m ← Momentum·m + g
//	p ← p − Rate·m, or p − Rate·(g + Momentum·m) with Nesterov, or p − Rate·g without m
type SGD struct {
	Scale    float32 // of the gradient: 1, or less where it is clipped
	Decay    float32 // weight decay
	Momentum float32
	Rate     float32 // learning rate
	Nesterov bool
}

// Lion has the scalars of one step of Lion (Chen et al. 2023, arXiv:2302.06675):
//
//	g ← Scale·g
//	p ← Shrink·p − Rate·sign(Beta1·m + Beta1C·g)
//	m ← Beta2·m + Beta2C·g
type Lion struct {
	Scale  float32 // of the gradient: 1, or less where it is clipped
	Beta1  float32 // β₁
	Beta1C float32 // 1 − β₁
	Beta2  float32 // β₂
	Beta2C float32 // 1 − β₂
	Rate   float32 // learning rate
	Shrink float32 // 1 − learning rate·weight decay
}

// Step does one step on p with gradients g and moments m and v, all of one length.
func (c *Adam) Step(p, g, m, v []float32) {
	g, m, v = g[:len(p)], m[:len(p)], v[:len(p)]
	t := tasks.Get()
	t.adam, t.k = *c, active()
	t.p, t.g, t.m, t.v = p, g, m, v
	t.run()
}

// AMSGrad does one step of a piece, on the caller's goroutine: Step with top ← max(top, v) in place of v below the root.
func (c *Adam) AMSGrad(p, g, m, v, top []float32) {
	t := tasks.Get()
	t.adam = *c
	active().amsgrad(p, g[:len(p)], m[:len(p)], v[:len(p)], top[:len(p)], &t.adam)
	tasks.Put(t)
}

// Step does one step on p with gradients g and momentum buffer m, all of one length; m is nil for no momentum.
func (c *SGD) Step(p, g, m []float32) {
	g = g[:len(p)]
	if m != nil {
		m = m[:len(p)]
	}
	t := tasks.Get()
	t.sgd, t.k = *c, active()
	t.p, t.g, t.m = p, g, m
	t.run()
}

// Step does one step on p with gradients g and average m, all of one length.
func (c *Lion) Step(p, g, m []float32) {
	g, m = g[:len(p)], m[:len(p)]
	t := tasks.Get()
	t.lion, t.isLion, t.k = *c, true, active()
	t.p, t.g, t.m = p, g, m
	t.run()
}

// task is a step cut into pieces: of Adam if v is set.
type task struct {
	k          *table
	adam       Adam
	sgd        SGD
	lion       Lion
	isLion     bool
	p, g, m, v []float32

	// The scalars of the steps of a piece: here they don't cost an allocation a step.
	rmsprop      RMSProp
	adadelta     Adadelta
	adamax       Adamax
	scheduleFree ScheduleFree
}

var tasks parallel.Free[task]

// run does all pieces and gives t back.
func (t *task) run() {
	parallel.For((len(t.p)+piece-1)/piece, t)
	*t = task{}
	tasks.Put(t)
}

// Run does piece i.
func (t *task) Run(i int) {
	lo, hi := i*piece, min((i+1)*piece, len(t.p))
	switch {
	case t.v != nil:
		t.k.adam(t.p[lo:hi], t.g[lo:hi], t.m[lo:hi], t.v[lo:hi], &t.adam)
	case t.isLion:
		t.k.lion(t.p[lo:hi], t.g[lo:hi], t.m[lo:hi], &t.lion)
	case t.m != nil && t.sgd.Nesterov:
		t.k.sgdNesterov(t.p[lo:hi], t.g[lo:hi], t.m[lo:hi], &t.sgd)
	case t.m != nil:
		t.k.sgdMomentum(t.p[lo:hi], t.g[lo:hi], t.m[lo:hi], &t.sgd)
	default:
		t.k.sgd(t.p[lo:hi], t.g[lo:hi], &t.sgd)
	}
}
