package attn

import "github.com/ingot-ml/ingot/internal/parallel"

// Rotary is a rotation of the pairs of each row of x [outer times heads dim], by the angles of its time: table
// [times 2 Turned/2] has the cosines and then the sines of the pairs. The first Turned elements of a row are pairs, of neighbours
// if Interleaved, else i with i + Turned/2; those after them, and the heads from TurnedHeads on, stay as they are.
type Rotary struct {
	Outer, Times, Heads, Dim int
	Turned, TurnedHeads      int
	Interleaved              bool
	Back                     bool // by the negated angles
}

const ropePiece = 8192 // elements a worker does at a time, or one time's

// rope is a call of Rope.
type rope struct {
	r           Rotary
	y, x, table []float32
	add         bool
	per         int // times a piece
}

var ropes parallel.Free[rope]

// Rope computes y = the rotated x, or adds it to y.
func Rope(y, x, table []float32, r *Rotary, add bool) {
	t := ropes.Get()
	*t = rope{*r, y, x, table, add, max(1, ropePiece/max(1, r.Heads*r.Dim))}
	parallel.For((r.Outer*r.Times+t.per-1)/t.per, t)
	*t = rope{}
	ropes.Put(t)
}

// Run does piece i.
func (t *rope) Run(i int) {
	r := &t.r
	for at := i * t.per; at < min((i+1)*t.per, r.Outer*r.Times); at++ {
		angles := t.table[at%r.Times*r.Turned:]
		for h := range r.Heads {
			from := (at*r.Heads + h) * r.Dim
			t.row(t.y[from:][:r.Dim], t.x[from:][:r.Dim], angles, h)
		}
	}
}

// row turns a row of head h.
func (t *rope) row(y, x, angles []float32, h int) {
	n := t.r.Turned
	if h >= t.r.TurnedHeads {
		n = 0
	}
	half, step := n/2, 1
	if t.r.Interleaved {
		half, step = 1, 2
	}
	sign := float32(1)
	if t.r.Back {
		sign = -1
	}
	for k := range n / 2 {
		i := k * step
		c, s := angles[k], sign*angles[t.r.Turned/2+k]
		a, b := x[i], x[i+half]
		u, v := float32(a*c)-float32(b*s), float32(a*s)+float32(b*c)
		if t.add {
			u, v = u+y[i], v+y[i+half]
		}
		y[i], y[i+half] = u, v
	}
	for i := n; i < len(x); i++ {
		if t.add {
			y[i] += x[i]
		} else {
			y[i] = x[i]
		}
	}
}
