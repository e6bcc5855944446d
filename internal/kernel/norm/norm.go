// Package norm has the kernels of the normalisation layers: LayerNorm and RMSNorm over rows, BatchNorm over columns.
//
// Sums run in a fixed order whatever the workers, and AVX2 and AVX-512 give the same bits.
package norm

import (
	"unsafe"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

const (
	piece  = 16384   // elements that a worker does at a time, or a whole row
	block  = 64      // rows whose parameter gradients are added before the blocks are
	inL1   = 1024    // elements that a leaf call does at a time, or a row: the next leaf finds them in the nearest cache
	beyond = 1 << 22 // elements of a result that is written past the caches: 16 MB, which nobody finds there later
)

// table has the leaf loops of one instruction set. Those of the first group do as many rows as mean or the first operand has
// elements; a row is as long as gamma, or like.
type table struct {
	sums      func(dst, x, like []float32)                      // Σ x
	sqDevs    func(dst, x, mean, like []float32)                // Σ (x − mean)²
	normalize func(y, x, gamma, beta, mean, rstd []float32)     // x̂·γ + β, with x̂ = (x − mean)·rstd
	dots      func(a, b, g, x, gamma, mean, rstd []float32)     // Σ g·γ, Σ g·γ·x̂
	grad      func(gx, g, x, gamma, mean, rstd, a, b []float32) // rstd·(g·γ − a − x̂·b)
	gradAcc   func(gx, g, x, gamma, mean, rstd, a, b []float32) //
	params    func(ggamma, gbeta, g, x, mean, rstd []float32)   // += Σ g·x̂, += Σ g

	// The same past the caches, for rows aligned to 64 bytes; fence has them seen by other cores.
	normalizePast func(y, x, gamma, beta, mean, rstd []float32)
	gradPast      func(gx, g, x, gamma, mean, rstd, a, b []float32)
	fence         func()

	columns    func(y, x, scale, shift []float32)                                      // y = x·scale + shift
	colParams  func(ggamma, gbeta, g, x, mean, rstd []float32)                         // += g·x̂, += g
	colSqDev   func(dst, x, mean []float32)                                            // += (x − mean)²
	colGrad    func(gx, g, x, mean, rstd, gamma, ggamma, gbeta []float32, inv float32) // see BatchNormGrad
	colGradAcc func(gx, g, x, mean, rstd, gamma, ggamma, gbeta []float32, inv float32) //
}

func active() *table { return &levels[cpu.Active()] }

// task is a call cut into groups of rows. do is a plain function, so that nothing is allocated.
type task struct {
	do                   func(t *task, lo, hi int)
	n, per, cols         int
	k                    *table
	y, x, g, gamma, beta []float32
	mean, rstd           []float32
	ggamma, gbeta        []float32
	a, b                 []float32 // sums of a gradient's rows
	none                 []float32 // block zeros: the means of rows that aren't centred
	scratch              []float32
	eps, inv             float32 // added to variances; 1/rows
	acc, centred, past   bool
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

// page is how many elements apart addresses are that look alike to what orders loads and stores: a load waits for a store on its
// way to such a place. Rows of 1024 elements begin at such places, and so would all of a layer's memory.
const page = 1024

// apart returns n elements of room, which has a page more, that begin nth quarters of a page from where x's rows do.
func (t *task) apart(room []float32, nth, n int) []float32 {
	of := func(x []float32) int { return int(uintptr(unsafe.Pointer(unsafe.SliceData(x))) / 4 % page) }
	at := (of(t.x) + nth*page/4 - of(room) + page) % page
	return room[at:][:n]
}

// orOnes returns a copy of gamma in dst, or ones where a layer has none.
func orOnes(gamma, dst []float32) []float32 {
	if gamma != nil {
		copy(dst, gamma)
		return dst
	}
	for i := range dst {
		dst[i] = 1
	}
	return dst
}

// take returns the first n elements of a slice and the rest.
func take(x []float32, n int) (first, rest []float32) { return x[:n:n], x[n:] }

func (t *task) row(x []float32, r int) []float32 { return t.rows(x, r, r+1) }

func (t *task) rows(x []float32, lo, hi int) []float32 { return x[lo*t.cols : hi*t.cols] }

// together is how many rows a leaf call does.
func (t *task) together() int { return min(max(1, inL1/max(1, t.cols)), block) }

// writesPast says whether rows of y should be written past the caches, and can.
func (t *task) writesPast() bool {
	return len(t.y) >= beyond && t.cols%16 == 0 && uintptr(unsafe.Pointer(&t.y[0]))%64 == 0
}
