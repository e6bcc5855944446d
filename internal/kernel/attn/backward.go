package attn

import (
	"github.com/ingot-ml/ingot/internal/kernel/gemm"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/internal/parallel"
)

const (
	rowsBackward = 96  // queries of a block
	keysBackward = 128 // keys of a block
)

// backward is a call of Backward on its way. A piece is one head of keys with the heads of queries that look at it.
type backward struct{ p *Params }

var backwards parallel.Free[backward]

// Backward computes the gradients that have Data, from Out, LSE and GOut.
func Backward(p *Params) {
	t := backwards.Get()
	t.p = p
	parallel.For(p.Batch*p.KVHeads, t)
	*t = backward{}
	backwards.Put(t)
}

// head is what a piece works on: one head of keys, and one of queries at a time. Matrices are packed in panels, or have
// width columns.
type head struct {
	p          *Params
	t          *gemm.Tiles
	args       *rowArgs
	width      int
	b, h       int
	kT, vT     []float32 // panels of keys, D rows each
	k, q, g    []float32 // panels of D, a row each key, query, gradient of the output
	gq, gk, gv []float32 // sums
	delta      []float32 // Σ output·gradient of each query
	s, ds      []float32
	ld         int
}

// Run computes piece i.
func (t *backward) Run(i int) {
	p := t.p
	sc := scratches.Get()
	sc.tiles.Start()
	var x head
	x.p, x.t, x.args = p, &sc.tiles, &sc.args
	x.place(sc)
	b, kv := i/p.KVHeads, i%p.KVHeads
	x.b = b
	group := p.Heads / p.KVHeads
	if p.Keys > 0 {
		x.t.PackTurned(x.kT, p.Key.at(b, kv, 0), p.Key.T, p.D, p.Keys)
		x.t.PackTurned(x.vT, p.Value.at(b, kv, 0), p.Value.T, p.D, p.Keys)
		x.t.Pack(x.k, p.Key.at(b, kv, 0), p.Key.T, p.Keys, p.D)
	}
	clear(x.gk)
	clear(x.gv)
	for x.h = kv * group; x.h < (kv+1)*group; x.h++ {
		x.run()
		give(&p.GQuery, p.AddQ, x.gq, x.width, b, x.h, p.Queries, p.D)
	}
	give(&p.GKey, p.AddK, x.gk, x.width, b, kv, p.Keys, p.D)
	give(&p.GVal, p.AddVal, x.gv, x.width, b, kv, p.Keys, p.D)
	sc.args = rowArgs{}
	scratches.Put(sc)
}

// place cuts the scratch memory.
func (x *head) place(sc *scratch) {
	p := x.p
	x.width, x.ld = roundUp(p.D, x.t.Cols()), keysBackward+line
	turned := roundUp(p.Keys, x.t.Cols()) * p.D
	keys, queries, table := p.Keys*x.width, p.Queries*x.width, rowsBackward*x.ld
	sc.take(2*turned, 3*keys, 3*queries, p.Queries, 2*table)
	rest := sc.buf
	cut := func(n int) []float32 {
		r := rest[:n:n]
		rest = rest[n:]
		return r
	}
	x.kT, x.vT = cut(turned), cut(turned)
	x.k, x.gk, x.gv = cut(keys), cut(keys), cut(keys)
	x.q, x.g, x.gq = cut(queries), cut(queries), cut(queries)
	x.delta, x.s, x.ds = cut(p.Queries), cut(table), cut(table)
}

// run adds one head of queries to the sums.
func (x *head) run() {
	p := x.p
	clear(x.gq)
	if p.Queries == 0 || p.Keys == 0 {
		return
	}
	x.t.Pack(x.q, p.Query.at(x.b, x.h, 0), p.Query.T, p.Queries, p.D)
	x.t.Pack(x.g, p.GOut.at(x.b, x.h, 0), p.GOut.T, p.Queries, p.D)
	for i := range x.delta {
		x.delta[i] = float32(reduce.Dot(p.Out.at(x.b, x.h, i)[:p.D], p.GOut.at(x.b, x.h, i)[:p.D]))
	}
	for key := 0; key < p.Keys; key += keysBackward {
		for row := 0; row < p.Queries; row += rowsBackward {
			rows := min(rowsBackward, p.Queries-row)
			keys := min(keysBackward, p.Keys-key, p.seen(row+rows-1)-key)
			if keys <= 0 {
				continue
			}
			x.block(&scores{data: x.s, ld: x.ld, b: x.b, h: x.h, row: row, key: key, rows: rows, keys: keys})
		}
	}
}

// block adds one block of scores to the sums.
func (x *head) block(s *scores) {
	p, cols := x.p, x.t.Cols()
	product := gemm.Block{
		Rows: s.rows, Panels: (s.keys + cols - 1) / cols, K: p.D,
		A: p.Query.at(x.b, x.h, s.row), ARow: p.Query.T, AK: 1,
		B: x.kT[s.key*p.D:], BK: cols, BPanel: p.D * cols,
		C: s.data, LDC: s.ld,
	}
	p.lower(x.t, s, &product)
	product.A, product.ARow = p.GOut.at(x.b, x.h, s.row), p.GOut.T
	product.B, product.C = x.vT[s.key*p.D:], x.ds
	p.lower(x.t, s, &product)
	p.rowArgs(s, x.args)
	at := (x.b*p.Heads+x.h)*p.Queries + s.row
	x.args.ds, x.args.m, x.args.l = &x.ds[0], &p.LSE[at], &x.delta[s.row]
	active().grad(x.args)
	if p.GQuery.Data != nil {
		product = gemm.Block{
			Rows: s.rows, Panels: x.width / cols, K: s.keys,
			A: x.ds, ARow: x.ld, AK: 1,
			B: x.k[s.key*cols:], BK: cols, BPanel: p.Keys * cols,
			C: x.gq[s.row*x.width:], LDC: x.width, Add: true,
		}
		p.left(x.t, s, &product)
	}
	if p.GVal.Data != nil {
		x.turned(s, x.s, x.g, x.gv)
	}
	if p.GKey.Data != nil {
		x.turned(s, x.ds, x.q, x.gk)
	}
}

// turned adds the transposed block a times the rows of b, a row each query, to c, a row each key.
func (x *head) turned(s *scores, a, b, c []float32) {
	p, cols := x.p, x.t.Cols()
	product := gemm.Block{
		Rows: s.keys, Panels: x.width / cols, K: s.rows,
		A: a, ARow: 1, AK: x.ld,
		B: b[s.row*cols:], BK: cols, BPanel: p.Queries * cols,
		C: c[s.key*x.width:], LDC: x.width, Add: true,
	}
	if p.seen(s.row) >= s.key+s.keys {
		x.t.Mul(&product)
		return
	}
	all := product
	for from := 0; from < s.keys; from += x.t.Rows() {
		first := s.firstRow(p, from, 1)
		if first >= s.rows {
			break
		}
		product.Rows, product.K = min(x.t.Rows(), s.keys-from), s.rows-first
		product.A, product.B, product.C = all.A[first*x.ld+from:], all.B[first*cols:], all.C[from*x.width:]
		x.t.Mul(&product)
	}
}

// give writes the sums of one head to its gradient, or adds them.
func give(dst *View, add bool, sums []float32, width, b, h, rows, d int) {
	if dst.Data == nil {
		return
	}
	for i := range rows {
		y, x := dst.at(b, h, i)[:d], sums[i*width:][:d]
		if add {
			vec.AddTo(y, x)
		} else {
			copy(y, x)
		}
	}
}
