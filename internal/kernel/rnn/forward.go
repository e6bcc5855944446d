package rnn

import (
	"github.com/ingot-ml/ingot/internal/kernel/gemm"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// forward is a call of Forward on its way.
type forward struct {
	p       *Params
	order   []int32
	pieces  int
	w       panels
	product []float32 // of a single step, [Batch Gates·Size]: made at once, with the weight as it is
}

// scratch is the memory of a piece, forward or backward.
type scratch struct {
	tiles gemm.Tiles
	buf   []float32
}

var (
	forwards  parallel.Free[forward]
	scratches parallel.Free[scratch]
)

// take cuts memory for a piece in parts, each from a cache line on.
func (sc *scratch) take(parts []*[]float32, lengths ...int) {
	n := 0
	for _, l := range lengths {
		n += lineUp(l)
	}
	if len(sc.buf) < n {
		sc.buf = make([]float32, n)
	}
	n = 0
	for i, l := range lengths {
		*parts[i] = sc.buf[n:][:l]
		n += lineUp(l)
	}
}

func lineUp(n int) int { return (n + line - 1) / line * line }

// WorkForward is how many floats Forward needs to work in.
func WorkForward(p *Params) int {
	var f forward
	f.plan(p)
	if p.Steps == 1 {
		return p.Batch * f.w.n
	}
	return f.w.k * f.w.columns
}

func (f *forward) plan(p *Params) {
	var t gemm.Tiles
	t.Start()
	f.p, f.pieces = p, cut(p.Batch)
	f.w.plan(&t, p.Size, p.Cell.Gates()*p.Size)
}

// Forward computes Y, C, HN and CN. work has WorkForward elements.
func Forward(p *Params, work []float32) {
	f := forwards.Get()
	f.plan(p)
	f.order = p.sorted(f.order)
	if p.Steps == 1 {
		f.product = work
		f.multiply()
	} else {
		var t gemm.Tiles
		t.Start()
		f.w.data = work
		t.PackTurned(work, p.Weight, p.Size, f.w.k, f.w.n)
	}
	parallel.For(f.pieces, f)
	*f = forward{order: f.order}
	forwards.Put(f)
}

// multiply makes the product of a single step.
func (f *forward) multiply() {
	if f.p.H0 == nil {
		clear(f.product)
		return
	}
	gemm.Mul(&gemm.Params{
		M: f.p.Batch, N: f.w.n, K: f.w.k, C: f.product, LDC: f.w.n,
		A: gemm.Matrix{Data: f.p.H0, Stride: f.p.Size},
		B: gemm.Matrix{Data: f.p.Weight, Stride: f.p.Size, Trans: true},
	})
}

// Run computes the rows of piece i.
func (f *forward) Run(i int) {
	p := f.p
	sc := scratches.Get()
	sc.tiles.Start()
	order := f.order[p.Batch*i/f.pieces : p.Batch*(i+1)/f.pieces]
	ldh, ldu := p.Size+line, f.w.columns+line
	var h, u, zeros []float32
	sc.take([]*[]float32{&h, &u, &zeros}, len(order)*ldh, len(order)*ldu, p.Size)
	clear(zeros)
	for r, b := range order {
		copy(h[r*ldh:][:p.Size], p.start(p.H0, zeros, int(b)))
	}
	for s := range p.Steps {
		t := p.time(s)
		n := p.active(order, t)
		switch {
		case p.Steps == 1:
		case s == 0 && p.H0 == nil:
			clear(u)
		default:
			f.w.multiply(&sc.tiles, n, h, ldh, u, ldu, false)
		}
		for r, b := range order {
			y := p.row(p.Y, t, int(b), p.Size)
			if r >= n {
				clear(y)
				continue
			}
			v := u[r*ldu:][:f.w.n]
			if p.Steps == 1 {
				v = f.product[int(b)*f.w.n:][:f.w.n]
			}
			p.step(t, int(b), v, h[r*ldh:][:p.Size], y, zeros)
			copy(h[r*ldh:], y)
		}
	}
	for r, b := range order {
		copy(p.row(p.HN, 0, int(b), p.Size), h[r*ldh:])
		if p.Cell == LSTM {
			copy(p.row(p.CN, 0, int(b), p.Size), p.last(int(b), zeros))
		}
	}
	scratches.Put(sc)
}

// start returns the row of an initial state.
func (p *Params) start(x0, zeros []float32, b int) []float32 {
	if x0 == nil {
		return zeros
	}
	return p.row(x0, 0, b, p.Size)
}

// last returns the LSTM's cell state after a row's last step.
func (p *Params) last(b int, zeros []float32) []float32 {
	switch {
	case p.Steps == 0:
		return p.start(p.C0, zeros, b)
	case p.Reverse:
		return p.row(p.C, 0, b, p.Size)
	}
	return p.row(p.C, p.length(b)-1, b, p.Size)
}

// step turns the gates of one row, whose state was h, to the state y.
func (p *Params) step(t, b int, u, h, y, zeros []float32) {
	k, kept := active(), p.Cell.Kept()*p.Size
	switch p.Cell {
	case Tanh:
		k.tanh(y, u)
	case ReLU:
		k.relu(y, u)
	case LSTM:
		k.lstm(y, p.row(p.Gates, t, b, kept), u, p.before(p.C, p.C0, zeros, t, b), p.row(p.C, t, b, p.Size))
	case GRU:
		k.gru(y, p.row(p.Gates, t, b, kept), u, p.Bias, h)
	}
}
