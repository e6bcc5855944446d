package softmax

import "math"

// BCEWithLogits returns the sum of the binary cross-entropies of logits x against targets y in [0, 1], in the form
// that doesn't overflow:
//
//	Σ max(x, 0) − x·y + ln(1 + exp(−|x|))
func BCEWithLogits(x, y []float32) float64 { return total(bcePiece, x, y) }

// MSE returns Σ (x − y)².
func MSE(x, y []float32) float64 { return total(msePiece, x, y) }

// total adds the parts that do leaves for each piece of x and y, in their order.
func total(do func(t *task, lo, hi int), x, y []float32) float64 {
	t := get()
	defer put(t)
	t.x, t.y = x, y[:len(x)]
	n := (len(x) + piece - 1) / piece
	if cap(t.parts) < n {
		t.parts = make([]float64, n)
	}
	t.parts = t.parts[:n]
	t.run(do, len(x), 1)
	var s float64
	for _, p := range t.parts {
		s += p
	}
	return s
}

func bcePiece(t *task, lo, hi int) {
	var s float64
	for i := lo; i < hi; i++ {
		x, y := float64(t.x[i]), float64(t.y[i])
		s += max(x, 0) - x*y + math.Log1p(math.Exp(-math.Abs(x)))
	}
	t.parts[lo/piece] = s
}

func msePiece(t *task, lo, hi int) {
	var s float64
	for i := lo; i < hi; i++ {
		d := float64(t.x[i]) - float64(t.y[i])
		s += d * d
	}
	t.parts[lo/piece] = s
}

// BCEWithLogitsGrad computes gx = scale·(σ(x) − y), or adds that to gx if acc is true.
func BCEWithLogitsGrad(gx, x, y []float32, scale float32, acc bool) {
	pointGrad(bceGradPiece, gx, x, y, scale, acc)
}

// MSEGrad computes gx = 2·scale·(x − y), or adds that to gx if acc is true. The gradient of y is its negative.
func MSEGrad(gx, x, y []float32, scale float32, acc bool) {
	pointGrad(mseGradPiece, gx, x, y, 2*scale, acc)
}

func pointGrad(do func(t *task, lo, hi int), gx, x, y []float32, scale float32, acc bool) {
	t := get()
	t.dst, t.x, t.y, t.scale, t.acc = gx, x[:len(gx)], y[:len(gx)], scale, acc
	t.run(do, len(gx), 1)
	put(t)
}

func bceGradPiece(t *task, lo, hi int) {
	for i := lo; i < hi; i++ {
		p := float32(1 / (1 + math.Exp(-float64(t.x[i]))))
		t.store(i, t.scale*(p-t.y[i]))
	}
}

func mseGradPiece(t *task, lo, hi int) {
	for i := lo; i < hi; i++ {
		t.store(i, t.scale*(t.x[i]-t.y[i]))
	}
}

// store writes or adds a gradient.
func (t *task) store(i int, g float32) {
	if t.acc {
		g += t.dst[i]
	}
	t.dst[i] = g
}
