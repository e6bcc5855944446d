package reduce

// Sums across rows. A leaf call adds at most block rows of at most strip columns: 256 KB.
const (
	strip    = 1024
	minBlock = 64
	maxBlock = 1024
)

// blockRows is how many rows are added before the blocks are.
func blockRows(cols int) int {
	return min(max(strip*minBlock/max(1, min(cols, strip)), minBlock), maxBlock)
}

// sumCols is SumAxis for inner ≠ 1.
func sumCols(dst, x []float32, outer, n, inner int, acc bool) {
	block := blockRows(inner)
	if n <= block && outer == 1 && inner <= strip {
		active().sumCol(dst, x, n, inner, acc)
		return
	}
	t := get()
	defer put(t)
	t.x, t.length, t.inner = x, n, inner
	t.strips, t.block = (inner+strip-1)/strip, block
	if n <= block {
		t.dst, t.acc = dst, acc
		t.do, t.n, t.per = sumOuterPiece, outer*t.strips, groups(n*min(inner, strip))
		t.run()
		return
	}
	blocks := (n + block - 1) / block
	t.rows = grow(t.rows, blocks*inner)
	t.dst, t.do, t.n, t.per = t.rows, sumBlockPiece, blocks*t.strips, 1
	for o := range outer {
		t.x = x[o*n*inner : (o+1)*n*inner]
		t.run()
		sumCols(dst[o*inner:(o+1)*inner], t.rows, 1, blocks, inner, acc)
	}
}

// sumOuterPiece adds whole axes; unit u is strip u mod strips of outer index u / strips.
func sumOuterPiece(t *task, lo, hi int) {
	for u := lo; u < hi; u++ {
		o, from := u/t.strips, u%t.strips*strip
		to := min(from+strip, t.inner)
		t.k.sumCol(t.dst[o*t.inner+from:o*t.inner+to], t.x[o*t.length*t.inner+from:], t.length, t.inner, t.acc)
	}
}

// sumBlockPiece adds blocks of rows; unit u is strip u mod strips of block u / strips.
func sumBlockPiece(t *task, lo, hi int) {
	for u := lo; u < hi; u++ {
		b, from := u/t.strips, u%t.strips*strip
		to := min(from+strip, t.inner)
		rows := min(t.block, t.length-b*t.block)
		t.k.sumCol(t.dst[b*t.inner+from:b*t.inner+to], t.x[b*t.block*t.inner+from:], rows, t.inner, false)
	}
}
