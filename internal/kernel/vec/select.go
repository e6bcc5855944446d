package vec

import "github.com/ingot-ml/ingot/internal/parallel"

// selecting is a leaf loop of Select.
type selecting func(dst, x, y []float32, mask []uint8)

// Select computes dst = x where the mask isn't 0, and y elsewhere.
func Select(dst, x, y []float32, mask []uint8) {
	x, y, mask = x[:len(dst)], y[:len(dst)], mask[:len(dst)]
	if len(dst) <= piece {
		active().selects(dst, x, y, mask)
		return
	}
	t := selections.Get()
	*t = selection{dst, x, y, mask}
	parallel.For((len(dst)+piece-1)/piece, t)
	*t = selection{}
	selections.Put(t)
}

type selection struct {
	dst, x, y []float32
	mask      []uint8
}

var selections parallel.Free[selection]

// Run does piece i.
func (t *selection) Run(i int) {
	lo, hi := i*piece, min((i+1)*piece, len(t.dst))
	active().selects(t.dst[lo:hi], t.x[lo:hi], t.y[lo:hi], t.mask[lo:hi])
}

func selectGo(dst, x, y []float32, mask []uint8) {
	x, y, mask = x[:len(dst)], y[:len(dst)], mask[:len(dst)]
	for i := range dst {
		dst[i] = y[i]
		if mask[i] != 0 {
			dst[i] = x[i]
		}
	}
}
