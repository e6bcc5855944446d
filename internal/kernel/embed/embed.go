// Package embed gathers rows of a table by their numbers, and adds rows back into it.
package embed

import (
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// ID is a row's number.
type ID interface{ int32 | int64 }

const (
	piece   = 16384 // elements that a worker gathers at a time
	columns = 64    // columns that a worker adds into: four cache lines
)

// task is a call cut into pieces. One of the lists of ids is set.
type task struct {
	out, in []float32
	ids32   []int32
	ids64   []int64
	dim     int
	rows    int // ids a piece, for gathering; 0 for adding
}

var tasks parallel.Free[task]

// Run does piece i.
func (t *task) Run(i int) {
	switch {
	case t.rows > 0 && t.ids64 != nil:
		gather(t.out, t.in, t.ids64, t.dim, i*t.rows, min((i+1)*t.rows, len(t.ids64)))
	case t.rows > 0:
		gather(t.out, t.in, t.ids32, t.dim, i*t.rows, min((i+1)*t.rows, len(t.ids32)))
	case t.ids64 != nil:
		scatter(t.out, t.in, t.ids64, t.dim, i*columns, min((i+1)*columns, t.dim))
	default:
		scatter(t.out, t.in, t.ids32, t.dim, i*columns, min((i+1)*columns, t.dim))
	}
}

func run[I ID](out, in []float32, ids []I, dim, rows, pieces int) {
	t := tasks.Get()
	*t = task{out: out, in: in, dim: dim, rows: rows}
	switch ids := any(&ids).(type) {
	case *[]int32:
		t.ids32 = *ids
	case *[]int64:
		t.ids64 = *ids
	}
	parallel.For(pieces, t)
	*t = task{}
	tasks.Put(t)
}

// Gather computes dst[i] = table[ids[i]], for dst [len(ids) dim] and table [V dim]. An id outside the table panics:
// see Check.
func Gather[I ID](dst, table []float32, ids []I, dim int) {
	if dim == 0 || len(ids) == 0 {
		return
	}
	rows := max(1, piece/dim)
	run(dst, table, ids, dim, rows, (len(ids)+rows-1)/rows)
}

func gather[I ID](dst, table []float32, ids []I, dim, lo, hi int) {
	for i := lo; i < hi; i++ {
		id := int(ids[i])
		copy(dst[i*dim:(i+1)*dim], table[id*dim:(id+1)*dim])
	}
}

// ScatterAdd computes table[ids[i]] += g[i] for i = 0, 1, …, for g [len(ids) dim] and table [V dim]: the backward
// of Gather. The work is cut by columns, so that every element is added to in the order of ids, whatever the workers.
func ScatterAdd[I ID](table, g []float32, ids []I, dim int) {
	if dim == 0 || len(ids) == 0 {
		return
	}
	if len(ids)*dim <= piece {
		scatter(table, g, ids, dim, 0, dim)
		return
	}
	run(table, g, ids, dim, 0, (dim+columns-1)/columns)
}

func scatter[I ID](table, g []float32, ids []I, dim, lo, hi int) {
	for i, id := range ids {
		from := g[i*dim+lo : i*dim+hi]
		vec.AddTo(table[int(id)*dim+lo:][:len(from)], from)
	}
}

// Check returns the position of the first id that is not in [0, n), or −1.
func Check[I ID](ids []I, n int) int {
	for i, id := range ids {
		if id < 0 || int64(id) >= int64(n) {
			return i
		}
	}
	return -1
}
