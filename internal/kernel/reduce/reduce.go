// Package reduce has the kernels that make one number of many: sums, maxima, dot products.
//
// A sum runs in a fixed order, whatever the workers and whatever the vector width. Along contiguous elements it is
// cut into pieces; within a piece element i goes to lane i mod 16, and the lanes are added as a tree, lane j with
// lane j+8, then j+4, j+2, j+1; the sums of the pieces are added in their order, in float64. Across rows, blocks of
// rows are added row by row, then the blocks, in their order. AVX2 and AVX-512 give the same bits.
//
// Axis functions see x as [outer n inner], contiguous, and reduce n: SumRows is inner = 1, SumCols is outer = 1.
package reduce

import (
	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// piece is the number of contiguous elements that a worker does at a time.
const piece = 16384

// table has the leaf loops of one instruction set.
type table struct {
	sum    func(x []float32) float32
	max    func(x []float32) float32
	sumSq  func(x []float32) float64
	dot    func(x, y []float32) float64
	sumCol func(dst, x []float32, rows, stride int, acc bool)
	maxCol func(dst, x []float32, rows, stride int)
}

func active() *table { return &levels[cpu.Active()] }

// task is a call cut into pieces of per units out of n. do is a plain function, so that nothing is allocated.
type task struct {
	do            func(t *task, lo, hi int)
	n, per        int
	k             *table
	dst, x, y, g  []float32
	ids           []int32
	parts         []float64 // a sum for each piece
	rows          []float32 // a row of sums for each block of rows
	length, inner int       // the axis that is reduced, and what lies inside it
	strips, block int       // columns and rows that a leaf call adds
	acc           bool
}

var tasks parallel.Free[task]

// Run does piece i.
func (t *task) Run(i int) { t.do(t, i*t.per, min((i+1)*t.per, t.n)) }

// run does all pieces of t.
func (t *task) run() { parallel.For((t.n+t.per-1)/t.per, t) }

// get returns a task whose scratch is kept from earlier calls.
func get() *task {
	t := tasks.Get()
	*t = task{parts: t.parts[:0], rows: t.rows[:0], k: active()}
	return t
}

func put(t *task) {
	*t = task{parts: t.parts, rows: t.rows}
	tasks.Put(t)
}

// grow returns s with length n; what it holds is not kept.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func pieces(n int) int { return (n + piece - 1) / piece }

// groups is how many rows of n elements make up a piece.
func groups(n int) int { return max(1, piece/max(1, n)) }
