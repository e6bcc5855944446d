// Command rnn writes the assembly of package rnn.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"

	simd "github.com/ingot-ml/ingot/internal/kernel/_gen"
)

type (
	isa = simd.ISA
	vec = simd.Vec
)

func main() {
	simd.Program("rnn", func(s isa) {
		plain(s)
		plainGrad(s)
		lstm(s)
		lstmGrad(s)
		gru(s)
		gruGrad(s)
	})
}

// pass writes a kernel over the slices named; n is the length of the slice size.
func pass(s isa, name, signature, size string, names []string, body func(c simd.Cursor, n reg.GPVirtual, b []reg.GPVirtual)) {
	s.Function(name, signature)
	n := simd.Len(size)
	var b []reg.GPVirtual
	for _, name := range names {
		b = append(b, simd.Slice(name))
	}
	s.Range(n, 1, func(c simd.Cursor) { body(c, n, b) })
	VZEROUPPER()
	RET()
}

// vectors returns the cursor in each of k vectors of n elements that follow each other.
func vectors(c simd.Cursor, n reg.GPVirtual, k int) []simd.Cursor {
	cs := []simd.Cursor{c}
	for range k - 1 {
		cs = append(cs, cs[len(cs)-1].Skip(n))
	}
	return cs
}

// sigmoid is 1 / (1 + e⁻ˣ), within 2 ulp; beyond ±88 it stays.
func sigmoid(s isa, x vec) vec {
	one := s.Load(simd.Const(1))
	e := s.ExpBelow(s.ExpFloor(), s.Min(s.Load(simd.Const(88)), s.Xor(x, simd.Bits(1<<31))))
	return s.Div(one, s.Add(e, one))
}

func tanh(s isa, x vec) vec { return s.Tanh(s.Load(simd.Const(10)), x) }

// slope is y·(1 − y), and bend 1 − y².
func slope(s isa, y vec) vec { return s.Mul(y, s.Sub(s.Load(simd.Const(1)), y)) }
func bend(s isa, y vec) vec  { return s.NegMulAdd(y, y, s.Load(simd.Const(1))) }

func plain(s isa) {
	for _, f := range []struct {
		name string
		act  func(x vec) vec
	}{
		{"tanh", func(x vec) vec { return tanh(s, x) }},
		{"relu", func(x vec) vec { return s.Max(s.Zero(), x) }},
	} {
		pass(s, f.name, "(y, u []float32)", "y", []string{"y", "u"}, func(c simd.Cursor, _ reg.GPVirtual, b []reg.GPVirtual) {
			c.Store(f.act(s.Add(c.Load(b[0]), c.Load(b[1]))), b[0])
		})
	}
}

func plainGrad(s isa) {
	for _, f := range []struct {
		name string
		grad func(g, y vec) vec
	}{
		{"tanhGrad", func(g, y vec) vec { return s.Mul(g, bend(s, y)) }},
		{"reluGrad", func(g, y vec) vec { return s.Keep(s.Compare(simd.Greater, y, simd.Const(0)), g) }},
	} {
		names := []string{"g", "gy", "gh", "y"}
		pass(s, f.name, "(g, gy, gh, y []float32)", "g", names, func(c simd.Cursor, _ reg.GPVirtual, b []reg.GPVirtual) {
			c.Store(f.grad(s.Add(c.Load(b[1]), c.Load(b[2])), c.Load(b[3])), b[0])
		})
	}
}

func lstm(s isa) {
	names := []string{"y", "gates", "u", "c", "cNext"}
	pass(s, "lstm", "(y, gates, u, c, cNext []float32)", "y", names, func(c simd.Cursor, n reg.GPVirtual, b []reg.GPVirtual) {
		at := vectors(c, n, 4)
		gate := func(k int, act func(s isa, x vec) vec) vec {
			v := act(s, s.Add(at[k].Load(b[1]), at[k].Load(b[2])))
			at[k].Store(v, b[1])
			return v
		}
		i, g := gate(0, sigmoid), gate(2, tanh)
		next := s.MulAdd(gate(1, sigmoid), c.Load(b[3]), s.Mul(i, g))
		c.Store(next, b[4])
		c.Store(s.Mul(gate(3, sigmoid), tanh(s, next)), b[0])
	})
}

func lstmGrad(s isa) {
	names := []string{"g", "gates", "c", "cNext", "gy", "gh", "gc"}
	signature := "(g, gates, c, cNext, gy, gh, gc []float32)"
	pass(s, "lstmGrad", signature, "c", names, func(c simd.Cursor, n reg.GPVirtual, b []reg.GPVirtual) {
		at := vectors(c, n, 4)
		gate := func(k int) vec { return at[k].Load(b[1]) }
		t, d, o := tanh(s, c.Load(b[3])), s.Add(c.Load(b[4]), c.Load(b[5])), gate(3)
		at[3].Store(s.Mul(s.Mul(d, t), slope(s, o)), b[0])
		e := s.MulAdd(s.Mul(d, o), bend(s, t), c.Load(b[6]))
		i, z := gate(0), gate(2)
		at[0].Store(s.Mul(s.Mul(e, z), slope(s, i)), b[0])
		at[2].Store(s.Mul(s.Mul(e, i), bend(s, z)), b[0])
		f := gate(1)
		at[1].Store(s.Mul(s.Mul(e, c.Load(b[2])), slope(s, f)), b[0])
		c.Store(s.Mul(e, f), b[6])
	})
}

func gru(s isa) {
	names := []string{"y", "gates", "u", "bias", "h"}
	pass(s, "gru", "(y, gates, u, bias, h []float32)", "y", names, func(c simd.Cursor, n reg.GPVirtual, b []reg.GPVirtual) {
		at := vectors(c, n, 4)
		gate := func(k int) vec {
			v := sigmoid(s, s.Add(at[k].Load(b[1]), at[k].Load(b[2])))
			at[k].Store(v, b[1])
			return v
		}
		v := s.Add(at[2].Load(b[2]), c.Load(b[3]))
		at[3].Store(v, b[1])
		m := tanh(s, s.MulAdd(gate(0), v, at[2].Load(b[1])))
		at[2].Store(m, b[1])
		c.Store(s.MulAdd(gate(1), s.Sub(c.Load(b[4]), m), m), b[0])
	})
}

func gruGrad(s isa) {
	names := []string{"g", "gates", "h", "gy", "gh"}
	pass(s, "gruGrad", "(g, gates, h, gy, gh []float32)", "h", names, func(c simd.Cursor, n reg.GPVirtual, b []reg.GPVirtual) {
		at := vectors(c, n, 4)
		gate := func(k int) vec { return at[k].Load(b[1]) }
		d, z, m := s.Add(c.Load(b[3]), c.Load(b[4])), gate(1), gate(2)
		c.Store(s.Mul(d, z), b[4])
		at[1].Store(s.Mul(s.Mul(d, s.Sub(c.Load(b[2]), m)), slope(s, z)), b[0])
		e := s.Mul(s.Mul(d, s.Sub(s.Load(simd.Const(1)), z)), bend(s, m))
		at[2].Store(e, b[0])
		r := gate(0)
		at[3].Store(s.Mul(e, r), b[0])
		at[0].Store(s.Mul(s.Mul(e, gate(3)), slope(s, r)), b[0])
	})
}
