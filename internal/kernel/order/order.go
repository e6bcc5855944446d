// Package order sorts the rows of a matrix and takes their largest or smallest elements.
//
// The order is total: NaN counts as the largest, −0 equals 0, and of equals the one that comes first in the row comes first.
package order

import (
	"math"
	"slices"

	"github.com/ingot-ml/ingot/internal/parallel"
)

// piece is the number of elements that a worker does at a time, or a whole row.
const piece = 8192

// task is a call cut into groups of rows.
type task struct {
	values, x []float32
	ids       []int32
	n, k, per int
	rows      int
	largest   bool
	keys      parallel.Free[[]uint64]
}

var tasks parallel.Free[task]

// Sort puts the first k elements of each row of x [rows n], in order, into values [rows k], and their places in the row into
// ids [rows k]: the largest first, or the smallest.
func Sort(values []float32, ids []int32, x []float32, rows, n, k int, largest bool) {
	t := tasks.Get()
	t.values, t.ids, t.x = values[:rows*k], ids[:rows*k], x[:rows*n]
	t.rows, t.n, t.k, t.largest, t.per = rows, n, k, largest, max(1, piece/max(1, n))
	parallel.For((rows+t.per-1)/t.per, t)
	t.values, t.ids, t.x = nil, nil, nil
	tasks.Put(t)
}

// Run does group i of the rows.
func (t *task) Run(i int) {
	keys := t.keys.Get()
	for r := i * t.per; r < min((i+1)*t.per, t.rows); r++ {
		x := t.x[r*t.n : (r+1)*t.n]
		*keys = first((*keys)[:0], x, t.k, t.largest)
		for j, key := range *keys {
			id := int32(uint32(key))
			t.ids[r*t.k+j], t.values[r*t.k+j] = id, x[id]
		}
	}
	t.keys.Put(keys)
}

// first returns the k smallest keys of x, sorted. It holds at most 2k at a time: when there are so many, the larger half goes,
// and no later key above what is left is taken.
func first(keys []uint64, x []float32, k int, largest bool) []uint64 {
	limit := uint64(math.MaxUint64)
	for i, v := range x {
		key := uint64(rank(v, largest))<<32 | uint64(i)
		if key >= limit {
			continue
		}
		if keys = append(keys, key); len(keys) == 2*k && k < len(x) {
			slices.Sort(keys)
			keys = keys[:k]
			limit = keys[k-1]
		}
	}
	slices.Sort(keys)
	return keys[:k]
}

// rank maps floats to integers of the same order, or of the opposite.
func rank(v float32, opposite bool) uint32 {
	b := math.Float32bits(v + 0) // −0 becomes 0
	switch {
	case v != v:
		b = math.MaxUint32
	case b>>31 != 0:
		b = ^b
	default:
		b |= 1 << 31
	}
	if opposite {
		return ^b
	}
	return b
}

// Scatter computes gx [rows n] with g [rows k] at the places ids [rows k] of each row and 0 elsewhere, or adds it to gx if acc
// is true.
func Scatter(gx, g []float32, ids []int32, rows, n, k int, acc bool) {
	if !acc {
		clear(gx[:rows*n])
	}
	for r := range rows {
		for j, id := range ids[r*k : (r+1)*k] {
			gx[r*n+int(id)] += g[r*k+j]
		}
	}
}
