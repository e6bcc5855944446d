package attn

import (
	"math"

	"github.com/ingot-ml/ingot/internal/kernel/gemm"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/internal/parallel"
)

const (
	rowsForward = 96 // queries of a piece: with BlockK, scores of 96 KB, for the second cache
	fewQueries  = 8  // for so many, values are read in place where they can be
	line        = 16 // scores' rows are a multiple of BlockK and a cache line apart, so that they lie on different sets
)

// forward is a call of Forward on its way.
type forward struct {
	p            *Params
	width        int       // D, filled up to whole panels
	keys, values []float32 // packed, [batch KVHeads]
	inPlace      bool      // values aren't packed
	blocks       int       // of queries
	packing      bool
}

// scratch is the memory of a piece, forward or backward.
type scratch struct {
	tiles gemm.Tiles
	args  rowArgs
	buf   []float32
}

var (
	forwards  parallel.Free[forward]
	scratches parallel.Free[scratch]
)

// take returns memory for a piece, cut by the lengths.
func (sc *scratch) take(lengths ...int) {
	n := 0
	for _, l := range lengths {
		n += l
	}
	if len(sc.buf) < n {
		sc.buf = make([]float32, n)
	}
}

// WorkForward is how many floats Forward needs to work in.
func WorkForward(p *Params) int {
	var f forward
	f.plan(p)
	n := f.packedKeys()
	if !f.inPlace {
		n += f.packedValues()
	}
	return n * p.Batch * p.KVHeads
}

func (f *forward) plan(p *Params) {
	var t gemm.Tiles
	t.Start()
	f.p = p
	f.width = roundUp(p.D, t.Cols())
	f.inPlace = p.Queries <= fewQueries && f.width == p.D
	f.blocks = (p.Queries + rowsForward - 1) / rowsForward
	f.keys, f.values = nil, nil
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// packedKeys and packedValues are the sizes of one head's.
func (f *forward) packedKeys() int {
	var t gemm.Tiles
	t.Start()
	return roundUp(f.p.Keys, t.Cols()) * f.p.D
}

func (f *forward) packedValues() int { return f.p.Keys * f.width }

// Forward computes Out and LSE. work has WorkForward elements.
func Forward(p *Params, work []float32) {
	if p.Batch*p.Heads*p.Queries == 0 {
		return
	}
	f := forwards.Get()
	f.plan(p)
	if heads := p.Batch * p.KVHeads; p.Keys > 0 {
		f.keys, f.values = work[:heads*f.packedKeys()], work[heads*f.packedKeys():]
		f.packing = true
		parallel.For(heads, f)
	}
	f.packing = false
	parallel.For(p.Batch*p.Heads*f.blocks, f)
	*f = forward{}
	forwards.Put(f)
}

// Run packs the keys and values of head i, or computes piece i.
func (f *forward) Run(i int) {
	sc := scratches.Get()
	sc.tiles.Start()
	if f.packing {
		f.pack(sc, i)
	} else {
		// The last queries see the most keys: they come first.
		heads := f.p.Batch * f.p.Heads
		f.piece(sc, i%heads, f.blocks-1-i/heads)
	}
	scratches.Put(sc)
}

func (f *forward) pack(sc *scratch, i int) {
	p := f.p
	b, h := i/p.KVHeads, i%p.KVHeads
	sc.tiles.PackTurned(f.keys[i*f.packedKeys():], p.Key.at(b, h, 0), p.Key.T, p.D, p.Keys)
	if !f.inPlace {
		sc.tiles.Pack(f.values[i*f.packedValues():], p.Value.at(b, h, 0), p.Value.T, p.Keys, p.D)
	}
}

// piece computes one head's block of queries.
func (f *forward) piece(sc *scratch, head, block int) {
	p := f.p
	b, h := head/p.Heads, head%p.Heads
	row := block * rowsForward
	rows := min(rowsForward, p.Queries-row)
	sums, table := rows*f.width, rows*(BlockK+line)
	sc.take(sums, table, 3*rowsForward)
	o, s, stats := sc.buf[:sums], sc.buf[sums:sums+table], sc.buf[sums+table:]
	m, l, alpha := stats[:rows], stats[rowsForward:][:rows], stats[2*rowsForward:]
	clear(o)
	clear(l)
	vec.Fill(m, float32(math.Inf(-1)))
	keys := p.seen(row + rows - 1)
	for key := 0; key < keys; key += BlockK {
		x := scores{data: s, ld: BlockK + line, b: b, h: h, row: row, key: key, rows: rows, keys: min(BlockK, keys-key)}
		f.score(sc, &x)
		p.rowArgs(&x, &sc.args)
		sc.args.m, sc.args.l, sc.args.alpha = &m[0], &l[0], &alpha[0]
		active().softmax(&sc.args)
		if key > 0 {
			for r := range rows {
				if alpha[r] != 1 {
					vec.Scale(o[r*f.width:][:f.width], alpha[r])
				}
			}
		}
		f.add(sc, &x, o)
	}
	sc.args = rowArgs{}
	for r := range rows {
		lse, inverse := float32(0), float32(0)
		if l[r] != 0 {
			lse, inverse = m[r]+float32(math.Log(float64(l[r]))), 1/l[r]
		}
		p.LSE[head*p.Queries+row+r] = lse
		vec.MulScalar(p.Out.at(b, h, row+r)[:p.D], o[r*f.width:][:p.D], inverse)
	}
}

// kvHead numbers the head of keys that query head h of the batch's element b looks at.
func (p *Params) kvHead(b, h int) int { return b*p.KVHeads + h/(p.Heads/p.KVHeads) }

// score computes a block of scores: query times key. Above the diagonal only what is in the tiles on it.
func (f *forward) score(sc *scratch, x *scores) {
	p, t := f.p, &sc.tiles
	keys := f.keys[p.kvHead(x.b, x.h)*f.packedKeys():][x.key*p.D:]
	product := gemm.Block{
		Rows: x.rows, Panels: (x.keys + t.Cols() - 1) / t.Cols(), K: p.D,
		A: p.Query.at(x.b, x.h, x.row), ARow: p.Query.T, AK: 1,
		B: keys, BK: t.Cols(), BPanel: p.D * t.Cols(),
		C: x.data, LDC: x.ld,
	}
	p.lower(t, x, &product)
}

// lower computes the product for each key and the rows that see it.
func (p *Params) lower(t *gemm.Tiles, x *scores, all *gemm.Block) {
	if p.seen(x.row) >= x.key+x.keys {
		t.Mul(all)
		return
	}
	product := *all
	product.Panels = 1
	for j := range all.Panels {
		from := x.firstRow(p, j*t.Cols(), t.Rows())
		if from >= all.Rows {
			break
		}
		product.Rows = all.Rows - from
		product.A, product.B = all.A[from*all.ARow:], all.B[j*all.BPanel:]
		product.C = all.C[from*all.LDC+j*t.Cols():]
		t.Mul(&product)
	}
}

// firstRow returns the first row of the tile with a row that sees key j of the block.
func (x *scores) firstRow(p *Params, j, tile int) int {
	return max(x.key+j-(p.Keys-p.Queries)-x.row, 0) / tile * tile
}

// add adds probabilities times values to o, for each tile of rows as far as one of them sees.
func (f *forward) add(sc *scratch, x *scores, o []float32) {
	p, t := f.p, &sc.tiles
	kv := p.kvHead(x.b, x.h)
	product := gemm.Block{
		Rows: x.rows, Panels: f.width / t.Cols(), K: x.keys,
		A: x.data, ARow: x.ld, AK: 1,
		C: o, LDC: f.width, Add: true,
	}
	if f.inPlace {
		product.B, product.BK, product.BPanel = p.Value.at(x.b, kv%p.KVHeads, x.key), p.Value.T, t.Cols()
	} else {
		product.B = f.values[kv*f.packedValues():][x.key*t.Cols():]
		product.BK, product.BPanel = t.Cols(), p.Keys*t.Cols()
	}
	p.left(t, x, &product)
}

// left computes the product for each tile of rows and the keys that its last row sees.
func (p *Params) left(t *gemm.Tiles, x *scores, all *gemm.Block) {
	if p.seen(x.row) >= x.key+x.keys {
		t.Mul(all)
		return
	}
	product := *all
	for from := 0; from < all.Rows; from += t.Rows() {
		product.Rows = min(t.Rows(), all.Rows-from)
		product.K = min(x.keys, p.seen(x.row+from+product.Rows-1)-x.key)
		if product.K <= 0 {
			continue
		}
		product.A, product.C = all.A[from*all.ARow:], all.C[from*all.LDC:]
		t.Mul(&product)
	}
}
