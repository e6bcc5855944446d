package norm

import (
	"fmt"
	"testing"

	"github.com/ingot-ml/ingot/internal/parallel"
)

// BenchmarkNorm reports the bytes read and written over [16384 1024] in GB/s, beside memmove's with as many threads.
func BenchmarkNorm(b *testing.B) {
	const rows, cols, n = 16384, 1024, 16384 * 1024
	x, y, g := aligned(n, 1), make([]float32, n), aligned(n, 2)
	gamma, beta, mean, rstd := random(cols, 3), random(cols, 4), make([]float32, rows), make([]float32, rows)
	ggamma, gbeta := make([]float32, cols), make([]float32, cols)
	LayerNorm(y, mean, rstd, x, gamma, beta, rows, cols, 1e-5)
	for _, f := range []struct {
		name    string
		streams int // arrays of x's size read or written
		do      func()
	}{
		{"memmove", 2, func() { parallel.For(64, move{y, x}) }},
		{"LayerNorm", 2, func() { LayerNorm(y, mean, rstd, x, gamma, beta, rows, cols, 1e-5) }},
		{"LayerNormGrad", 3, func() { LayerNormGrad(Grads{X: y, Gamma: ggamma, Beta: gbeta}, g, x, mean, rstd, gamma, rows, cols) }},
		{"RMSNorm", 2, func() { RMSNorm(y, rstd, x, gamma, rows, cols, 1e-5) }},
		{"RMSNormGrad", 3, func() { RMSNormGrad(Grads{X: y, Gamma: ggamma}, g, x, rstd, gamma, rows, cols) }},
	} {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/threads=%d", f.name, threads), func(b *testing.B) {
				defer parallel.SetWorkers(parallel.SetWorkers(threads))
				b.SetBytes(int64(4 * n * f.streams))
				for b.Loop() {
					f.do()
				}
			})
		}
	}
}

// move copies x to y, a 64th at a time.
type move struct{ y, x []float32 }

// Run copies part i.
func (m move) Run(i int) {
	n := len(m.x) / 64
	copy(m.y[i*n:(i+1)*n], m.x[i*n:(i+1)*n])
}

// aligned is random in memory of its own, which begins at a page as a tape's does at a cache line.
func aligned(n int, seed uint64) []float32 {
	x := make([]float32, n)
	copy(x, random(n, seed))
	return x
}
