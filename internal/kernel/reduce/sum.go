package reduce

// Sum returns the sum of x.
func Sum(x []float32) float32 {
	if len(x) <= piece {
		return active().sum(x)
	}
	t := get()
	t.x = x
	s := t.total(len(x), sumPiece)
	put(t)
	return float32(s)
}

// Mean returns the mean of x, NaN if x is empty.
func Mean(x []float32) float32 { return Sum(x) / float32(len(x)) }

// SumSquares returns the sum of x² in float64, in which the squares are exact.
func SumSquares(x []float32) float64 {
	if len(x) <= piece {
		return active().sumSq(x)
	}
	t := get()
	t.x = x
	s := t.total(len(x), sumSqPiece)
	put(t)
	return s
}

// Dot returns the sum of x·y in float64, in which the products are exact.
func Dot(x, y []float32) float64 {
	y = y[:len(x)]
	if len(x) <= piece {
		return active().dot(x, y)
	}
	t := get()
	t.x, t.y = x, y
	s := t.total(len(x), dotPiece)
	put(t)
	return s
}

// total runs do on pieces of n elements, each of which leaves its part, and adds the parts.
func (t *task) total(n int, do func(t *task, lo, hi int)) float64 {
	t.do, t.n, t.per = do, n, piece
	t.parts = grow(t.parts, pieces(n))
	t.run()
	return add(t.parts)
}

func add(parts []float64) float64 {
	var s float64
	for _, p := range parts {
		s += p
	}
	return s
}

func sumPiece(t *task, lo, hi int)   { t.parts[lo/piece] = float64(t.k.sum(t.x[lo:hi])) }
func sumSqPiece(t *task, lo, hi int) { t.parts[lo/piece] = t.k.sumSq(t.x[lo:hi]) }
func dotPiece(t *task, lo, hi int)   { t.parts[lo/piece] = t.k.dot(t.x[lo:hi], t.y[lo:hi]) }

// SumRows computes dst[i] = Σⱼ x[i, j] of x [rows cols].
func SumRows(dst, x []float32, rows, cols int) { SumAxis(dst, x, rows, cols, 1, false) }

// SumCols computes dst[j] = Σᵢ x[i, j] of x [rows cols], or adds that to dst if acc is true.
func SumCols(dst, x []float32, rows, cols int, acc bool) { SumAxis(dst, x, 1, rows, cols, acc) }

// SumAxis computes dst[o, i] = Σₖ x[o, k, i] of x [outer n inner], or adds that to dst if acc is true.
func SumAxis(dst, x []float32, outer, n, inner int, acc bool) {
	dst, x = dst[:outer*inner], x[:outer*n*inner]
	switch {
	case inner != 1:
		sumCols(dst, x, outer, n, inner, acc)
	case n > piece:
		for o := range outer {
			dst[o] = plus(dst[o], Sum(x[o*n:(o+1)*n]), acc)
		}
	default:
		t := get()
		t.dst, t.x, t.length, t.acc = dst, x, n, acc
		t.do, t.n, t.per = sumRowsPiece, outer, groups(n)
		t.run()
		put(t)
	}
}

func plus(old, s float32, acc bool) float32 {
	if acc {
		return old + s
	}
	return s
}

func sumRowsPiece(t *task, lo, hi int) {
	for o := lo; o < hi; o++ {
		t.dst[o] = plus(t.dst[o], t.k.sum(t.x[o*t.length:(o+1)*t.length]), t.acc)
	}
}
