package vec

import (
	"fmt"
	"testing"

	"github.com/ingot-ml/ingot/internal/parallel"
)

// move copies x to y, a 64th at a time.
type move struct{ y, x []float32 }

// Run copies part i.
func (m move) Run(i int) {
	lo, hi := i*len(m.x)/64, (i+1)*len(m.x)/64
	copy(m.y[lo:hi], m.x[lo:hi])
}

// BenchmarkVec reports ns an element in cache (one worker, 4096 elements) and GB/s out of it ([16384 1024] elements), beside memmove.
func BenchmarkVec(b *testing.B) {
	none := Params{}
	for _, f := range []struct {
		name  string
		bytes int // an element
		do    func(dst, x, y []float32)
	}{
		{"memmove", 8, func(dst, x, y []float32) { parallel.For(64, move{dst, x}) }},
		{"Add", 12, Add},
		{"Mul", 12, Mul},
		{"ReLU", 8, func(dst, x, y []float32) { ReLU(dst, x) }},
		{"ReLUGrad", 12, func(dst, x, y []float32) { ReLUGrad(dst, x, y, false) }},
		{"Exp", 8, func(dst, x, y []float32) { Exp(dst, x) }},
		{"Log", 8, func(dst, x, y []float32) { Log(dst, x) }},
		{"Tanh", 8, func(dst, x, y []float32) { Tanh(dst, x) }},
		{"TanhGrad", 12, func(dst, x, y []float32) { TanhGrad(dst, x, y, false) }},
		{"Sigmoid", 8, func(dst, x, y []float32) { Sigmoid(dst, x) }},
		{"GELU", 8, func(dst, x, y []float32) { GELU.Map(dst, x, none) }},
		{"GELUGrad", 12, func(dst, x, y []float32) { GELU.Grad(dst, x, y, none, false) }},
		{"GELUTanh", 8, func(dst, x, y []float32) { GELUTanh.Map(dst, x, none) }},
		{"GELUTanhGrad", 12, func(dst, x, y []float32) { GELUTanh.Grad(dst, x, y, none, false) }},
		{"SiLU", 8, func(dst, x, y []float32) { SiLU.Map(dst, x, none) }},
		{"SiLUGrad", 12, func(dst, x, y []float32) { SiLU.Grad(dst, x, y, none, false) }},
		{"Mish", 8, func(dst, x, y []float32) { Mish.Map(dst, x, none) }},
		{"Softplus", 8, func(dst, x, y []float32) { Softplus.Map(dst, y, Params{1, 1}) }},
		{"ELU", 8, func(dst, x, y []float32) { ELU.Map(dst, y, Params{1, 1, 1}) }},
		{"Erf", 8, func(dst, x, y []float32) { Erf.Map(dst, y, none) }},
		{"Log1p", 8, func(dst, x, y []float32) { Log1p.Map(dst, x, none) }},
		{"Sin", 8, func(dst, x, y []float32) { Sin.Map(dst, x, none) }},
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
