package vec

import "github.com/ingot-ml/ingot/internal/parallel"

// Dropout computes dst = s·x where mask isn't 0 and 0 elsewhere, or adds that to dst if acc is true. It is its own
// backward, applied to the gradient with the same mask.
func Dropout(dst, x []float32, mask []uint8, s float32, acc bool) {
	k := active()
	f := pick(acc, k.dropout, k.dropoutAcc)
	x, mask = x[:len(dst)], mask[:len(dst)]
	if len(dst) <= piece {
		f(dst, x, mask, s)
		return
	}
	t := masks.Get()
	*t = masked{f, dst, x, mask, s}
	parallel.For((len(dst)+piece-1)/piece, t)
	*t = masked{}
	masks.Put(t)
}

type masked struct {
	f      masking
	dst, x []float32
	mask   []uint8
	s      float32
}

var masks parallel.Free[masked]

// Run does piece i.
func (t *masked) Run(i int) {
	lo, hi := i*piece, min((i+1)*piece, len(t.dst))
	t.f(t.dst[lo:hi], t.x[lo:hi], t.mask[lo:hi], t.s)
}
