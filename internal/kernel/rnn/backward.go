package rnn

import (
	"github.com/ingot-ml/ingot/internal/kernel/gemm"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// backward is a call of Backward on its way.
type backward struct {
	p      *Params
	order  []int32
	pieces int
	w      panels
}

var backwards parallel.Free[backward]

// WorkBackward is how many floats Backward needs to work in.
func WorkBackward(p *Params) int {
	var f backward
	f.plan(p)
	return f.w.k * f.w.columns
}

func (f *backward) plan(p *Params) {
	var t gemm.Tiles
	t.Start()
	f.p, f.pieces = p, cut(p.Batch)
	f.w.plan(&t, p.Cell.Gates()*p.Size, p.Size)
}

// Backward computes GGates, GFirst, GH0 and GC0 from what Forward left. work has WorkBackward elements.
func Backward(p *Params, work []float32) {
	f := backwards.Get()
	f.plan(p)
	f.order = p.sorted(f.order)
	var t gemm.Tiles
	t.Start()
	f.w.data = work
	t.Pack(work, p.Weight, p.Size, f.w.k, f.w.n)
	parallel.For(f.pieces, f)
	*f = backward{order: f.order}
	backwards.Put(f)
}

// Run computes the rows of piece i.
func (f *backward) Run(i int) {
	p := f.p
	sc := scratches.Get()
	sc.tiles.Start()
	order := f.order[p.Batch*i/f.pieces : p.Batch*(i+1)/f.pieces]
	lda, ldg := f.w.k+line, f.w.columns+line
	var a, gh, gc, zeros []float32
	sc.take([]*[]float32{&a, &gh, &gc, &zeros}, len(order)*lda, len(order)*ldg, len(order)*p.Size, p.Size)
	clear(zeros)
	for r, b := range order {
		copy(gh[r*ldg:], p.row(p.GHN, 0, int(b), p.Size))
		if p.Cell == LSTM {
			copy(gc[r*p.Size:], p.row(p.GCN, 0, int(b), p.Size))
		}
	}
	kept := p.Cell.Kept() * p.Size
	for s := p.Steps - 1; s >= 0; s-- {
		t := p.time(s)
		n := p.active(order, t)
		for r, b := range order {
			g := p.row(p.GGates, t, int(b), kept)
			if r >= n {
				clear(g)
				continue
			}
			p.stepBack(t, int(b), g, gh[r*ldg:][:p.Size], gc[r*p.Size:][:p.Size], zeros)
			if p.GFirst != nil && p.first(t, int(b)) {
				copy(p.row(p.GFirst, 0, int(b), kept), g)
			}
			p.recurring(a[r*lda:], g)
		}
		if s > 0 || p.GH0 != nil {
			f.w.multiply(&sc.tiles, n, a, lda, gh, ldg, p.Cell == GRU)
		}
	}
	for r, b := range order {
		if p.GH0 != nil {
			copy(p.row(p.GH0, 0, int(b), p.Size), gh[r*ldg:])
		}
		if p.GC0 != nil {
			copy(p.row(p.GC0, 0, int(b), p.Size), gc[r*p.Size:])
		}
	}
	scratches.Put(sc)
}

// stepBack turns a row's gradients of the states after time t to those of the gates. gc, and gh of the GRU, become what goes to
// the states before past the weight.
func (p *Params) stepBack(t, b int, g, gh, gc, zeros []float32) {
	k, kept := active(), p.Cell.Kept()*p.Size
	gy, y := p.row(p.GY, t, b, p.Size), p.row(p.Y, t, b, p.Size)
	switch p.Cell {
	case Tanh:
		k.tanhGrad(g, gy, gh, y)
	case ReLU:
		k.reluGrad(g, gy, gh, y)
	case LSTM:
		c, before := p.row(p.C, t, b, p.Size), p.before(p.C, p.C0, zeros, t, b)
		k.lstmGrad(g, p.row(p.Gates, t, b, kept), before, c, gy, gh, gc)
	case GRU:
		k.gruGrad(g, p.row(p.Gates, t, b, kept), p.before(p.Y, p.H0, zeros, t, b), gy, gh)
	}
}

// recurring copies the gradients that go through the weight.
func (p *Params) recurring(dst, g []float32) {
	if p.Cell == GRU {
		copy(dst, g[:2*p.Size])
		copy(dst[2*p.Size:], g[3*p.Size:])
		return
	}
	copy(dst, g)
}
