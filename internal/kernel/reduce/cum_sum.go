package reduce

// CumSum computes dst[o, k, i] = Σ x[o, j, i] over j ≤ k of x [outer n inner], or over j ≥ k if back is true, in float64; added
// to dst if acc is true.
func CumSum(dst, x []float32, outer, n, inner int, back, acc bool) {
	t := get()
	t.dst, t.x, t.length, t.inner, t.acc = dst[:outer*n*inner], x[:outer*n*inner], n, inner, acc
	t.do, t.n, t.per = cumSumPiece, outer, groups(n*inner)
	if back {
		t.do = cumSumBackPiece
	}
	t.run()
	put(t)
}

func cumSumPiece(t *task, lo, hi int) {
	size := t.length * t.inner
	for o := lo; o < hi; o++ {
		for i := range t.inner {
			var s float64
			for at := o*size + i; at < (o+1)*size; at += t.inner {
				s += float64(t.x[at])
				t.dst[at] = plus(t.dst[at], float32(s), t.acc)
			}
		}
	}
}

func cumSumBackPiece(t *task, lo, hi int) {
	size := t.length * t.inner
	for o := lo; o < hi; o++ {
		for i := range t.inner {
			var s float64
			for at := (o+1)*size - t.inner + i; at >= o*size; at -= t.inner {
				s += float64(t.x[at])
				t.dst[at] = plus(t.dst[at], float32(s), t.acc)
			}
		}
	}
}
