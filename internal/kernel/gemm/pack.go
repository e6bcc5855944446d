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

// packPanel writes columns col … col+n−1 of all k rows of b as rows of width elements, zeros after the n-th.
func packPanel(dst []float32, b operand, k, col, n, width int) {
	if k == 0 {
		return
	}
	if b.col == 1 {
		src := &b.data[col]
		if n == width {
			copyRows(&dst[0], src, 4*width, 4*b.row, k, width)
			return
		}
		copyGeneric(&dst[0], src, 4*width, 4*b.row, k, n)
		for r := range k {
			clear(dst[r*width+n : (r+1)*width])
		}
		return
	}
	done := 0
	for ; done+8 <= n; done += 8 {
		transpose8(&dst[done], &b.data[(col+done)*b.col], 4*width, 4*b.col, k)
	}
	for j := done; j < width; j++ {
		if j >= n {
			for r := range k {
				dst[r*width+j] = 0
			}
			continue
		}
		src := b.data[(col+j)*b.col:][:k]
		for r, x := range src {
			dst[r*width+j] = x
		}
	}
}

// spill is how many elements packRows may write after its last.
const spill = 8

// packRows writes rows row … row+n−1 of a, columns k0 … k0+k−1, as k groups of n, and anything into the spill after
// them; a has rest rows from row on. Where n isn't the width of a copy, each group's surplus is overwritten by the next.
func packRows(dst []float32, a operand, row, n, rest, k0, k int) {
	src := &a.data[row*a.row+k0*a.col]
	if a.row == 1 {
		width := n
		if vectors := (n + 7) / 8 * 8; vectors <= rest {
			width = vectors
		}
		copyRows(&dst[0], src, 4*n, 4*a.col, k, width)
		return
	}
	switch {
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
	for j := i * t.perPiece; j < (i+1)*t.perPiece && j*t.width < t.n; j++ {
		packPanel(t.dst[j*t.width*t.k:], t.b, t.k, j*t.width, min(t.width, t.n-j*t.width), t.width)
	}
}
