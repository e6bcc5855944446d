package main

import (
	. "github.com/mmcloughlin/avo/build"

	simd "github.com/ingot-ml/ingot/internal/kernel/_gen"
)

// gates writes each Gate: a·f(b), and the gradients g·f(b) of a and g·a·f′(b) of b.
func gates(s isa) {
	for _, f := range []struct {
		name string
		at   func(b vec) vec
		both func(b vec) (y, slope vec)
	}{
		{"glu", func(b vec) vec { return s.Sigmoid(s.Load(simd.Const(-104)), b) }, func(b vec) (y, slope vec) {
			l := s.Logistic(b)
			inverse := s.Div(s.Load(simd.Const(1)), l.Sum)
			y = s.Mul(s.Up(l), inverse)
			return y, s.Mul(y, s.Mul(s.Down(l), inverse))
		}},
		{"swiglu", func(b vec) vec { return s.Weighted(b, s.Logistic(b)) }, func(b vec) (y, slope vec) {
			return s.WeightedSlope(b, s.Logistic(b), nil)
		}},
		{"geglu", func(b vec) vec { return s.GELU([]vec{b})[0] }, func(b vec) (y, slope vec) {
			return s.GELU([]vec{b})[0], s.GELUSlope([]vec{b})[0]
		}},
	} {
		s.Function(f.name, "(dst, a, b []float32)")
		loop(s, f.name, "", 1, []string{"a", "b"}, func(v []vec) vec { return s.Mul(v[0], f.at(v[1])) })
		s.Function(f.name+"Grad", "(ga, gb, g, a, b []float32)")
		ga, gb, g, a, b := simd.Slice("ga"), simd.Slice("gb"), simd.Slice("g"), simd.Slice("a"), simd.Slice("b")
		s.Range(simd.Len("ga"), 1, func(c simd.Cursor) {
			y, slope := f.both(c.Load(b))
			v := c.Load(g)
			c.Store(s.Mul(v, y), ga)
			c.Store(s.Mul(s.Mul(v, c.Load(a)), slope), gb)
		})
		VZEROUPPER()
		RET()
	}
}
