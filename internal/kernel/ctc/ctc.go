// Package ctc has the loss of connectionist temporal classification: the probability that a sequence of classes, with blanks
// and repeats taken out, reads as the labels (Graves, Fernández, Gomez & Schmidhuber 2006, ICML).
//
// It works on logarithms, which don't underflow however long and unlikely a path is, a sample at a time on whatever worker, so that
// a sample's result depends on no other.
package ctc

import (
	"math"

	"github.com/ingot-ml/ingot/internal/kernel/vec"
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
	skip          []float64 // 0 where a path may come from two states before, −Inf elsewhere; two more at the end
	alpha         []float64 // rows of two states that nothing comes from, then the states: one for each step, or two
	beta, next    []float64 // of the states, and with two more after them
	largest       []float64
	part          []float32 // [3 states]
	mass          []float64 // of the classes at one time
}

var never = math.Inf(-1) // the logarithm of the probability of what can't be

func (w *work) begin(b *Batch, n int) {
	labels := b.Labels[n*b.Width:][:b.Lengths[n]]
	w.x, w.stride, w.steps = b.X[n*b.Classes:], b.Samples*b.Classes, int(b.Steps[n])
	w.classes = append(w.classes[:0], int32(b.Blank))
	w.skip = append(w.skip[:0], never)
	for i, l := range labels {
		w.classes = append(w.classes, l, int32(b.Blank))
		way := 0.0
		if i == 0 || l == labels[i-1] { // from the first state there is nothing before, and equal labels want a blank between
			way = never
		}
		w.skip = append(w.skip, way, never)
	}
	w.skip = append(w.skip, never, never)
	states := len(w.classes)
	w.mass, w.largest, w.beta, w.next = sized(w.mass, b.Classes), sized(w.largest, states), sized(w.beta, states), sized(w.next, states+2)
	w.part = sized(w.part, 3*states)
}

func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// row is the log-probabilities at time t.
func (w *work) row(t int) []float32 { return w.x[t*w.stride:] }

// forward returns −ln p. alpha[t, s] is the logarithm of the probability of all paths up to time t that are in state s then.
func (w *work) forward(all bool) float64 {
	n, rows := len(w.classes), 2
	if all {
		rows = w.steps
	}
	w.alpha = sized(w.alpha, rows*(n+2))
	var before []float64
	for t := range w.steps {
		row := w.alpha[t%rows*(n+2):][:n+2]
		row[0], row[1] = never, never
		now := row[2:]
		if t == 0 {
			for s := range now {
				now[s] = never
			}
			clear(now[:min(2, n)])
		} else {
			w.logSums(now, before[2:], before[1:], before, w.skip)
		}
		x := w.row(t)
		for s, c := range w.classes {
			now[s] += float64(x[c])
		}
		before = row
	}
	return -logAdd(before[n+1], before[n]) // of one state, the other is never
}

// logSums computes dst = ln(exp a + exp b + exp(c + skip)). The logarithms are float64, since a long path's are large; how far
// they are below the largest is float32.
func (w *work) logSums(dst, a, b, c, skip []float64) {
	n := len(dst)
	d0, d1, d2 := w.part[:n], w.part[n:2*n], w.part[2*n:3*n]
	a, b, c, skip, largest := a[:n], b[:n], c[:n], skip[:n], w.largest[:n]
	for s := range dst {
		u, v, z := a[s], b[s], c[s]+skip[s]
		m := u
		if v > m {
			m = v
		}
		if z > m {
			m = z
		}
		largest[s] = m
		if m == never {
			m = 0
		}
		d0[s], d1[s], d2[s] = float32(u-m), float32(v-m), float32(z-m)
	}
	vec.Exp(w.part[:3*n], w.part[:3*n])
	for s := range d0 {
		d0[s] += d1[s] + d2[s]
	}
	vec.Log(d0, d0)
	for s := range dst {
		dst[s] = largest[s] + float64(d0[s])
	}
}

// backward gives the sample's gradient. beta[s] is the logarithm of the probability of all paths after time t from state s.
func (w *work) backward(k *task, n int, loss float64) {
	states, times := len(w.classes), len(k.gx)/w.stride
	scale := -float64(k.g[min(n, len(k.g)-1)])
	for t := times - 1; t >= 0; t-- {
		gx := k.gx[t*w.stride+n*len(w.mass):][:len(w.mass)]
		if t >= w.steps || k.zeroInf && math.IsInf(loss, 1) {
			if !k.acc {
				clear(gx)
			}
			continue
		}
		w.betaOf(t)
		alpha, at := w.alpha[t*(states+2)+2:][:states], w.part[:states]
		for s, b := range w.beta {
			at[s] = float32(alpha[s] + b + loss)
		}
		vec.Exp(at, at)
		clear(w.mass)
		for s, c := range w.classes {
			w.mass[c] += float64(at[s])
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

// betaOf makes beta that of time t, from that of t + 1.
func (w *work) betaOf(t int) {
	n := len(w.beta)
	if t == w.steps-1 {
		for s := range w.beta {
			w.beta[s] = never
		}
		clear(w.beta[max(n-2, 0):])
		return
	}
	x := w.row(t + 1)
	for s, c := range w.classes {
		w.next[s] = w.beta[s] + float64(x[c])
	}
	w.next[n], w.next[n+1] = never, never
	w.logSums(w.beta, w.next, w.next[1:], w.next[2:], w.skip[2:])
}

// logAdd is ln(eᵃ + eᵇ).
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if b == never {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}
