// Package optest proves ops right. One [Case] names an op, a reference in float64 and operands to try; [Run] checks
//
//   - the forward values against the reference, and against golden values where testdata has them,
//   - the gradients against central differences of the reference, to overwrite first and to add then, for operands that
//     are parameters and for ones that are computed, for each operand alone, and for one value given twice,
//   - strided operands, empty and odd shapes (the Case gives them),
//   - a poisoned arena, and one with not a byte to spare,
//   - that 1 to 8 workers and each vector width give the same bits, and that the Go loops agree within the tolerance,
//   - a device that works later and whose memory the host can't slice,
//   - gradients as values, and second derivatives where the op has a VJP.
//
// It needs nothing of the op but what package grad makes public, so it serves ops of other modules too. Run changes the
// process's number of workers and instruction set while it runs: don't call it from parallel tests.
package optest

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// Case is what Run checks.
type Case struct {
	Name string // the op's; its golden file, where there is one, is testdata/Name.json
	// Inputs are the lists of operands to try: odd sizes, an empty one, broadcasting.
	Inputs [][]Input
	// Large is a list for which only bits are compared: large enough that the work is cut in pieces. Optional.
	Large []Input
	// Op applies the op with the attributes under test.
	Op func(in ...grad.Value) grad.Value
	// Ref computes the same in float64, the plain way.
	Ref func(in ...Array) Array
	// Golden applies the op with a golden case's attributes; nil where it has none. Output says which of the case's
	// outputs it gives.
	Golden func(a Attrs, in ...grad.Value) grad.Value
	Output int

	Mode   grad.Mode
	NoGrad bool // the op has no gradient
	VJP    bool // the op has a VJP: second derivatives are checked
	Random bool // the op draws random numbers, by the ordinal of its call

	// Tol bounds |got−want| / max(1, |want|) of forward values; 0: 1e-6. ULP bounds the error in units of the last place of
	// float32 instead, where it isn't 0. GradTol is Tol for gradients; 0: 5 times Tol. LargeTol bounds how far Large's results
	// by the Go loops may be from the vectors'; 0: Tol.
	Tol, GradTol float64
	ULP          float64
	LargeTol     float64
}

// Run checks the case in subtests.
func Run(t *testing.T, c Case) {
	t.Helper()
	if c.Tol == 0 {
		c.Tol = 1e-6
	}
	if c.GradTol == 0 {
		c.GradTol = 5 * c.Tol
	}
	for i, in := range c.Inputs {
		t.Run(label(in), func(t *testing.T) { c.proof(t, in, uint64(i)) })
	}
	if c.Large != nil {
		t.Run("large", func(t *testing.T) { c.large(t) })
	}
	t.Run("golden", c.golden)
}

// large compares bits only.
func (c Case) large(t reporter) {
	if c.LargeTol != 0 {
		c.Tol, c.GradTol = c.LargeTol, 5*c.LargeTol
	}
	c.sameBits(t, newTrial(&c, c.Large, 99))
}

// reporter is what the checks need of a *testing.T.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// proof is every check of one list of operands.
func (c *Case) proof(t reporter, in []Input, seed uint64) {
	tr := newTrial(c, in, seed)
	want := tr.reference()
	plain := tr.run(t, setup{})
	tr.compare(t, "", plain, want)
	tr.variants(t, plain, want)
	c.sameBits(t, tr)
	c.onDevice(t, tr, plain)
	tr.asValues(t, want)
	if c.VJP {
		tr.second(t, want)
	}
}

// variants runs the same operands in other ways.
func (tr *trial) variants(t reporter, plain, want outcome) {
	var high int
	tr.compare(t, "poisoned arena", tr.run(t, setup{cfg: grad.Config{Poison: true}, high: &high}), want)
	tr.equal(t, "arena without a byte to spare", tr.run(t, setup{cfg: grad.Config{Poison: true, MaxBytes: high}}), plain)
	if tr.c.Random { // other numbers in Eval and where ops come before it
		return
	}
	tr.equal(t, "in Eval", tr.run(t, setup{eval: true}), outcome{y: plain.y})
	tr.compare(t, "strided operands", tr.run(t, setup{strided: true}), want)
	if len(tr.wanted()) == 0 {
		return
	}
	tr.compare(t, "gradients twice", tr.run(t, setup{twice: true}), want.times(2))
	tr.compare(t, "computed operands, used twice", tr.run(t, setup{computed: true}), want.times(2))
	for _, i := range tr.wanted() {
		o := outcome{y: plain.y, grads: make([]tensor.Tensor, len(tr.x))}
		o.grads[i] = plain.grads[i]
		tr.equal(t, "only the gradient of operand "+string(rune('0'+i)), tr.run(t, setup{only: 1 + i}), o)
	}
	tr.sameTwice(t)
}

// sameTwice gives one value as both operands.
func (tr *trial) sameTwice(t reporter) {
	if len(tr.x) != 2 || len(tr.wanted()) != 2 || !tensor.SameShape(&tr.x[0], &tr.x[1]) {
		return
	}
	op, ref := tr.c.Op, tr.c.Ref
	c := *tr.c
	c.Op = func(in ...grad.Value) grad.Value { return op(in[0], in[0]) }
	c.Ref = func(in ...Array) Array { return ref(in[0], in[0]) }
	one := trial{c: &c, in: tr.in[:1], x: tr.x[:1], seed: tr.seed}
	one.compare(t, "one value as both operands", one.run(t, setup{}), one.reference())
}

// compare holds an outcome to the reference.
func (tr *trial) compare(t reporter, what string, got, want outcome) {
	t.Helper()
	tr.close(t, what+" result", got.y, want.y, tr.c.Tol, tr.c.ULP)
	for i, w := range want.grads {
		if w.Valid() {
			tr.close(t, what+" gradient of operand "+string(rune('0'+i)), got.grads[i], w, tr.c.GradTol, 0)
		}
	}
}

func (tr *trial) close(t reporter, what string, got, want tensor.Tensor, tol, ulp float64) {
	t.Helper()
	if !got.Valid() || !tensor.SameShape(&got, &want) {
		t.Errorf("%s: %v, shape %v wanted", what, got, want.Shape())
		return
	}
	g, w := widen(got).Data, widen(want).Data
	for i := range g {
		d := math.Abs(g[i] - w[i])
		limit := tol * max(1, math.Abs(w[i]))
		if ulp != 0 {
			limit = ulp * ulpOf(w[i])
		}
		if d <= limit || g[i] == w[i] || math.IsNaN(g[i]) && math.IsNaN(w[i]) {
			continue
		}
		t.Errorf("%s: element %d is %.9g, the reference %.9g: off by %.2g, %.2g allowed", what, i, g[i], w[i], d, limit)
		return
	}
}

// ulpOf returns the distance of float32s at x.
func ulpOf(x float64) float64 {
	a := math.Abs(x)
	return max(math.Ldexp(1, math.Ilogb(max(a, 1e-300))-23), math.SmallestNonzeroFloat32)
}
