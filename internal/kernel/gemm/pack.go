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
	if b.col == 1 {
		for r := range k {
			d := dst[r*width : (r+1)*width]
			copy(d, b.data[r*b.row+col:][:n])
			clear(d[n:])
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

// packRows writes rows row … row+n−1 of a, columns k0 … k0+k−1, as k groups of n.
func packRows(dst []float32, a operand, row, n, k0, k int) {
	if a.row == 1 {
		for c := range k {
			copy(dst[c*n:(c+1)*n], a.data[(k0+c)*a.col+row:][:n])
		}
		return
	}
	i := 0
	if n >= 8 {
		transpose8(&dst[0], &a.data[row*a.row+k0], 4*n, 4*a.row, k)
		i = 8
	}
	for ; i < n; i++ {
		src := a.data[(row+i)*a.row+k0:][:k]
		for c, x := range src {
			dst[c*n+i] = x
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
