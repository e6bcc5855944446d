package gemm

// Tiles computes products of blocks that are in cache, on the caller's goroutine: what a fused kernel is made of. It does
// no blocking of its own: all of k is summed from zero by fused multiply-adds in order, a sum of −0 counts as +0, and
// is then written or added. So an element's bits depend on its row of A and its column of B only, and zeros appended to
// k change nothing. Start comes first; a value serves one goroutine.
type Tiles struct {
	s    *shape
	args tileArgs
}

// Start chooses the tile of the active instruction set.
func (t *Tiles) Start() { t.s = shapeNow() }

// Rows returns how many rows a register tile has; products of a multiple of it are the fastest.
func (t *Tiles) Rows() int { return t.s.rows }

// Cols returns the width of a panel of B.
func (t *Tiles) Cols() int { return t.s.cols }

// Block is one product: C [Rows Panels·Cols] = A [Rows K] · B [K Panels·Cols], or C += A · B with Add. Rows, Panels and K are
// at least 1.
type Block struct {
	Rows, Panels, K int
	A               []float32
	ARow, AK        int // element (i, k) of A is A[i·ARow + k·AK]
	B               []float32
	BK, BPanel      int // element (k, j) of B is B[j/Cols·BPanel + k·BK + j%Cols]
	C               []float32
	LDC             int // from one row of C to the next
	Add             bool
}

// Mul computes the product.
func (t *Tiles) Mul(b *Block) {
	g, s := &t.args, t.s
	_ = b.A[(b.Rows-1)*b.ARow+(b.K-1)*b.AK]
	_ = b.B[(b.Panels-1)*b.BPanel+(b.K-1)*b.BK+s.cols-1]
	_ = b.C[(b.Rows-1)*b.LDC+b.Panels*s.cols-1]
	*g = tileArgs{
		aRow: 4 * b.ARow, aK: 4 * b.AK, aNext: 4 * s.rows * b.ARow,
		cRow: 4 * b.LDC, k: b.K,
	}
	if b.Add {
		g.add = 1
	}
	full, rest := b.Rows/s.rows, b.Rows%s.rows
	g.place(&b.B[0], 4*b.BK, 4*b.BPanel, b.Panels)
	if full > 0 {
		g.a, g.c = &b.A[0], &b.C[0]
		s.run(g, s.rows, full)
	}
	if rest > 0 {
		g.a, g.c = &b.A[full*s.rows*b.ARow], &b.C[full*s.rows*b.LDC]
		s.run(g, rest, 1)
	}
	*g = tileArgs{}
}

// PackTurned writes the transposed matrix of b's n rows of k elements, ld apart, as panels: element (i, j), i < k, j < n, at
// dst[j/Cols·k·Cols + i·Cols + j%Cols]. The last panel is filled up with zeros.
func (t *Tiles) PackTurned(dst, b []float32, ld, k, n int) {
	packB(dst, operand{b, 1, ld}, k, 0, n, t.s.cols)
}

// Pack writes b's k rows of n elements, ld apart, as panels: element (i, j) at dst[j/Cols·k·Cols + i·Cols + j%Cols]. Each row of
// the last panel is filled up with zeros.
func (t *Tiles) Pack(dst, b []float32, ld, k, n int) {
	packB(dst, operand{b, ld, 1}, k, 0, n, t.s.cols)
}
