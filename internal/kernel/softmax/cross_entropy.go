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
	for r := lo; r < hi; r++ {
		t.dst[r] = t.rowLoss(r, t.dst[r])
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

// rowLoss is the loss of row r, where ln Σ exp of its logits is ls more than the largest.
func (t *task) rowLoss(r int, ls float32) float32 {
	x, m := t.row(t.x, r), float32(0)
	if t.stats != nil {
		m = t.stats[2*r]
	}
	p := &t.target
	own, each := p.shares(r, t.cols)
	if own == 0 && each == 0 {
		return 0
	}
	if p.Probs == nil && each == 0 {
		id := p.IDs[r]
		return own * p.class(int(id)) * (ls - (x[id] - m))
	}
	var loss float64
	for j := range x {
		if v := p.mass(r, j, t.cols, own, each); v != 0 { // 0·∞ counts as 0
			loss += float64(v) * float64(ls-(x[j]-m))
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
	p := &t.target
	for r := lo; r < hi; r++ {
		gx, g := t.row(t.dst, r), t.y[min(r, len(t.y)-1)]
		own, each := p.shares(r, t.cols)
		if own == 0 && each == 0 {
			t.expMulOf(r, gx, 0)
			continue
		}
		if p.Probs == nil && each == 0 {
			id := p.IDs[r]
			s := g * (own * p.class(int(id)))
			t.expMulOf(r, gx, s)
			gx[id] -= s
			continue
		}
		var total float64
		for j := range gx {
			total += float64(p.mass(r, j, t.cols, own, each))
		}
		t.expMulOf(r, gx, g*float32(total))
		for j := range gx {
			gx[j] -= g * p.mass(r, j, t.cols, own, each)
		}
	}
}

// expMulOf begins the gradient of row r with s·softmax(x), or with 0 where x has log-probabilities.
func (t *task) expMulOf(r int, gx []float32, s float32) {
	switch {
	case s != 0 && t.stats != nil:
		t.expMul(gx, t.row(t.x, r), t.stats[2*r], s/t.stats[2*r+1])
	case !t.acc:
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
