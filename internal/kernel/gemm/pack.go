package gemm

import "github.com/ingot-ml/ingot/internal/parallel"

// operand is a matrix seen by element: (i, j) at i·row + j·col; one of row and col is 1.
type operand struct {
	data     []float32
	row, col int
}

func (m Matrix) operand() operand {
	if m.Trans {
		return operand{m.Data, 1, m.Stride}
	}
	return operand{m.Data, m.Stride, 1}
}

// turned returns the transposed operand.
func (o operand) turned() operand { return operand{o.data, o.col, o.row} }

// packB writes columns col … col+n−1 of all k rows of b as panels of width columns, one after the other; each row of
// the last panel is filled up with zeros.
func packB(dst []float32, b operand, k, col, n, width int) {
	if k == 0 {
		return
	}
	if b.col == 1 {
		full := n / width
		copyPanels(&dst[0], at(&b.data[0], 4*col), 4*width, 4*b.row, 4*width*k, 4*width, k, full, width)
		if n -= full * width; n > 0 {
			dst = dst[full*width*k:][:width*k]
			clear(dst)
			copyPanelsGeneric(&dst[0], &b.data[col+full*width], 4*width, 4*b.row, 0, 0, k, 1, n)
		}
		return
	}
	for ; n > 0; n, col = n-width, col+width {
		packTurned(dst, b, k, col, min(n, width), width)
		dst = dst[width*k:]
	}
}

// packTurned is packB for one panel of a b whose columns are in order.
func packTurned(dst []float32, b operand, k, col, n, width int) {
	if n < width {
		clear(dst[:k*width])
	}
	if n < 8 {
		for j := range n {
			for r, x := range b.data[(col+j)*b.col:][:k] {
				dst[r*width+j] = x
			}
		}
	} else {
		const rows = 128 // of dst, which stay in the first cache until they are full
		for r := 0; r < k; r += rows {
			for j := 0; j < n; j += 8 {
				j = min(j, n-8)
				transpose8(&dst[r*width+j], &b.data[(col+j)*b.col+r], 4*width, 4*b.col, min(rows, k-r))
			}
		}
	}
}

// spill is how many elements packA may write after the last of a tile.
const spill = 16

// packA writes rows row … end−1 of a, which has total rows, columns k0 … k0+k−1, as tiles of some rows, next elements
// apart: k groups of as many elements as the tile has rows, and anything into the spill after them. Where that isn't the
// width of a copy, each group's surplus is overwritten by the next group.
func packA(dst []float32, a operand, row, end, total, rows, next, k0, k int) {
	if a.row == 1 {
		width, full := (rows+7)/8*8, (end-row)/rows
		if full > 0 && row+(full-1)*rows+width > total { // the last copy would read too far
			full--
		}
		copyPanels(&dst[0], &a.data[row+k0*a.col], 4*rows, 4*a.col, 4*next, 4*rows, k, full, width)
		row += full * rows
		dst = dst[full*next:]
	}
	for ; row < end; row += rows {
		packTile(dst, a, row, min(rows, end-row), total-row, k0, k)
		dst = dst[min(next, len(dst)):]
	}
}

// packTile is packA for one tile of n rows; a may be read rest rows from the first on.
func packTile(dst []float32, a operand, row, n, rest, k0, k int) {
	src := &a.data[row*a.row+k0*a.col]
	switch {
	case a.row == 1:
		copyPanelsGeneric(&dst[0], src, 4*n, 4*a.col, 0, 0, k, 1, n)
	case n >= 8:
		for i := 0; i < n; i += 8 {
			i = min(i, n-8)
			transpose8(&dst[i], at(src, 4*i*a.row), 4*n, 4*a.row, k)
		}
	case rest >= 8:
		transpose8(&dst[0], src, 4*n, 4*a.row, k)
	default:
		for i := range n {
			for c, x := range a.data[(row+i)*a.row+k0:][:k] {
				dst[c*n+i] = x
			}
		}
	}
}

// PackedB is a B packed once for many products: weights at inference.
type PackedB struct {
	k, n  int
	shape *shape
	data  []float32
}

// PackB packs a B [K N]. The result serves the instruction set that is active now.
func PackB(b Matrix, k, n int) *PackedB {
	p := &PackedB{k: k, n: n, shape: shapeNow()}
	panels := (n + p.shape.cols - 1) / p.shape.cols
	p.data = make([]float32, panels*p.shape.cols*max(k, 1))
	parallel.For(panels, &packTask{p.data, b.operand(), k, n, p.shape.cols, 1})
	return p
}

// packTask packs a run of panels a piece.
type packTask struct {
	dst      []float32
	b        operand
	k, n     int
	width    int
	perPiece int
}

func (t *packTask) Run(i int) {
	col := i * t.perPiece * t.width
	packB(t.dst[col*t.k:], t.b, t.k, col, min(t.perPiece*t.width, t.n-col), t.width)
}
