// Package norm has the kernels of the normalisation layers: LayerNorm over rows, BatchNorm over columns.
//
// Sums run in a fixed order whatever the workers, and AVX2 and AVX-512 give the same bits.
package norm

import (
	"math"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// piece is the number of elements that a worker does at a time, or a whole row.
const piece = 16384

// block is the number of rows whose parameter gradients are added before the blocks are.
const block = 64

// table has the leaf loops of one instruction set; each does one row.
type table struct {
	sqDev      func(x []float32, mean float32) float32                                 // Σ (x − mean)²
	normalize  func(y, x, gamma, beta []float32, mean, rstd float32)                   // gamma, beta may be nil
	dots       func(g, x, gamma []float32, mean, rstd float32) (a, b float32)          // Σ g·γ, Σ g·γ·x̂
	grad       func(gx, g, x, gamma []float32, mean, rstd, a, b float32)               // rstd·(g·γ − a − x̂·b)
	gradAcc    func(gx, g, x, gamma []float32, mean, rstd, a, b float32)               //
	params     func(ggamma, gbeta, g, x []float32, mean, rstd float32)                 // += g·x̂, += g
	columns    func(y, x, scale, shift []float32)                                      // y = x·scale + shift
	colParams  func(ggamma, gbeta, g, x, mean, rstd []float32)                         // += g·x̂, += g
	colSqDev   func(dst, x, mean []float32)                                            // += (x − mean)²
	colGrad    func(gx, g, x, mean, rstd, gamma, ggamma, gbeta []float32, inv float32) // see BatchNormGrad
	colGradAcc func(gx, g, x, mean, rstd, gamma, ggamma, gbeta []float32, inv float32) //
}

func active() *table { return &levels[cpu.Active()] }

// task is a call cut into groups of rows. do is a plain function, so that nothing is allocated.
type task struct {
	do                     func(t *task, lo, hi int)
	n, per, cols           int
	k                      *table
	y, x, g, gamma, beta   []float32
	mean, rstd             []float32
	ggamma, gbeta, scratch []float32
	eps, inv               float32 // added to variances; 1/rows
	acc                    bool
}

var tasks parallel.Free[task]

// Run does piece i.
func (t *task) Run(i int) { t.do(t, i*t.per, min((i+1)*t.per, t.n)) }

// run does all n rows, per at a time.
func (t *task) run(do func(t *task, lo, hi int), n, per int) {
	t.do, t.n, t.per = do, n, per
	parallel.For((n+per-1)/per, t)
}

// groups is how many rows of cols elements make up a piece.
func groups(cols int) int { return max(1, piece/max(1, cols)) }

func get() *task {
	t := tasks.Get()
	*t = task{k: active(), scratch: t.scratch}
	return t
}

func put(t *task) {
	*t = task{scratch: t.scratch}
	tasks.Put(t)
}

// zeros returns n zeros that last until t is put back.
func (t *task) zeros(n int) []float32 {
	if cap(t.scratch) < n {
		t.scratch = make([]float32, n)
	}
	t.scratch = t.scratch[:n]
	clear(t.scratch)
	return t.scratch
}

// plain runs the Go loops where a layer lacks gamma or beta: the assembly wants them.
func (t *task) plain(lacks bool) {
	if lacks {
		t.k = &goTable
	}
}

func (t *task) row(x []float32, r int) []float32 { return x[r*t.cols : (r+1)*t.cols] }

// LayerNorm normalises each row of x [rows cols] and keeps its mean and 1/√(variance + eps), both [rows]:
//
//	y = (x − mean)·rstd·gamma + beta
//
// gamma and beta are [cols] or nil; beta needs gamma. The variance is the biased one, taken about the mean.
func LayerNorm(y, mean, rstd, x, gamma, beta []float32, rows, cols int, eps float32) {
	t := get()
	t.y, t.x, t.gamma, t.beta, t.cols, t.eps = y[:rows*cols], x[:rows*cols], gamma, beta, cols, eps
	t.mean, t.rstd = mean[:rows], rstd[:rows]
	t.plain(gamma == nil || beta == nil)
	t.run(layerNormRows, rows, groups(cols))
	put(t)
}

func layerNormRows(t *task, lo, hi int) {
	n := float32(t.cols)
	for r := lo; r < hi; r++ {
		x := t.row(t.x, r)
		mean := reduce.Sum(x) / n
		rstd := invRoot(t.k.sqDev(x, mean)/n, t.eps)
		t.mean[r], t.rstd[r] = mean, rstd
		t.k.normalize(t.row(t.y, r), x, t.gamma, t.beta, mean, rstd)
	}
}

// invRoot returns 1 / √(variance + eps).
func invRoot(variance, eps float32) float32 {
	return float32(1 / math.Sqrt(float64(variance)+float64(eps)))
}

// LayerNormGrad computes the gradient of x, or adds it to gx if acc is true. With x̂ = (x − mean)·rstd and h = g·gamma:
//
//	gx = rstd·(h − mean(h) − x̂·mean(h·x̂))
func LayerNormGrad(gx, g, x, mean, rstd, gamma []float32, rows, cols int, acc bool) {
	t := get()
	t.y, t.g, t.x, t.gamma, t.cols, t.acc = gx[:rows*cols], g[:rows*cols], x[:rows*cols], gamma, cols, acc
	t.mean, t.rstd = mean[:rows], rstd[:rows]
	t.plain(gamma == nil)
	t.run(layerNormGradRows, rows, groups(cols))
	put(t)
}

func layerNormGradRows(t *task, lo, hi int) {
	n := float32(t.cols)
	grad := t.k.grad
	if t.acc {
		grad = t.k.gradAcc
	}
	for r := lo; r < hi; r++ {
		g, x, mean, rstd := t.row(t.g, r), t.row(t.x, r), t.mean[r], t.rstd[r]
		a, b := t.k.dots(g, x, t.gamma, mean, rstd)
		grad(t.row(t.y, r), g, x, t.gamma, mean, rstd, a/n, b/n)
	}
}

// LayerNormParamGrad computes ggamma = Σᵢ g·x̂ and gbeta = Σᵢ g, or adds each to what is there if its acc is true.
// Either may be nil.
func LayerNormParamGrad(ggamma, gbeta, g, x, mean, rstd []float32, rows, cols int, accGamma, accBeta bool) {
	t := get()
	t.g, t.x, t.mean, t.rstd, t.cols = g[:rows*cols], x[:rows*cols], mean[:rows], rstd[:rows], cols
	blocks := (rows + block - 1) / block
	sums := t.zeros(2 * blocks * cols)
	t.ggamma, t.gbeta = sums[:blocks*cols], sums[blocks*cols:]
	t.run(layerNormParamRows, rows, block)
	t.merge(ggamma, gbeta, blocks, accGamma, accBeta)
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

func layerNormParamRows(t *task, lo, hi int) {
	ggamma, gbeta := t.row(t.ggamma, lo/block), t.row(t.gbeta, lo/block)
	for r := lo; r < hi; r++ {
		t.k.params(ggamma, gbeta, t.row(t.g, r), t.row(t.x, r), t.mean[r], t.rstd[r])
	}
}
