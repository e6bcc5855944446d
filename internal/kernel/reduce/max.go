package reduce

import "math"

// Max returns the largest element of x, NaN if there is one, −Inf if x is empty.
func Max(x []float32) float32 {
	k := active()
	m := k.max(x[:min(piece, len(x))])
	for lo := piece; lo < len(x); lo += piece {
		m = larger(m, k.max(x[lo:min(lo+piece, len(x))]))
	}
	return m
}

// MaxRows computes dst[i] = maxⱼ x[i, j] of x [rows cols].
func MaxRows(dst, x []float32, rows, cols int) { MaxAxis(dst, x, rows, cols, 1) }

// MaxAxis computes dst[o, i] = maxₖ x[o, k, i] of x [outer n inner], NaN where there is one, −Inf for n = 0.
func MaxAxis(dst, x []float32, outer, n, inner int) {
	t := get()
	t.dst, t.x, t.length, t.inner = dst[:outer*inner], x[:outer*n*inner], n, inner
	t.do, t.n, t.per = maxPiece, outer, groups(n*inner)
	t.run()
	put(t)
}

func maxPiece(t *task, lo, hi int) {
	size := t.length * t.inner
	for o := lo; o < hi; o++ {
		x := t.x[o*size : (o+1)*size]
		if t.inner == 1 {
			t.dst[o] = Max(x)
			continue
		}
		for from := 0; from < t.inner; from += strip {
			dst := t.dst[o*t.inner+from : o*t.inner+min(from+strip, t.inner)]
			for i := range dst {
				dst[i] = float32(math.Inf(-1))
			}
			for k := 0; k < t.length; k += minBlock {
				t.k.maxCol(dst, x[k*t.inner+from:], min(minBlock, t.length-k), t.inner)
			}
		}
	}
}

// MaxAxisGrad computes the gradient of y = MaxAxis(x): g shared equally among the elements of x that equal y, 0 for
// the others; added to gx if acc is true.
func MaxAxisGrad(gx, g, x, y []float32, outer, n, inner int, acc bool) {
	t := get()
	t.dst, t.g, t.x, t.y, t.length, t.inner, t.acc = gx, g, x, y, n, inner, acc
	t.do, t.n, t.per = maxGradPiece, outer, groups(n*inner)
	t.run()
	put(t)
}

func maxGradPiece(t *task, lo, hi int) {
	size := t.length * t.inner
	for o := lo; o < hi; o++ {
		for i := range t.inner {
			y, count := t.y[o*t.inner+i], 0
			for at := o*size + i; at < (o+1)*size; at += t.inner {
				if t.x[at] == y || y != y && t.x[at] != t.x[at] {
					count++
				}
			}
			share := t.g[o*t.inner+i] / float32(count)
			for at := o*size + i; at < (o+1)*size; at += t.inner {
				var s float32
				if t.x[at] == y || y != y && t.x[at] != t.x[at] {
					s = share
				}
				t.dst[at] = plus(t.dst[at], s, t.acc)
			}
		}
	}
}

// ArgMaxRows computes dst[i] = the first j at which x[i, j] of x [rows cols] is the row's largest, or is NaN.
func ArgMaxRows(dst []int32, x []float32, rows, cols int) { ArgMaxAxis(dst, x, rows, cols, 1) }

// ArgMaxAxis computes dst[o, i] = the first k at which x[o, k, i] of x [outer n inner] is the largest, or is NaN.
func ArgMaxAxis(dst []int32, x []float32, outer, n, inner int) {
	t := get()
	t.ids, t.x, t.length, t.inner = dst[:outer*inner], x[:outer*n*inner], n, inner
	t.do, t.n, t.per = argMaxPiece, outer, groups(n*inner)
	t.run()
	put(t)
}

func argMaxPiece(t *task, lo, hi int) {
	size := t.length * t.inner
	for o := lo; o < hi; o++ {
		x := t.x[o*size : (o+1)*size]
		for i := range t.inner {
			best := 0
			for k := 1; k < t.length; k++ {
				m, v := x[best*t.inner+i], x[k*t.inner+i]
				if v > m || v != v && m == m {
					best = k
				}
			}
			t.ids[o*t.inner+i] = int32(best)
		}
	}
}
