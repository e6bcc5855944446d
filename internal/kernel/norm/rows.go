package norm

import (
	"math"

	"github.com/ingot-ml/ingot/internal/kernel/reduce"
)

// LayerNorm normalises each row of x [rows cols] and keeps its mean and 1/√(variance + eps), both [rows]:
//
//	y = (x − mean)·rstd·gamma + beta
//
// gamma and beta are [cols] or nil. The variance is the biased one, taken about the mean.
func LayerNorm(y, mean, rstd, x, gamma, beta []float32, rows, cols int, eps float32) {
	t := get()
	t.mean, t.centred = mean[:rows], true
	t.forward(y, rstd, x, gamma, beta, rows, cols, eps)
}

// RMSNorm divides each row of x [rows cols] by the root of its mean square and keeps 1/√(mean of x² + eps), [rows]:
//
//	y = x·rstd·gamma
//
// gamma is [cols] or nil.
func RMSNorm(y, rstd, x, gamma []float32, rows, cols int, eps float32) {
	get().forward(y, rstd, x, gamma, nil, rows, cols, eps)
}

func (t *task) forward(y, rstd, x, gamma, beta []float32, rows, cols int, eps float32) {
	t.y, t.x, t.rstd, t.cols, t.eps = y[:rows*cols], x[:rows*cols], rstd[:rows], cols, eps
	none, rest := take(t.zeros(block+2*(cols+page)), block)
	a, b := take(rest, cols+page)
	t.none, t.gamma, t.beta = none, orOnes(gamma, t.apart(a, 1, cols)), t.apart(b, 2, cols)
	copy(t.beta, beta) // zeros where a layer has none
	t.past = t.writesPast()
	t.run(normalizeRows, rows, groups(cols))
	put(t)
}

func normalizeRows(t *task, lo, hi int) {
	n := float32(t.cols)
	write := t.k.normalize
	if t.past {
		write = t.k.normalizePast
		defer t.k.fence()
	}
	for step := t.together(); lo < hi; lo += step {
		to := min(lo+step, hi)
		x, mean, rstd := t.rows(t.x, lo, to), t.none[:to-lo], t.rstd[lo:to]
		if t.centred {
			mean = t.mean[lo:to]
			t.k.sums(mean, x, t.gamma)
			for i := range mean {
				mean[i] /= n
			}
		}
		t.k.sqDevs(rstd, x, mean, t.gamma)
		for i := range rstd {
			rstd[i] = invRoot(rstd[i]/n, t.eps)
		}
		write(t.rows(t.y, lo, to), x, t.gamma, t.beta, mean, rstd)
	}
}

// invRoot returns 1 / √(variance + eps).
func invRoot(variance, eps float32) float32 {
	return float32(1 / math.Sqrt(float64(variance)+float64(eps)))
}

// Grads are where the gradients of a layer go; what is nil isn't wanted. What has its Acc set is added to.
type Grads struct {
	X, Gamma, Beta          []float32 // [rows cols], [cols], [cols]
	AccX, AccGamma, AccBeta bool
}

// LayerNormGrad computes the gradients in one pass over the rows. With x̂ = (x − mean)·rstd and h = g·gamma:
//
//	X = rstd·(h − mean(h) − x̂·mean(h·x̂)), Gamma = Σᵢ g·x̂, Beta = Σᵢ g
//
// Gamma and Beta may be the memory of X, if they are added to: X is complete before.
func LayerNormGrad(to Grads, g, x, mean, rstd, gamma []float32, rows, cols int) {
	t := get()
	t.mean, t.centred = mean[:rows], true
	t.backward(to, g, x, rstd, gamma, rows, cols)
}

// RMSNormGrad is LayerNormGrad of RMSNorm: with x̂ = x·rstd,
//
//	X = rstd·(h − x̂·mean(h·x̂)), Gamma = Σᵢ g·x̂
func RMSNormGrad(to Grads, g, x, rstd, gamma []float32, rows, cols int) {
	get().backward(to, g, x, rstd, gamma, rows, cols)
}

func (t *task) backward(to Grads, g, x, rstd, gamma []float32, rows, cols int) {
	t.y, t.g, t.x, t.rstd, t.cols, t.acc = to.X, g[:rows*cols], x[:rows*cols], rstd[:rows], cols, to.AccX
	blocks, per := 0, groups(cols)
	if to.Gamma != nil || to.Beta != nil {
		blocks, per = (rows+block-1)/block, block
	}
	none, rest := take(t.zeros((1+2*blocks)*cols+3*page+block+2*rows), block)
	t.none = none
	t.a, rest = take(rest, rows)
	t.b, rest = take(rest, rows)
	c, rest := take(rest, cols+page)
	t.gamma = orOnes(gamma, t.apart(c, 1, cols))
	c, rest = take(rest, blocks*cols+page)
	t.ggamma, t.gbeta = t.apart(c, 2, blocks*cols), t.apart(rest, 3, blocks*cols)
	t.past = !t.acc && t.writesPast()
	t.run(gradRows, rows, per)
	t.merge(to.Gamma, to.Beta, blocks, to.AccGamma, to.AccBeta)
	put(t)
}

// merge adds the blocks' parameter gradients, in their order.
func (t *task) merge(ggamma, gbeta []float32, blocks int, accGamma, accBeta bool) {
	if ggamma != nil {
		reduce.SumCols(ggamma, t.ggamma, blocks, t.cols, accGamma)
	}
	if gbeta != nil {
		reduce.SumCols(gbeta, t.gbeta, blocks, t.cols, accBeta)
	}
}

func gradRows(t *task, lo, hi int) {
	n := float32(t.cols)
	write := t.k.grad
	switch {
	case t.acc:
		write = t.k.gradAcc
	case t.past:
		write = t.k.gradPast
		defer t.k.fence()
	}
	var ggamma, gbeta []float32
	if len(t.ggamma) > 0 {
		ggamma, gbeta = t.row(t.ggamma, lo/block), t.row(t.gbeta, lo/block)
	}
	for step := t.together(); lo < hi; lo += step {
		to := min(lo+step, hi)
		g, x, mean, rstd := t.rows(t.g, lo, to), t.rows(t.x, lo, to), t.none[:to-lo], t.rstd[lo:to]
		if t.centred {
			mean = t.mean[lo:to]
		}
		if ggamma != nil {
			t.k.params(ggamma, gbeta, g, x, mean, rstd)
		}
		if t.y == nil {
			continue
		}
		a, b := t.a[lo:to], t.b[lo:to]
		t.k.dots(a, b, g, x, t.gamma, mean, rstd)
		for i := range a {
			a[i], b[i] = a[i]/n, b[i]/n
			if !t.centred {
				a[i] = 0
			}
		}
		write(t.rows(t.y, lo, to), g, x, t.gamma, mean, rstd, a, b)
	}
}
