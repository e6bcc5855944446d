package vec

import (
	"fmt"
	"testing"

	"github.com/ingot-ml/ingot/internal/parallel"
)

// BenchmarkVec reports ns an element in cache (one worker, 4096 elements) and GB/s out of it, beside memmove.
func BenchmarkVec(b *testing.B) {
	for _, f := range []struct {
		name  string
		bytes int // an element
		do    func(dst, x, y []float32)
	}{
		{"memmove", 8, func(dst, x, y []float32) { copy(dst, x) }},
		{"Add", 12, Add},
		{"Mul", 12, Mul},
		{"ReLU", 8, func(dst, x, y []float32) { ReLU(dst, x) }},
		{"ReLUGrad", 12, func(dst, x, y []float32) { ReLUGrad(dst, x, y, false) }},
		{"Exp", 8, func(dst, x, y []float32) { Exp(dst, x) }},
		{"Log", 8, func(dst, x, y []float32) { Log(dst, x) }},
		{"Tanh", 8, func(dst, x, y []float32) { Tanh(dst, x) }},
		{"Sigmoid", 8, func(dst, x, y []float32) { Sigmoid(dst, x) }},
		{"NonFinite", 4, func(dst, x, y []float32) { NonFinite(x) }},
	} {
		for _, n := range []int{10, 4096, 1 << 24} {
			b.Run(fmt.Sprintf("%s/%d", f.name, n), func(b *testing.B) {
				if n < piece {
					defer parallel.SetWorkers(parallel.SetWorkers(1))
				}
				dst, x, y := make([]float32, n), make([]float32, n), make([]float32, n)
				for i := range x {
					x[i], y[i] = float32(i%977)/100, float32(i%13)-6
				}
				b.SetBytes(int64(n * f.bytes))
				for b.Loop() {
					f.do(dst, x, y)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/elem")
			})
		}
	}
}
