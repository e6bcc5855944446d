package softmax

import (
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
)

// CrossEntropy computes the loss of each row of logits x [rows cols] against its class, in one pass:
//
//	loss[i] = w[idᵢ]·(ln Σₖ exp(x[i, k]) − x[i, idᵢ])
//
// stats [rows 2] keeps the largest logit m and Σₖ exp(x − m) of each row for CrossEntropyGrad. weights [cols] may be
// nil: all ones. PyTorch's mean is the sum of loss divided by TotalWeight. The ids must be in [0, cols).
func CrossEntropy(loss, stats, x []float32, ids []int32, weights []float32, cols int) {
	rows := len(ids)
	t := get()
	t.dst, t.stats, t.x, t.ids, t.w = loss[:rows], stats[:2*rows], x[:rows*cols], ids, weights
	t.run(crossEntropyRows, rows, cols)
	put(t)
}

func crossEntropyRows(t *task, lo, hi int) {
	for r := lo; r < hi; r++ {
		t.dst[r] = t.rowStats(r)
	}
	vec.Log(t.dst[lo:hi], t.dst[lo:hi])
	for r := lo; r < hi; r++ {
		id := t.ids[r]
		t.dst[r] = t.weight(id) * (t.dst[r] - (t.x[r*t.cols+int(id)] - t.stats[2*r]))
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

func (t *task) weight(id int32) float32 {
	if t.w == nil {
		return 1
	}
	return t.w[id]
}

// TotalWeight returns the sum of the weights of the ids' classes, or their number where weights is nil.
func TotalWeight(ids []int32, weights []float32) float32 {
	if weights == nil {
		return float32(len(ids))
	}
	var s float64
	for _, id := range ids {
		s += float64(weights[id])
	}
	return float32(s)
}

// CrossEntropyGrad computes the gradient of scale·Σᵢ loss[i], in one pass, or adds it to gx if acc is true:
//
//	gx[i, j] = scale·w[idᵢ]·(softmax(x)[i, j] − [j = idᵢ])
func CrossEntropyGrad(gx, x, stats []float32, ids []int32, weights []float32, scale float32, cols int, acc bool) {
	rows := len(ids)
	t := get()
	t.dst, t.stats, t.x, t.ids, t.w = gx[:rows*cols], stats[:2*rows], x[:rows*cols], ids, weights
	t.scale, t.acc = scale, acc
	t.run(crossEntropyGradRows, rows, cols)
	put(t)
}

func crossEntropyGradRows(t *task, lo, hi int) {
	for r := lo; r < hi; r++ {
		gx, id := t.row(t.dst, r), t.ids[r]
		s := t.scale * t.weight(id)
		t.expMul(gx, t.row(t.x, r), t.stats[2*r], s/t.stats[2*r+1])
		gx[id] -= s
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

// CrossEntropyProbs computes the loss of each row of logits x [rows cols] against target probabilities p:
//
//	loss[i] = Σⱼ w[j]·p[i, j]·(ln Σₖ exp(x[i, k]) − x[i, j])
//
// stats and weights are as in CrossEntropy. PyTorch's mean is the sum of loss divided by rows.
func CrossEntropyProbs(loss, stats, x, p, weights []float32, rows, cols int) {
	t := get()
	t.dst, t.stats, t.x, t.y, t.w = loss[:rows], stats[:2*rows], x[:rows*cols], p[:rows*cols], weights
	t.run(crossEntropyProbsRows, rows, cols)
	put(t)
}

func crossEntropyProbsRows(t *task, lo, hi int) {
	for r := lo; r < hi; r++ {
		x, p := t.row(t.x, r), t.row(t.y, r)
		ls, m := log(t.rowStats(r)), t.stats[2*r]
		var loss float64
		for j := range x {
			if p[j] != 0 { // 0·∞ counts as 0
				loss += float64(p[j]*t.weight(int32(j))) * float64(ls-(x[j]-m))
			}
		}
		t.dst[r] = float32(loss)
	}
}

// CrossEntropyProbsGrad computes the gradient of scale·Σᵢ loss[i], or adds it to gx if acc is true:
//
//	gx[i, j] = scale·(softmax(x)[i, j]·Σₖ w[k]·p[i, k] − w[j]·p[i, j])
func CrossEntropyProbsGrad(gx, x, stats, p, weights []float32, scale float32, rows, cols int, acc bool) {
	t := get()
	t.dst, t.stats, t.x, t.y, t.w = gx[:rows*cols], stats[:2*rows], x[:rows*cols], p[:rows*cols], weights
	t.scale, t.acc = scale, acc
	t.run(crossEntropyProbsGradRows, rows, cols)
	put(t)
}

func crossEntropyProbsGradRows(t *task, lo, hi int) {
	for r := lo; r < hi; r++ {
		gx, p := t.row(t.dst, r), t.row(t.y, r)
		var total float64
		for j, v := range p {
			total += float64(t.weight(int32(j)) * v)
		}
		t.expMul(gx, t.row(t.x, r), t.stats[2*r], t.scale*float32(total)/t.stats[2*r+1])
		for j, v := range p {
			gx[j] -= t.scale * t.weight(int32(j)) * v
		}
	}
}
