package softmax

// MSE returns Σ (x − y)²: the sums of pieces, added in their order.
func MSE(x, y []float32) float64 {
	t := get()
	defer put(t)
	t.x, t.y = x, y[:len(x)]
	n := (len(x) + piece - 1) / piece
	if cap(t.parts) < n {
		t.parts = make([]float64, n)
	}
	t.parts = t.parts[:n]
	t.run(msePiece, len(x), 1)
	var s float64
	for _, p := range t.parts {
		s += p
	}
	return s
}

func msePiece(t *task, lo, hi int) {
	var s float64
	for i := lo; i < hi; i++ {
		d := float64(t.x[i]) - float64(t.y[i])
		s += d * d
	}
	t.parts[lo/piece] = s
}

// MSEGrad computes gx = 2·scale·(x − y), or adds that to gx if acc is true. The gradient of y is its negative.
func MSEGrad(gx, x, y []float32, scale float32, acc bool) {
	t := get()
	t.dst, t.x, t.y, t.scale, t.acc = gx, x[:len(gx)], y[:len(gx)], 2*scale, acc
	t.run(mseGradPiece, len(gx), 1)
	put(t)
}

func mseGradPiece(t *task, lo, hi int) {
	for i := lo; i < hi; i++ {
		g := t.scale * (t.x[i] - t.y[i])
		if t.acc {
			g += t.dst[i]
		}
		t.dst[i] = g
	}
}
