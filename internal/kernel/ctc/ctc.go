// Package ctc has the loss of connectionist temporal classification: the probability that a sequence of classes, with blanks
// and repeats taken out, reads as the labels (Graves, Fernández, Gomez & Schmidhuber 2006, ICML).
//
// It works on logarithms in float64, a sample at a time on whatever worker, so that a sample's result depends on no other.
package ctc

import (
	"math"

	"github.com/ingot-ml/ingot/internal/parallel"
)

// Batch is what forward and backward read. Sample n has x[t, n, :] for t < Steps[n], and the labels Labels[n·Width:] of number
// Lengths[n]. Labels are in [0, Classes) and none is Blank.
type Batch struct {
	X                      []float32 // log-probabilities [time samples classes]
	Samples, Classes       int
	Labels, Steps, Lengths []int32
	Width, Blank           int
}

// Needed is the number of steps that labels take at least: one each, and a blank between equal ones.
func Needed(labels []int32) int {
	n := len(labels)
	for i := 1; i < len(labels); i++ {
		if labels[i] == labels[i-1] {
			n++
		}
	}
	return n
}

// Loss computes loss[n] = −ln p(labels of n | x): +Inf where nothing gives the labels.
func Loss(loss []float32, b *Batch) { run(&task{b: *b, loss: loss}) }

// Grad computes the gradient of Σ g[n]·loss[n] with respect to x, or adds it to gx if acc is true; one g serves for all:
//
//	gx[t, n, k] = −g[n]·p(the path of n is at class k at time t | labels)
//
// A sample without finite loss has gradient 0 where zeroInf is true.
func Grad(gx []float32, b *Batch, g []float32, acc, zeroInf bool) {
	run(&task{b: *b, gx: gx, g: g, acc: acc, zeroInf: zeroInf})
}

type task struct {
	b            Batch
	loss, gx, g  []float32
	acc, zeroInf bool
}

func run(t *task) {
	u := tasks.Get()
	*u = *t
	parallel.For(u.b.Samples, u)
	*u = task{}
	tasks.Put(u)
}

var (
	tasks parallel.Free[task]
	works parallel.Free[work]
)

// Run does sample n.
func (t *task) Run(n int) {
	w := works.Get()
	w.begin(&t.b, n)
	if t.loss != nil {
		t.loss[n] = float32(w.forward(false))
	} else {
		w.backward(t, n, w.forward(true))
	}
	w.x = nil
	works.Put(w)
}

// work is one sample's: its path goes through the states blank, label 0, blank, label 1, … blank.
type work struct {
	x             []float32 // from the sample's first row
	stride, steps int
	classes       []int32   // of the states
	alpha         []float64 // [steps states], or two rows of it
	beta          []float64 // two rows
	mass          []float64 // of the classes at one time
}

func (w *work) begin(b *Batch, n int) {
	labels := b.Labels[n*b.Width:][:b.Lengths[n]]
	w.x, w.stride, w.steps = b.X[n*b.Classes:], b.Samples*b.Classes, int(b.Steps[n])
	w.classes = append(w.classes[:0], int32(b.Blank))
	for _, l := range labels {
		w.classes = append(w.classes, l, int32(b.Blank))
	}
	w.mass = sized(w.mass, b.Classes)
}

func sized(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	return s[:n]
}

// row is the log-probabilities at time t.
func (w *work) row(t int) []float32 { return w.x[t*w.stride:] }

// skips reports whether a path may go from state s−2 to s: over a blank between different labels.
func (w *work) skips(s int) bool { return s >= 2 && w.classes[s] != w.classes[s-2] }

// forward returns −ln p. alpha[t, s] is the logarithm of the probability of all paths up to time t that are in state s then.
func (w *work) forward(all bool) float64 {
	n := len(w.classes)
	rows := 2
	if all {
		rows = w.steps
	}
	w.alpha = sized(w.alpha, rows*n)
	var now []float64
	for t := range w.steps {
		before := now
		now = w.alpha[t%rows*n:][:n]
		x := w.row(t)
		for s := range now {
			a := math.Inf(-1)
			switch {
			case t == 0 && s < 2:
				a = 0
			case t == 0:
			case s == 0:
				a = before[0]
			case w.skips(s):
				a = logAdd(logAdd(before[s], before[s-1]), before[s-2])
			default:
				a = logAdd(before[s], before[s-1])
			}
			now[s] = a + float64(x[w.classes[s]])
		}
	}
	if n == 1 {
		return -now[0]
	}
	return -logAdd(now[n-1], now[n-2])
}

// backward gives the sample's gradient. beta[s] is the logarithm of the probability of all paths after time t from state s.
func (w *work) backward(k *task, n int, loss float64) {
	states, times := len(w.classes), len(k.gx)/w.stride
	w.beta = sized(w.beta, 2*states)
	beta, after := w.beta[:states], w.beta[states:]
	scale := -float64(k.g[min(n, len(k.g)-1)])
	for t := times - 1; t >= 0; t-- {
		gx := k.gx[t*w.stride+n*len(w.mass):][:len(w.mass)]
		if t >= w.steps || k.zeroInf && math.IsInf(loss, 1) {
			if !k.acc {
				clear(gx)
			}
			continue
		}
		beta, after = after, beta
		w.betaRow(beta, after, t)
		clear(w.mass)
		for s, c := range w.classes {
			w.mass[c] += math.Exp(w.alpha[t*states+s] + beta[s] + loss)
		}
		for c, m := range w.mass {
			g := float32(scale * m)
			if k.acc {
				g += gx[c]
			}
			gx[c] = g
		}
	}
}

// betaRow computes time t's from that of t + 1.
func (w *work) betaRow(beta, after []float64, t int) {
	last := len(beta) - 1
	if t == w.steps-1 {
		for s := range beta {
			beta[s] = math.Inf(-1)
		}
		beta[last], beta[max(last-1, 0)] = 0, 0
		return
	}
	x := w.row(t + 1)
	to := func(s int) float64 { return after[s] + float64(x[w.classes[s]]) }
	for s := range beta {
		b := to(s)
		if s < last {
			b = logAdd(b, to(s+1))
		}
		if s+2 <= last && w.skips(s+2) {
			b = logAdd(b, to(s+2))
		}
		beta[s] = b
	}
}

// logAdd is ln(eᵃ + eᵇ).
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}
