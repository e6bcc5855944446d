package gemm

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ingot-ml/ingot/internal/parallel"
)

// BenchmarkMul reports the best call's GFLOP/s and its share of the FMA peak, measured beside it.
func BenchmarkMul(b *testing.B) {
	type job struct {
		m, n, k int
		ta, tb  bool
	}
	jobs := []job{
		{64, 500, 784, false, true}, {500, 784, 64, true, false},
		{64, 10, 500, false, true}, {10, 500, 64, true, false}, {64, 500, 10, false, false},
	}
	for _, n := range []int{64, 128, 256, 512, 1024, 2048} {
		for f := range 4 {
			jobs = append(jobs, job{n, n, n, f&1 != 0, f&2 != 0})
		}
	}
	for _, j := range jobs {
		for threads := 1; threads <= 2; threads++ {
			b.Run(fmt.Sprintf("%dx%dx%d/A%v/B%v/%d", j.m, j.k, j.n, sign(j.ta), sign(j.tb), threads), func(b *testing.B) {
				defer parallel.SetWorkers(parallel.SetWorkers(threads))
				r := rand.New(rand.NewPCG(1, 2))
				p := Params{M: j.m, N: j.n, K: j.k, A: matrix(r, j.m, j.k, j.ta), B: matrix(r, j.k, j.n, j.tb), C: make([]float32, j.m*j.n), LDC: j.n}
				best := 0.0
				for b.Loop() {
					start := time.Now()
					Mul(&p)
					best = max(best, 2*float64(j.m*j.n*j.k)/time.Since(start).Seconds())
				}
				// The best call beside the best of the peak loop: other programs disturb both.
				b.ReportMetric(best/1e9, "GFLOP/s")
				if peak := PeakFLOPS(threads); peak > 0 {
					b.ReportMetric(100*best/peak, "%peak")
				}
			})
		}
	}
}

func matrix(r *rand.Rand, rows, cols int, t bool) Matrix {
	if t {
		rows, cols = cols, rows
	}
	return Matrix{random(r, rows*cols), cols, t}
}

func sign(t bool) string {
	if t {
		return "t"
	}
	return "n"
}
