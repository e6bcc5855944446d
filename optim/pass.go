package optim

import (
	"slices"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/convert"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/tensor"
)

// rule is an optimizer's arithmetic on a run of one parameter's elements.
type rule interface {
	// update changes p by the gradient g times scale. m has the same run of each moment there is; age counts this update
	// too.
	update(p, g []float32, m runs, age int64, scale float32)
}

// runs are the same elements of a parameter's moments, in the order of their names; the rest are nil.
type runs [3][]float32

// pass is one update: all parameters laid end to end, each from a multiple of a cache line on, cut every size elements.
type pass struct {
	rule  rule
	scale float32
	size  int
	runs  []run
	start []int // where each run starts; one more: the end of the last
}

// run is one parameter in a pass.
type run struct {
	p, g   []float32
	stored tensor.Tensor // the parameter where p is its master
	mem    *memory
}

// piece is how many elements a worker updates at a time, about 10 µs of Adam from memory; of many pieces it takes four at
// a time, since each costs some per cent of that. lanes are a cache line's.
const (
	piece = 16384
	lanes = tensor.Align / 4
)

// apply updates the parameters by the gradients times scale.
func (m *moments) apply(r rule, ps grad.Params, g *grad.Grads, scale float32) {
	t := &m.pass
	t.rule, t.scale, t.start = r, scale, append(t.start[:0], 0)
	for _, p := range ps {
		gp, ok := g.Of(p.Param)
		mem := m.of[p.Param]
		if !ok || mem == nil {
			continue
		}
		run := run{g: tensor.Of[float32](gp), mem: mem}
		if mem.master.Valid() {
			run.p, run.stored = tensor.Of[float32](mem.master), p.Data
		} else {
			run.p = tensor.Of[float32](p.Data)
		}
		tensor.Of[int64](mem.age)[0]++
		t.runs = append(t.runs, run)
		t.start = append(t.start, (t.start[len(t.runs)-1]+len(run.p)+lanes-1)/lanes*lanes)
	}
	end := t.start[len(t.runs)]
	t.size = piece
	if end > 64*piece {
		t.size = 4 * piece
	}
	parallel.For((end+t.size-1)/t.size, t)
	clear(t.runs)
	t.runs, t.rule = t.runs[:0], nil
	m.step++
}

// Run does piece i.
func (t *pass) Run(i int) {
	lo, hi := i*t.size, (i+1)*t.size
	k, exact := slices.BinarySearch(t.start, lo)
	if !exact {
		k--
	}
	for ; k < len(t.runs) && t.start[k] < hi; k++ {
		r, from := &t.runs[k], max(lo-t.start[k], 0)
		if to := min(hi-t.start[k], len(r.p)); from < to {
			t.update(r, from, to)
		}
	}
}

// update updates elements from … to−1 of a run.
func (t *pass) update(r *run, from, to int) {
	var m runs
	for i := range r.mem.slot {
		m[i] = tensor.Of[float32](r.mem.slot[i])[from:to]
	}
	p := r.p[from:to]
	if r.stored.Valid() {
		follow(p, r.stored, from)
	}
	t.rule.update(p, r.g[from:to], m, tensor.Of[int64](r.mem.age)[0], t.scale)
	if r.stored.Valid() {
		narrow(r.stored, from, p)
	}
}

// follow widens those elements of a parameter that were changed behind the master's back, by loading weights, say.
func follow(master []float32, stored tensor.Tensor, from int) {
	s := rounding.Get()
	if len(s.half) < len(master) {
		s.half = make([]uint16, len(master))
	}
	half := s.half[:len(master)]
	to16, to32 := conversions(stored)
	to16(half, master)
	for i, h := range tensor.Of[uint16](stored)[from : from+len(master)] {
		if h != half[i] {
			to32(master[i:i+1], tensor.Of[uint16](stored)[from+i:from+i+1])
		}
	}
	rounding.Put(s)
}

// scratch holds a piece of a 16-bit parameter as its master rounds to.
type scratch struct{ half []uint16 }

var rounding parallel.Free[scratch]

func narrow(stored tensor.Tensor, from int, p []float32) {
	to16, _ := conversions(stored)
	to16(tensor.Of[uint16](stored)[from:from+len(p)], p)
}

func widen(dst []float32, stored tensor.Tensor) {
	_, to32 := conversions(stored)
	to32(dst, tensor.Of[uint16](stored))
}

func conversions(t tensor.Tensor) (to16 func([]uint16, []float32), to32 func([]float32, []uint16)) {
	if t.DType() == tensor.BF16 {
		return convert.F32ToBF16, convert.BF16ToF32
	}
	return convert.F32ToF16, convert.F16ToF32
}
