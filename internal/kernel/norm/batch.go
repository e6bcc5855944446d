package norm

import (
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
)

// BatchStats computes the mean and the biased variance of each column of x [rows cols].
func BatchStats(mean, variance, x []float32, rows, cols int) {
	inv := 1 / float32(rows)
	reduce.SumCols(mean[:cols], x, rows, cols, false)
	vec.Scale(mean[:cols], inv)
	t := get()
	t.x, t.mean, t.cols = x[:rows*cols], mean[:cols], cols
	blocks := (rows + block - 1) / block
	t.y = t.zeros(blocks * cols)
	t.run(batchVarRows, rows, block)
	reduce.SumCols(variance[:cols], t.y, blocks, cols, false)
	put(t)
	vec.Scale(variance[:cols], inv)
}

func batchVarRows(t *task, lo, hi int) {
	dst := t.row(t.y, lo/block)
	for r := lo; r < hi; r++ {
		t.k.colSqDev(dst, t.row(t.x, r), t.mean)
	}
}

// InvStd computes rstd = 1 / √(variance + eps).
func InvStd(rstd, variance []float32, eps float32) {
	for i := range rstd {
		rstd[i] = invRoot(variance[i], eps)
	}
}

// BatchNorm normalises the columns of x [rows cols] with given statistics, the batch's in training and the running
// ones in inference:
//
//	y = (x − mean)·rstd·gamma + beta
//
// gamma and beta are [cols] or nil; beta needs gamma.
func BatchNorm(y, x, mean, rstd, gamma, beta []float32, rows, cols int) {
	t := get()
	t.y, t.x, t.cols = y[:rows*cols], x[:rows*cols], cols
	fold := t.zeros(2 * cols)
	t.gamma, t.beta = fold[:cols], fold[cols:]
	for j := range cols {
		scale, shift := rstd[j], float32(0)
		if gamma != nil {
			scale *= gamma[j]
		}
		if beta != nil {
			shift = beta[j]
		}
		t.gamma[j], t.beta[j] = scale, shift-mean[j]*scale
	}
	t.run(batchNormRows, rows, groups(cols))
	put(t)
}

func batchNormRows(t *task, lo, hi int) {
	for r := lo; r < hi; r++ {
		t.k.columns(t.row(t.y, r), t.row(t.x, r), t.gamma, t.beta)
	}
}

// BatchNormParamGrad computes ggamma = Σᵢ g·x̂ and gbeta = Σᵢ g, where x̂ = (x − mean)·rstd. Both are needed, by
// BatchNormGrad too.
func BatchNormParamGrad(ggamma, gbeta, g, x, mean, rstd []float32, rows, cols int) {
	t := get()
	t.g, t.x, t.mean, t.rstd, t.cols = g[:rows*cols], x[:rows*cols], mean[:cols], rstd[:cols], cols
	blocks := (rows + block - 1) / block
	sums := t.zeros(2 * blocks * cols)
	t.ggamma, t.gbeta = sums[:blocks*cols], sums[blocks*cols:]
	t.run(batchParamRows, rows, block)
	t.merge(ggamma, gbeta, blocks, false, false)
	put(t)
}

func batchParamRows(t *task, lo, hi int) {
	ggamma, gbeta := t.row(t.ggamma, lo/block), t.row(t.gbeta, lo/block)
	for r := lo; r < hi; r++ {
		t.k.colParams(ggamma, gbeta, t.row(t.g, r), t.row(t.x, r), t.mean, t.rstd)
	}
}

// BatchNormGrad computes the gradient of x through the batch's statistics, from what BatchNormParamGrad gives, or
// adds it to gx if acc is true:
//
//	gx = gamma·rstd·(g − gbeta/rows − x̂·ggamma/rows)
//
// gamma may be nil. In inference the statistics are constants: gx = g·gamma·rstd, which is this with ggamma and
// gbeta zero.
func BatchNormGrad(gx, g, x, mean, rstd, gamma, ggamma, gbeta []float32, rows, cols int, acc bool) {
	t := get()
	t.y, t.g, t.x, t.mean, t.rstd, t.cols = gx[:rows*cols], g[:rows*cols], x[:rows*cols], mean[:cols], rstd[:cols], cols
	t.gamma, t.ggamma, t.gbeta, t.acc = orOnes(gamma, t.zeros(cols)), ggamma[:cols], gbeta[:cols], acc
	t.inv = 1 / float32(rows)
	t.run(batchNormGradRows, rows, groups(cols))
	put(t)
}

func batchNormGradRows(t *task, lo, hi int) {
	grad := t.k.colGrad
	if t.acc {
		grad = t.k.colGradAcc
	}
	for r := lo; r < hi; r++ {
		grad(t.row(t.y, r), t.row(t.g, r), t.row(t.x, r), t.mean, t.rstd, t.gamma, t.ggamma, t.gbeta, t.inv)
	}
}
