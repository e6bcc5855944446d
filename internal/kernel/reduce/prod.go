package reduce

// ProdAxis computes dst[o, i] = Πₖ x[o, k, i] of x [outer n inner], in float64; 1 for n = 0.
func ProdAxis(dst, x []float32, outer, n, inner int) {
	t := get()
	t.dst, t.x, t.length, t.inner = dst[:outer*inner], x[:outer*n*inner], n, inner
	t.do, t.n, t.per = prodPiece, outer, groups(n*inner)
	t.run()
	put(t)
}

func prodPiece(t *task, lo, hi int) {
	for o := lo; o < hi; o++ {
		for i := range t.inner {
			p, _, zeros := t.product(o, i)
			if zeros > 0 {
				p *= 0 // NaN where another element is NaN or infinite
			}
			t.dst[o*t.inner+i] = float32(p)
		}
	}
}

// product returns the product of the elements that aren't 0, of those at [o, :, i], where the last 0 is, and how many there are.
func (t *task) product(o, i int) (p float64, zero, zeros int) {
	p = 1
	size := t.length * t.inner
	for at := o*size + i; at < (o+1)*size; at += t.inner {
		if v := t.x[at]; v != 0 {
			p *= float64(v)
		} else {
			zero, zeros = at, zeros+1
		}
	}
	return p, zero, zeros
}

// ProdAxisGrad computes the gradient of ProdAxis: g times the product of the other elements; added to gx if acc is true.
func ProdAxisGrad(gx, g, x []float32, outer, n, inner int, acc bool) {
	t := get()
	t.dst, t.g, t.x, t.length, t.inner, t.acc = gx, g, x, n, inner, acc
	t.do, t.n, t.per = prodGradPiece, outer, groups(n*inner)
	t.run()
	put(t)
}

func prodGradPiece(t *task, lo, hi int) {
	size := t.length * t.inner
	for o := lo; o < hi; o++ {
		for i := range t.inner {
			p, zero, zeros := t.product(o, i)
			p *= float64(t.g[o*t.inner+i])
			for at := o*size + i; at < (o+1)*size; at += t.inner {
				var d float64
				switch {
				case zeros == 0:
					d = p / float64(t.x[at])
				case zeros == 1 && at == zero:
					d = p
				}
				t.dst[at] = plus(t.dst[at], float32(d), t.acc)
			}
		}
	}
}
