// Command optim writes the assembly of package optim.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	simd "github.com/ingot-ml/ingot/internal/kernel/_gen"
)

func main() {
	simd.Program("optim", func(s simd.ISA) {
		adam(s)
		sgd(s)
		lion(s)
	})
}

// field returns copies of float32 number i of the struct Adam, SGD or Lion, at whose first field the parameter c points.
func field(s simd.ISA, c reg.Register, i int) simd.Vec {
	return s.Broadcast(operand.Mem{Base: c, Disp: 4 * i})
}

// update runs body over n parameters. The moments of a parameter that gets no gradient any more decay to subnormals and
// stay there, where a step would take several times as long.
func update(s simd.ISA, n reg.GPVirtual, unroll int, body func(at simd.Cursor)) {
	simd.FlushSubnormals(func() { s.Range(n, unroll, body) })
}

func adam(s simd.ISA) {
	s.Function("adam", "(p, g, m, v []float32, c *float32)")
	p, g, m, v, n := simd.Slice("p"), simd.Slice("g"), simd.Slice("m"), simd.Slice("v"), simd.Len("p")
	c := Load(Param("c"), GP64())
	scale, decay, beta1c, beta2, beta2c := field(s, c, 0), field(s, c, 1), field(s, c, 2), field(s, c, 3), field(s, c, 4)
	rootC, eps, rate, shrink := field(s, c, 5), field(s, c, 6), field(s, c, 7), field(s, c, 8)
	update(s, n, 2, func(at simd.Cursor) {
		pi := at.Load(p)
		gi := s.MulAdd(pi, decay, s.Mul(at.Load(g), scale))
		mi := at.Load(m)
		mi = s.MulAdd(s.Sub(gi, mi), beta1c, mi)
		at.Store(mi, m)
		vi := s.MulAdd(s.Mul(gi, beta2c), gi, s.Mul(at.Load(v), beta2))
		at.Store(vi, v)
		d := s.Horner(s.Sqrt(vi), rootC, eps)
		at.Store(s.NegMulAdd(s.Div(mi, d), rate, s.Mul(pi, shrink)), p)
	})
	VZEROUPPER()
	RET()
}

func sgd(s simd.ISA) {
	s.Function("sgd", "(p, g []float32, c *float32)")
	p, g, n := simd.Slice("p"), simd.Slice("g"), simd.Len("p")
	c := Load(Param("c"), GP64())
	scale, decay, rate := field(s, c, 0), field(s, c, 1), field(s, c, 3)
	update(s, n, 4, func(at simd.Cursor) {
		pi := at.Load(p)
		gi := s.MulAdd(pi, decay, s.Mul(at.Load(g), scale))
		at.Store(s.NegMulAdd(gi, rate, pi), p)
	})
	VZEROUPPER()
	RET()

	for _, nesterov := range []bool{false, true} {
		name := "sgdMomentum"
		if nesterov {
			name = "sgdNesterov"
		}
		s.Function(name, "(p, g, m []float32, c *float32)")
		p, g, m, n := simd.Slice("p"), simd.Slice("g"), simd.Slice("m"), simd.Len("p")
		c := Load(Param("c"), GP64())
		scale, decay, momentum, rate := field(s, c, 0), field(s, c, 1), field(s, c, 2), field(s, c, 3)
		update(s, n, 4, func(at simd.Cursor) {
			pi := at.Load(p)
			gi := s.MulAdd(pi, decay, s.Mul(at.Load(g), scale))
			mi := s.Horner(at.Load(m), momentum, gi)
			at.Store(mi, m)
			if nesterov {
				mi = s.Horner(mi, momentum, gi)
			}
			at.Store(s.NegMulAdd(mi, rate, pi), p)
		})
		VZEROUPPER()
		RET()
	}
}

func lion(s simd.ISA) {
	s.Function("lion", "(p, g, m []float32, c *float32)")
	p, g, m, n := simd.Slice("p"), simd.Slice("g"), simd.Slice("m"), simd.Len("p")
	c := Load(Param("c"), GP64())
	scale, beta1, beta1c, beta2, beta2c := field(s, c, 0), field(s, c, 1), field(s, c, 2), field(s, c, 3), field(s, c, 4)
	rate, shrink, zero, sign := field(s, c, 5), field(s, c, 6), s.Zero(), s.Load(simd.Bits(0x80000000))
	update(s, n, 2, func(at simd.Cursor) {
		gi := s.Mul(at.Load(g), scale)
		mi := at.Load(m)
		d := s.MulAdd(mi, beta1, s.Mul(gi, beta1c))
		step := s.Blend(s.Compare(simd.Equal, d, zero), zero, s.Or(s.And(d, sign), rate))
		at.Store(s.Sub(s.Mul(at.Load(p), shrink), step), p)
		at.Store(s.Horner(gi, beta2c, s.Mul(mi, beta2)), m)
	})
	VZEROUPPER()
	RET()
}
