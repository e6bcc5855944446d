package softmax

import (
	"math"

	"github.com/ingot-ml/ingot/internal/kernel/reduce"
)

// LogSumExp computes y[i] = mᵢ + ln Σₖ exp(x[i, k] − mᵢ), where mᵢ is the row's largest element, and mᵢ itself where that is
// infinite or NaN.
func LogSumExp(y, x []float32, rows, cols int) {
	t := get()
	t.dst, t.x = y[:rows], x[:rows*cols]
	t.run(logSumExpRows, rows, cols)
	put(t)
}

func logSumExpRows(t *task, lo, hi int) {
	for r := lo; r < hi; r++ {
		x := t.row(t.x, r)
		m := reduce.Max(x)
		if m-m == 0 {
			m += log(t.sumExp(x, m))
		}
		t.dst[r] = m
	}
}

// LogSumExpGrad computes gx[i, j] = g[i]·exp(x[i, j] − y[i]) for y = LogSumExp(x), or adds that to gx if acc is true. It is 0
// where y is −Inf.
func LogSumExpGrad(gx, g, x, y []float32, rows, cols int, acc bool) {
	t := get()
	t.dst, t.stats, t.x, t.y, t.acc = gx[:rows*cols], g[:rows], x[:rows*cols], y[:rows], acc
	t.run(logSumExpGradRows, rows, cols)
	put(t)
}

func logSumExpGradRows(t *task, lo, hi int) {
	for r := lo; r < hi; r++ {
		y := t.y[r]
		if math.IsInf(float64(y), -1) {
			y = 0
		}
		t.expMul(t.row(t.dst, r), t.row(t.x, r), y, t.stats[r])
	}
}
