// Command softmax writes the assembly of package softmax.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	simd "github.com/ingot-ml/ingot/internal/kernel/_gen"
)

func main() {
	simd.Program("softmax", func(s simd.ISA) {
		sums(s)
		products(s)
		gradients(s)
		past(s)
		s.Fence()
	})
}

func plus(b, a, d Op) { VADDPS(b, a, d) }

// below returns exp(x − m) of the elements at c.
func below(s simd.ISA, ends simd.ExpRange, x simd.Vec, m simd.Vec) simd.Vec {
	return s.Exp(s.Clamp(ends, s.Sub(x, m)))
}

func sums(s simd.ISA) {
	for _, keep := range []bool{true, false} {
		name, signature := "sumExp", "(x []float32, m float32) float32"
		if keep {
			name, signature = "expSum", "(dst, x []float32, m float32) float32"
		}
		s.Function(name, signature)
		x, n := simd.Slice("x"), simd.Len("x")
		dst := x
		if keep {
			dst = simd.Slice("dst")
		}
		m, lanes := s.Scalar("m"), s.Lanes16()
		var ends simd.ExpRange
		var floor simd.Vec
		var next reg.GPVirtual // the row after this one, which comes from memory while exponentials are computed
		if keep {
			floor = s.ExpFloor()
			next = GP64()
			LEAQ(Mem{Base: x, Index: n, Scale: 4}, next)
		} else {
			ends = s.ExpRange()
		}
		s.Range16(n, func(cs []simd.Cursor) {
			for j, c := range cs {
				var e simd.Vec
				if keep { // softmax, whose m is the largest
					c.Fetch(next)
					e = s.ExpBelow(floor, s.Sub(c.Load(x), m))
					c.Store(e, dst)
				} else {
					e = below(s, ends, c.Load(x), m)
				}
				VADDPS(c.Clip(e), lanes[j], lanes[j])
			}
		})
		r := s.Tree(lanes, plus)
		VZEROUPPER()
		Store(r, ReturnIndex(0))
		RET()
	}
	s.Function("dot", "(x, y []float32) float32")
	x, y, n, lanes := simd.Slice("x"), simd.Slice("y"), simd.Len("x"), s.Lanes16()
	s.Range16(n, func(cs []simd.Cursor) {
		for j, c := range cs {
			s.MulAdd(c.Load(x), c.Load(y), lanes[j])
		}
	})
	r := s.Tree(lanes, plus)
	VZEROUPPER()
	Store(r, ReturnIndex(0))
	RET()
}

func products(s simd.ISA) {
	for _, acc := range []bool{false, true} {
		name := "expMul"
		if acc {
			name = "expMulAcc"
		}
		s.Function(name, "(dst, x []float32, m, s float32)")
		dst, x, n := simd.Slice("dst"), simd.Slice("x"), simd.Len("dst")
		m, k, ends := s.Scalar("m"), s.Scalar("s"), s.ExpRange()
		s.Range(n, 1, func(c simd.Cursor) {
			e := below(s, ends, c.Load(x), m)
			if acc {
				e = s.MulAdd(e, k, c.Load(dst))
			} else {
				e = s.Mul(e, k)
			}
			c.Store(e, dst)
		})
		VZEROUPPER()
		RET()
	}
}

func gradients(s simd.ISA) {
	for _, f := range []struct {
		name, scalar string
		body         func(ends simd.ExpRange, g, y, k simd.Vec) simd.Vec
	}{
		{"grad", "d", func(_ simd.ExpRange, g, y, d simd.Vec) simd.Vec { return s.Mul(y, s.Sub(g, d)) }},
		{"logGrad", "s", func(ends simd.ExpRange, g, y, k simd.Vec) simd.Vec {
			return s.NegMulAdd(s.Exp(s.Clamp(ends, y)), k, s.Copy(g))
		}},
	} {
		for _, acc := range []string{"", "Acc"} {
			s.Function(f.name+acc, "(gx, g, y []float32, "+f.scalar+" float32)")
			gx, g, y, n := simd.Slice("gx"), simd.Slice("g"), simd.Slice("y"), simd.Len("gx")
			k, ends := s.Scalar(f.scalar), s.ExpRange()
			s.Range(n, 1, func(c simd.Cursor) {
				v := f.body(ends, c.Load(g), c.Load(y), k)
				if acc != "" {
					v = s.Add(c.Load(gx), v)
				}
				c.Store(v, gx)
			})
			VZEROUPPER()
			RET()
		}
	}
}

// past writes the loops that end a row, past the caches.
func past(s simd.ISA) {
	s.FunctionOf("scalePast", "scale", "(dst, x []float32, k float32)")
	dst, x, n, k := simd.Slice("dst"), simd.Slice("x"), simd.Len("dst"), s.Scalar("k")
	s.Range(n, 2, func(c simd.Cursor) { c.StorePast(s.Mul(c.Load(x), k), dst) })
	VZEROUPPER()
	RET()
	s.FunctionOf("gradPast", "grad", "(gx, g, y []float32, d float32)")
	gx, g, y, n, d := simd.Slice("gx"), simd.Slice("g"), simd.Slice("y"), simd.Len("gx"), s.Scalar("d")
	s.Range(n, 2, func(c simd.Cursor) { c.StorePast(s.Mul(c.Load(y), s.Sub(c.Load(g), d)), gx) })
	VZEROUPPER()
	RET()
}
