package gemm

import (
	"unsafe"

	"github.com/ingot-ml/ingot/internal/cpu"
)

// tileArgs is what columns of register tiles work on: tiles below each other, and the same again for the panels that
// follow. Strides are in bytes. The assembly knows the fields' offsets, and leaves those that differ from panel to panel at
// the last one's. The garbage collector sees it: no pointer may lie outside its slice.
type tileArgs struct {
	a        *float32 // element (row, k) at row·aRow + k·aK
	aRow, aK int
	aNext    int      // from a tile's a to the next one's
	b        *float32 // element (k, column) at k·bK + 4·column
	bK       int
	c        *float32 // element (row, column) at row·cRow + 4·column; the next tile's follows
	cRow     int
	k        int
	count    int      // tiles a panel, at least 1
	add      int      // 1: add to c
	bias     *float32 // one element a column, or nil
	biasRow  *float32 // one element a row, or nil
	biasAt   int      // the tile's place in biasRow, moved along; 0
	relu     int      // 1: apply ReLU
	check    int      // 1: look for NaN and Inf
	bad      int      // set non-zero where check finds one

	// The panel to come is fetched into the second cache, a row for every four products, and again from the start: a
	// burst of it would keep the first tile waiting. Addresses only, which may lie anywhere.
	fetch, fetchEnd uintptr
	fetchSize       int

	panels int // at least 1
	bNext  int // from a panel's b to the next one's; in c and bias the next panel's elements follow
}

// place puts the first panel of B, and the panel after each of them is fetched while it is in use.
func (t *tileArgs) place(b *float32, bK, bNext, panels int) {
	t.b, t.bK, t.bNext, t.panels = b, bK, bNext, panels
	t.fetch = uintptr(unsafe.Pointer(b)) + uintptr(bNext)
	t.fetchSize = t.k * bK
	t.fetchEnd = t.fetch + uintptr(t.fetchSize)
}

// shape is a register tile's.
type shape struct {
	rows, cols int
	tiles      []func(*byte) // by number of rows
}

// shapeNow returns the tile of the active instruction set.
func shapeNow() *shape {
	switch cpu.Active() {
	case cpu.AVX512:
		return &shapeAVX512
	case cpu.AVX2:
		return &shapeAVX2
	}
	return &shapeGo
}

// run computes count tiles of some rows in each panel.
func (s *shape) run(t *tileArgs, rows, count int) {
	t.count, t.biasAt = count, 0
	if s.tiles == nil {
		tileGeneric(t, rows, s.cols)
		return
	}
	b, c, bias, fetch, fetchEnd, panels := t.b, t.c, t.bias, t.fetch, t.fetchEnd, t.panels
	s.tiles[rows]((*byte)(unsafe.Pointer(t)))
	t.b, t.c, t.bias, t.fetch, t.fetchEnd, t.panels = b, c, bias, fetch, fetchEnd, panels
}

// at returns the float32 a number of bytes from p. It must be in p's slice.
func at(p *float32, bytes int) *float32 { return (*float32)(unsafe.Add(unsafe.Pointer(p), bytes)) }

// tileGeneric is the meaning of the assembly tiles. Their multiply-add rounds once; this one rounds as the compiler
// chooses, and is held to a tolerance.
func tileGeneric(t *tileArgs, rows, cols int) {
	for i := range t.count * rows {
		a, c := at(t.a, i/rows*t.aNext+i%rows*t.aRow), at(t.c, i*t.cRow)
		for j := range t.panels * cols {
			b := at(t.b, j/cols*t.bNext+4*(j%cols))
			sum := float32(0)
			for k := range t.k {
				sum += *at(a, k*t.aK) * *at(b, k*t.bK)
			}
			tileStore(t, at(c, 4*j), sum, i, j)
		}
	}
}

// tileStore writes the sum of an element at row i, column j.
func tileStore(t *tileArgs, c *float32, sum float32, i, j int) {
	sum += 0 // −0 becomes +0, as if k were longer
	if t.add != 0 {
		sum += *c
	}
	if t.bias != nil {
		sum += *at(t.bias, 4*j)
	}
	if t.biasRow != nil {
		sum += *at(t.biasRow, 4*i)
	}
	if t.relu != 0 && sum < 0 {
		sum = 0
	}
	*c = sum
	if t.check != 0 && sum-sum != 0 {
		t.bad = 1
	}
}

// shapeGo is small enough for a Go loop's operands to stay in the first cache.
var shapeGo = shape{rows: 4, cols: 16}

// transpose8Generic copies 8 rows of cols elements to cols rows of 8, in order: the turned block. Strides are in bytes.
func transpose8Generic(dst, src *float32, dstStride, srcStride, cols int) {
	for j := range cols {
		for i := range 8 {
			*at(dst, j*dstStride+4*i) = *at(src, i*srcStride+4*j)
		}
	}
}

// copyPanelsGeneric copies rows, each cut into panels of width elements, in order. Strides are in bytes: from a row to
// the next, and from a panel to the next.
func copyPanelsGeneric(dst, src *float32, dstStride, srcStride, dstNext, srcNext, rows, panels, width int) {
	for i := range rows {
		for j := range panels {
			copy(unsafe.Slice(at(dst, i*dstStride+j*dstNext), width), unsafe.Slice(at(src, i*srcStride+j*srcNext), width))
		}
	}
}
