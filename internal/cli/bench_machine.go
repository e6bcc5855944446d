package cli

import (
	"fmt"

	"github.com/ingot-ml/ingot/internal/kernel/gemm"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// machine measures the limits: multiply-adds and memory bandwidth.
func (b *bench) machine() error {
	for _, t := range threadCounts() {
		if name := fmt.Sprintf("machine/fma/%d", t); b.wants(name) && b.peak(t) > 0 {
			b.add(measured{Name: name, Value: b.peak(t) / 1e9, Unit: "GFLOP/s"})
		}
	}
	for _, t := range threadCounts() {
		if name := fmt.Sprintf("machine/copy/%d", t); b.wants(name) {
			b.add(measured{Name: name, Value: b.bandwidth(t) / 1e9, Unit: "GB/s", Note: "read and written"})
		}
	}
	return nil
}

// copied is a copy of memory in pieces.
type copied struct{ dst, src []float32 }

const copyPiece = 1 << 18 // elements: 1 MB

func (c *copied) Run(i int) {
	copy(c.dst[i*copyPiece:(i+1)*copyPiece], c.src[i*copyPiece:(i+1)*copyPiece])
}

// bandwidth is that of a copy of 256 MB, bytes read and bytes written a second, measured once.
func (b *bench) bandwidth(threads int) float64 {
	if _, ok := b.band[threads]; !ok {
		const n = 1 << 26
		c := &copied{make([]float32, n), make([]float32, n)}
		onThreads(threads, func() {
			b.band[threads] = 8 * n / timed(func() { parallel.For(n/copyPiece, c) }).Seconds()
		})
	}
	return b.band[threads]
}

// product is a GEMM row: C [M N] = A [M K] · B [K N], where either may be held transposed.
type product struct {
	m, k, n        int
	transA, transB bool
}

var (
	cubes = []int{64, 128, 256, 512, 1024, 2048}
	// transposed are a cube's other layouts.
	transposed = []struct {
		suffix string
		a, b   bool
	}{{"-nt", false, true}, {"-tn", true, false}, {"-tt", true, true}}
	// skinny are the products of the reference job, in its layouts: forward, and the gradients of weights and of h.
	skinny = []product{
		{64, 784, 500, false, true}, {64, 500, 10, false, true}, {500, 64, 784, true, false}, {64, 10, 500, false, false}, {10, 64, 500, true, false},
	}
)

// leastTransposed is the smallest cube measured in every layout.
const leastTransposed = 256

func (b *bench) gemm() error {
	for _, t := range threadCounts() {
		for _, n := range cubes {
			b.product(fmt.Sprintf("gemm/%d/%d", n, t), product{m: n, k: n, n: n}, t)
			for _, l := range transposed {
				if n >= leastTransposed {
					b.product(fmt.Sprintf("gemm/%d%s/%d", n, l.suffix, t), product{n, n, n, l.a, l.b}, t)
				}
			}
		}
		for _, p := range skinny {
			b.product(fmt.Sprintf("gemm/%dx%dx%d/%d", p.m, p.k, p.n, t), p, t)
		}
	}
	return nil
}

func (b *bench) product(name string, p product, threads int) {
	if !b.wants(name) {
		return
	}
	params := &gemm.Params{
		M: p.m, N: p.n, K: p.k, LDC: p.n, C: make([]float32, p.m*p.n),
		A: operand(p.m, p.k, p.transA), B: operand(p.k, p.n, p.transB),
	}
	onThreads(threads, func() {
		rate := 2 * float64(p.m*p.k*p.n) / timed(func() { gemm.Mul(params) }).Seconds()
		b.add(measured{Name: name, Value: rate / 1e9, Unit: "GFLOP/s", OfPeak: ofLimit(rate, b.peak(threads))})
	})
}

// operand makes a matrix of small numbers.
func operand(rows, cols int, trans bool) gemm.Matrix {
	m := gemm.Matrix{Data: make([]float32, rows*cols), Stride: cols, Trans: trans}
	if trans {
		m.Stride = rows
	}
	for i := range m.Data {
		m.Data[i] = float32(i%17)/16 - 0.5
	}
	return m
}
