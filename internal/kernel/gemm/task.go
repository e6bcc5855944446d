package gemm

import (
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// How the work is cut. All of it depends on the problem and the tile only.
const (
	pieceFLOPs  = 1 << 18 // a piece of less isn't worth another core
	manyPieces  = 16      // pieces that balance any machine's cores, where the problem is large enough
	blockTiles  = 16      // tiles of rows in a block of A: with BlockK, 192 KB at AVX2, 448 KB at AVX-512, for the second cache
	packedBound = 4 << 20 // elements of B packed at once, for the third cache
	inPlaceK    = 128     // B [k N] of at most so many rows is read in place
	inPlaceRows = 96      // and so is one that is used for at most so many rows of A
)

// task is one product on its way: op(A) [rows k] · op(B) [k cols], where the roles of A and B may be exchanged so that
// the result comes out turned.
type task struct {
	p          Params
	s          *shape
	a, b       operand
	rows, cols int
	turned     bool
	packA      bool
	inPlace    bool // B is read where it is, but for the last panel if that isn't full

	packed           []float32 // panels of B, each k rows of s.cols
	first, panels    int       // the panels in work
	rowCuts, colCuts int       // pieces
	pack             packTask
}

var (
	tasks     parallel.Free[task]
	scratches parallel.Free[scratch]
)

func (t *task) plan(p *Params) {
	t.p, t.s = *p, shapeNow()
	t.a, t.rows, t.cols = p.A.operand(), p.M, p.N
	if p.Packed != nil {
		t.s = p.Packed.shape
	} else {
		t.b = p.B.operand()
		t.turned = p.B.Trans && !p.Accumulate && t.s.turnPays(p)
	}
	if t.turned {
		t.a, t.b = t.b.turned(), t.a.turned()
		t.rows, t.cols = t.cols, t.rows
	}
	t.inPlace = p.Packed == nil && p.K > 0 && t.b.col == 1 && (p.K <= inPlaceK || t.rows <= inPlaceRows) && !clashes(t.b.row)
	t.packA = t.cols >= 256 && t.rows > t.s.rows
	if t.a.row == 1 {
		t.packA = t.rows > t.s.rows && (p.K > BlockK || clashes(t.a.col))
	}
	t.packA = t.packA && p.K > 0
}

// turnPays reports whether, for a transposed B, Bᵀ·Aᵀ with B in place costs less than A·B. Counted in cycles: one
// for the two multiply-adds of a row by a panel, and half of one for an element transposed, in packing or in the end.
func (s *shape) turnPays(p *Params) bool {
	product := func(rows, cols int) int {
		const few = 4 // fewer rows wait for each multiply-add to finish
		return max(rows, few) * ((cols + s.cols - 1) / s.cols) * p.K
	}
	straight := product(p.M, p.N) + p.K*p.N/2
	turned := product(p.N, p.M) + p.M*p.N/2
	if !p.A.Trans {
		turned += p.K * p.M / 2
	}
	return turned < straight
}

// clashes reports whether rows this many elements apart fall on few sets of the first cache.
func clashes(stride int) bool { return stride%128 == 0 }

// cut decides the pieces for the panels in work.
func (t *task) cut() {
	tiles := (t.rows + t.s.rows - 1) / t.s.rows
	flops := 2 * t.rows * t.p.K * t.panels * t.s.cols
	pieces := min(max(flops/pieceFLOPs, 1), manyPieces)
	t.rowCuts = max(min(pieces, tiles), (tiles+blockTiles-1)/blockTiles)
	if t.rowCuts > 1 && t.rowCuts%2 == 1 && t.rowCuts < tiles {
		t.rowCuts++
	}
	t.colCuts = min((pieces+t.rowCuts-1)/t.rowCuts, t.panels)
}

func (t *task) run() {
	width, k := t.s.cols, max(t.p.K, 1)
	all := (t.cols + width - 1) / width
	if t.p.Packed != nil || t.inPlace {
		t.first, t.panels = 0, all
		if t.inPlace && t.cols%width != 0 {
			t.grow(k * width)
			packB(t.packed, t.b, t.p.K, (all-1)*width, t.cols%width, width)
		}
		t.cut()
		parallel.For(t.rowCuts*t.colCuts, t)
		return
	}
	most := max(packedBound/(k*width), 1)
	for t.first = 0; t.first < all; t.first += most {
		t.panels = min(most, all-t.first)
		t.grow(t.panels * k * width)
		t.packPanels()
		t.cut()
		parallel.For(t.rowCuts*t.colCuts, t)
	}
}

func (t *task) grow(n int) {
	if cap(t.packed) < n {
		t.packed = make([]float32, n)
	}
	t.packed = t.packed[:n]
}

// packPanels packs the panels in work, about 64 KB a piece.
func (t *task) packPanels() {
	width := t.s.cols
	b := t.b
	b.data = b.data[min(t.first*width*b.col, len(b.data)):]
	per := max((16<<10)/(width*max(t.p.K, 1)), 1)
	if b.col == 1 {
		per = max(per, 4) // some cache lines of each row of B at a time
	}
	t.pack = packTask{t.packed, b, t.p.K, min(t.panels*width, t.cols-t.first*width), width, per}
	parallel.For((t.panels+per-1)/per, &t.pack)
}

// scratch is the memory of a piece.
type scratch struct {
	args tileArgs
	a    []float32 // a block of A, packed by tiles
	out  []float32 // a turned result, or a last panel that isn't full
	bias [32]float32
}

// span is the tiles of rows and the panels of columns of a piece.
type span struct{ tile0, tile1, panel0, panel1 int }

// Run computes piece i.
func (t *task) Run(i int) {
	tiles := (t.rows + t.s.rows - 1) / t.s.rows
	r, c := i/t.colCuts, i%t.colCuts
	w := span{
		tiles * r / t.rowCuts, tiles * (r + 1) / t.rowCuts,
		t.first + t.panels*c/t.colCuts, t.first + t.panels*(c+1)/t.colCuts,
	}
	sc := scratches.Get()
	if t.turned {
		row0, row1 := t.rowsOf(w)
		sc.grow((row1 - row0) * (w.panel1 - w.panel0) * t.s.cols)
	}
	for k0 := 0; k0 == 0 || k0 < t.p.K; k0 += BlockK {
		k := min(BlockK, t.p.K-k0)
		if t.packA {
			t.packBlock(w, sc, k0, k)
		}
		n := t.panelsACall(w, k)
		for j := w.panel0; j < w.panel1; j += n {
			n = min(n, max(min(w.panel1, t.cols/t.s.cols)-j, 1)) // the one that isn't full is a call of its own
			t.block(w, sc, j, n, k0, k)
		}
	}
	t.finish(w, sc)
	if sc.args.bad != 0 {
		t.p.NonFinite.Store(true)
	}
	sc.args = tileArgs{}
	scratches.Put(sc)
}

// panelsACall bounds the time of a call into assembly, which can't be preempted: to about 80 µs at 100 GFLOP/s.
func (t *task) panelsACall(w span, k int) int {
	const flops = 8 << 20
	row0, row1 := t.rowsOf(w)
	return max(flops/(2*(row1-row0)*t.s.cols*max(k, 1)), 1)
}

func (t *task) rowsOf(w span) (row0, row1 int) {
	return w.tile0 * t.s.rows, min(w.tile1*t.s.rows, t.rows)
}

func (sc *scratch) grow(n int) {
	if len(sc.out) < n {
		sc.out = make([]float32, n)
	}
}

// tileNext is the distance of packed tiles of A: an odd number of cache lines, so that they lie on different sets.
func (t *task) tileNext() int { return t.s.rows*BlockK + spill }

func (t *task) packBlock(w span, sc *scratch, k0, k int) {
	if n := (w.tile1 - w.tile0) * t.tileNext(); len(sc.a) < n {
		sc.a = make([]float32, n)
	}
	row0, row1 := t.rowsOf(w)
	packA(sc.a, t.a, row0, row1, t.rows, t.s.rows, t.tileNext(), k0, k)
}

// block computes a piece's tiles in panels j to j+n−1, for one block of k. A panel that isn't full comes alone.
func (t *task) block(w span, sc *scratch, j, n, k0, k int) {
	g, s := &sc.args, t.s
	col := j * s.cols
	cols := min(s.cols, t.cols-col)
	g.k = k
	t.placeB(g, j, n, k0, cols)
	g.add, g.bias, g.biasRow, g.relu, g.check = 0, nil, nil, 0, 0
	if k0 > 0 || t.p.Accumulate {
		g.add = 1
	}
	if k0+k == t.p.K {
		if t.p.Act == ReLU {
			g.relu = 1
		}
		if t.checkInTile() && cols == s.cols {
			g.check = 1
		}
	}
	row0, row1 := t.rowsOf(w)
	switch {
	case t.turned:
		ld := (w.panel1 - w.panel0) * s.cols
		if t.p.Bias != nil && k0 == 0 {
			g.biasRow = &t.p.Bias[row0]
		}
		g.c, g.cRow = &sc.out[(j-w.panel0)*s.cols], 4*ld
		t.sweep(sc, row0, row1, k0)
	case cols < s.cols:
		t.edge(sc, row0, row1, col, cols, k0)
	default:
		if t.p.Bias != nil && k0 == 0 {
			g.bias = &t.p.Bias[col]
		}
		g.c, g.cRow = &t.p.C[row0*t.p.LDC+col], 4*t.p.LDC
		t.sweep(sc, row0, row1, k0)
	}
}

// checkInTile says whether the tiles see what is written in the end.
func (t *task) checkInTile() bool { return t.p.NonFinite != nil && t.p.Act <= ReLU }

// sweep computes the tiles of a piece's rows, whose first is at g.c: the full ones in one call, then the rest in another.
func (t *task) sweep(sc *scratch, row0, row1, k0 int) {
	g, s := &sc.args, t.s
	full, rest := (row1-row0)/s.rows, (row1-row0)%s.rows
	switch {
	case t.p.K == 0:
		g.a, g.aRow, g.aK, g.aNext = nil, 0, 0, 0
	case t.packA:
		g.a = &sc.a[0]
		g.aRow, g.aK, g.aNext = 4, 4*s.rows, 4*t.tileNext()
	default:
		g.a = at(&t.a.data[0], 4*(row0*t.a.row+k0*t.a.col))
		g.aRow, g.aK, g.aNext = 4*t.a.row, 4*t.a.col, 4*s.rows*t.a.row
	}
	bias := g.biasRow
	if full > 0 {
		s.run(g, s.rows, full)
	}
	if rest == 0 {
		return
	}
	g.a, g.c = at(g.a, full*g.aNext), at(g.c, full*s.rows*g.cRow)
	if t.packA {
		g.aK = 4 * rest
	}
	if bias != nil {
		g.biasRow = at(bias, 4*full*s.rows)
	}
	s.run(g, rest, 1)
}

// placeB places panels j to j+n−1, whose first has cols columns.
func (t *task) placeB(g *tileArgs, j, n, k0, cols int) {
	s := t.s
	data, panel := t.packed, j-t.first
	switch {
	case t.p.Packed != nil:
		data = t.p.Packed.data
	case t.inPlace && cols == s.cols:
		g.place(at(&t.b.data[0], 4*(k0*t.b.row+j*s.cols)), 4*t.b.row, 4*s.cols, n)
		return
	case t.inPlace:
		panel = 0
	}
	g.place(at(&data[0], 4*(panel*s.cols*t.p.K+k0*s.cols)), 4*s.cols, 4*s.cols*t.p.K, n)
}

// edge computes the tiles that reach past the last column in scratch memory.
func (t *task) edge(sc *scratch, row0, row1, col, cols, k0 int) {
	g, s := &sc.args, t.s
	sc.grow((row1 - row0) * s.cols)
	c, ld := t.p.C[row0*t.p.LDC+col:], t.p.LDC
	g.c, g.cRow = &sc.out[0], 4*s.cols
	if g.add != 0 {
		copyPanelsGeneric(&sc.out[0], &c[0], g.cRow, 4*ld, 0, 0, row1-row0, 1, cols)
	}
	if t.p.Bias != nil && k0 == 0 {
		copy(sc.bias[:], t.p.Bias[col:col+cols])
		g.bias = &sc.bias[0]
	}
	t.sweep(sc, row0, row1, k0)
	for r := range row1 - row0 {
		row := c[r*ld:][:cols]
		copy(row, sc.out[r*s.cols:])
		if t.checkInTile() && k0+g.k == t.p.K {
			g.look(row)
		}
	}
}

// look looks for NaN and Inf in x.
func (g *tileArgs) look(x []float32) {
	for _, v := range x {
		if v-v != 0 {
			g.bad = 1
		}
	}
}

// finish applies the activations that the tile doesn't and writes a turned block to C.
func (t *task) finish(w span, sc *scratch) {
	row0, row1 := t.rowsOf(w)
	col0, col1 := w.panel0*t.s.cols, min(w.panel1*t.s.cols, t.cols)
	data, ld := sc.out, (w.panel1-w.panel0)*t.s.cols
	if !t.turned {
		data, ld = t.p.C[row0*t.p.LDC+col0:], t.p.LDC
	}
	if t.p.Act > ReLU {
		for r := range row1 - row0 {
			row := data[r*ld:][:col1-col0]
			activate(t.p.Act, row)
			if t.p.NonFinite != nil && vec.NonFinite(row) {
				sc.args.bad = 1
			}
		}
	}
	if t.turned {
		t.turnBack(sc, row0, row1, col0, col1, ld)
	}
}

// turnBack writes a turned block, whose rows are ld apart, to C.
func (t *task) turnBack(sc *scratch, row0, row1, col0, col1, ld int) {
	c, rows, cols := t.p.C[col0*t.p.LDC+row0:], row1-row0, col1-col0
	if t.checkInTile() && cols%t.s.cols != 0 {
		for r := range rows {
			sc.args.look(sc.out[r*ld+cols/t.s.cols*t.s.cols:][:cols%t.s.cols])
		}
	}
	if rows < 8 {
		for r := range rows {
			for i, x := range sc.out[r*ld:][:cols] {
				c[i*t.p.LDC+r] = x
			}
		}
		return
	}
	for r := 0; r < rows; r += 8 {
		r = min(r, rows-8)
		transpose8(&c[r], &sc.out[r*ld], 4*t.p.LDC, 4*ld, cols)
	}
}

// batch is a run of products of one shape.
type batch struct {
	p                         Params
	strideA, strideB, strideC int
}

var batches parallel.Free[batch]

// run gives whole products to the pieces where there are many, and cuts each product where there are few.
func (b *batch) run(n int) {
	if n >= manyPieces {
		parallel.For(n, b)
		return
	}
	for i := range n {
		b.Run(i)
	}
}

// Run computes product i.
func (b *batch) Run(i int) {
	p := b.p
	p.A.Data, p.B.Data, p.C = p.A.Data[i*b.strideA:], p.B.Data[i*b.strideB:], p.C[i*b.strideC:]
	Mul(&p)
}
