package vec

import (
	"sync/atomic"

	"github.com/ingot-ml/ingot/internal/parallel"
)

// NonFinite reports whether x has a NaN or an infinity.
func NonFinite(x []float32) bool {
	f := active().nonFinite
	if len(x) <= piece {
		return f(x)
	}
	t := scans.Get()
	t.x, t.f = x, f
	t.found.Store(false)
	parallel.For((len(x)+piece-1)/piece, t)
	found := t.found.Load()
	t.x = nil
	scans.Put(t)
	return found
}

type scan struct {
	x     []float32
	f     func(x []float32) bool
	found atomic.Bool
}

var scans parallel.Free[scan]

// Run looks at piece i, unless something was found already.
func (t *scan) Run(i int) {
	if !t.found.Load() && t.f(t.x[i*piece:min((i+1)*piece, len(t.x))]) {
		t.found.Store(true)
	}
}
