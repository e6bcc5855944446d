package softmax

import (
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
)

// CrossEntropy computes the loss of each row of logits x [rows cols] against its masses, in one pass:
//
//	loss[i] = Σⱼ p[i, j]·(ln Σₖ exp(x[i, k]) − x[i, j])
//
// stats [rows 2] keeps the largest logit m and Σₖ exp(x − m) of each row for CrossEntropyGrad. Where stats is nil, x has
// log-probabilities and loss[i] = −Σⱼ p[i, j]·x[i, j].
func CrossEntropy(loss, stats, x []float32, p *Targets, rows, cols int) {
	t := get()
	t.dst, t.x, t.stats, t.target = loss[:rows], x[:rows*cols], stats, *p
	t.run(crossEntropyRows, rows, cols)
	put(t)
}

func crossEntropyRows(t *task, lo, hi int) {
	if t.stats == nil {
		clear(t.dst[lo:hi])
	} else {
		for r := lo; r < hi; r++ {
			t.dst[r] = t.rowStats(r)
		}
		vec.Log(t.dst[lo:hi], t.dst[lo:hi])
	}
	p := &t.target
	for r := lo; r < hi; r++ {
		w, m := p.row(r), float32(0)
		if t.stats != nil {
			m = t.stats[2*r]
		}
		switch {
		case w == 0:
			t.dst[r] = 0
		case p.oneClass():
			id := p.IDs[r]
			t.dst[r] = w * p.class(int(id)) * (t.dst[r] - (t.x[r*t.cols+int(id)] - m))
		default:
			t.dst[r] = t.rowLoss(r, t.dst[r], m)
		}
	}
}

// rowStats leaves the row's largest logit in stats, and the sum of the exponentials below it, which it returns.
func (t *task) rowStats(r int) float32 {
	x := t.row(t.x, r)
	m := reduce.Max(x)
	s := t.sumExp(x, m)
	t.stats[2*r], t.stats[2*r+1] = m, s
	return s
}

// rowLoss is the loss of row r, where ln Σ exp of its logits is ls more than the largest, m.
func (t *task) rowLoss(r int, ls, m float32) float32 {
	var loss float64
	own, each := t.target.shares(r, t.cols)
	for j, x := range t.row(t.x, r) {
		if p := t.target.mass(r, j, t.cols, own, each); p != 0 { // 0·∞ counts as 0
			loss += float64(p) * float64(ls-(x-m))
		}
	}
	return float32(loss)
}

// CrossEntropyGrad computes the gradient of Σᵢ g[i]·loss[i], or adds it to gx if acc is true; one g serves for all rows:
//
//	gx[i, j] = g[i]·(softmax(x)[i, j]·Σₖ p[i, k] − p[i, j])
//
// and without the first term where stats is nil.
func CrossEntropyGrad(gx, x, stats []float32, p *Targets, g []float32, rows, cols int, acc bool) {
	t := get()
	t.dst, t.x, t.stats, t.target, t.y, t.acc = gx[:rows*cols], x[:rows*cols], stats, *p, g, acc
	t.run(crossEntropyGradRows, rows, cols)
	put(t)
}

func crossEntropyGradRows(t *task, lo, hi int) {
	p, one := &t.target, t.target.oneClass()
	for r := lo; r < hi; r++ {
		gx, g, w := t.row(t.dst, r), t.y[min(r, len(t.y)-1)], p.row(r)
		if w == 0 || !one {
			t.rowGrad(r, gx, g)
			continue
		}
		id := p.IDs[r]
		s := g * (w * p.class(int(id)))
		t.expMulOf(r, gx, s)
		gx[id] -= s
	}
}

// rowGrad is the gradient of row r times g, where its mass may be on any class, or none.
func (t *task) rowGrad(r int, gx []float32, g float32) {
	var total float64
	own, each := t.target.shares(r, t.cols)
	if own == 0 {
		t.expMulOf(r, gx, 0)
		return
	}
	for j := range gx {
		total += float64(t.target.mass(r, j, t.cols, own, each))
	}
	t.expMulOf(r, gx, g*float32(total))
	for j := range gx {
		gx[j] -= g * t.target.mass(r, j, t.cols, own, each)
	}
}

// expMulOf begins the gradient of row r with s·softmax(x), or with 0 where x has log-probabilities.
func (t *task) expMulOf(r int, gx []float32, s float32) {
	if s != 0 && t.stats != nil {
		t.expMul(gx, t.row(t.x, r), t.stats[2*r], s/t.stats[2*r+1])
	} else if !t.acc {
		clear(gx)
	}
}

// expMul is the leaf over a row of any length.
func (t *task) expMul(dst, x []float32, m, s float32) {
	f := t.k.expMul
	if t.acc {
		f = t.k.expMulAcc
	}
	for len(x) > leaf {
		f(dst[:leaf], x[:leaf], m, s)
		dst, x = dst[leaf:], x[leaf:]
	}
	f(dst, x, m, s)
}
