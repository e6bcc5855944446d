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
		adam(s, false)
		adam(s, true)
		sgd(s)
		lion(s)
		for _, centered := range []bool{false, true} {
			rmsprop(s, centered, false)
			rmsprop(s, centered, true)
		}
		adadelta(s)
		adamax(s)
		scheduleFree(s)
	})
}

// field returns copies of float32 number i of the struct of scalars at whose first field the parameter c points.
func field(s simd.ISA, c reg.Register, i int) simd.Vec {
	return s.Broadcast(operand.Mem{Base: c, Disp: 4 * i})
}

// update runs body over n parameters. The moments of a parameter that gets no gradient any more decay to subnormals and
// stay there, where a step would take several times as long.
func update(s simd.ISA, n reg.GPVirtual, unroll int, body func(at simd.Cursor)) {
	simd.FlushSubnormals(func() { s.Range(n, unroll, body) })
}

// fields returns copies of the first n.
func fields(s simd.ISA, n int) []simd.Vec {
	c, all := Load(Param("c"), GP64()), make([]simd.Vec, n)
	for i := range all {
		all[i] = field(s, c, i)
	}
	return all
}

func adam(s simd.ISA, amsgrad bool) {
	if amsgrad {
		s.Function("amsgrad", "(p, g, m, v, top []float32, c *float32)")
	} else {
		s.Function("adam", "(p, g, m, v []float32, c *float32)")
	}
	p, g, m, v, n := simd.Slice("p"), simd.Slice("g"), simd.Slice("m"), simd.Slice("v"), simd.Len("p")
	var top reg.Register
	if amsgrad {
		top = simd.Slice("top")
	}
	c := Load(Param("c"), GP64())
	scale, decay, beta1c, beta2, beta2c := field(s, c, 0), field(s, c, 1), field(s, c, 2), field(s, c, 3), field(s, c, 4)
	rootC, eps, rate, shrink, mix := field(s, c, 5), field(s, c, 6), field(s, c, 7), field(s, c, 8), field(s, c, 9)
	update(s, n, 2, func(at simd.Cursor) {
		pi := at.Load(p)
		gi := s.MulAdd(pi, decay, s.Mul(at.Load(g), scale))
		mi := at.Load(m)
		mi = s.MulAdd(s.Sub(gi, mi), beta1c, mi)
		at.Store(mi, m)
		vi := s.MulAdd(s.Mul(gi, beta2c), gi, s.Mul(at.Load(v), beta2))
		at.Store(vi, v)
		if amsgrad {
			vi = s.Max(vi, at.Load(top))
			at.Store(vi, top)
		}
		d := s.Horner(s.Sqrt(vi), rootC, eps)
		mi = s.MulAdd(gi, mix, mi)
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

func rmsprop(s simd.ISA, centered, momentum bool) {
	name, args := "rmsprop", "p, g, v"
	if centered {
		name, args = name+"Centered", args+", a"
	}
	if momentum {
		name, args = name+"Momentum", args+", b"
	}
	s.Function(name, "("+args+" []float32, c *float32)")
	p, g, v, n := simd.Slice("p"), simd.Slice("g"), simd.Slice("v"), simd.Len("p")
	var a, b reg.Register
	if centered {
		a = simd.Slice("a")
	}
	if momentum {
		b = simd.Slice("b")
	}
	f := fields(s, 7)
	scale, decay, alpha, rest, eps, keep, rate, zero := f[0], f[1], f[2], f[3], f[4], f[5], f[6], s.Zero()
	update(s, n, 2, func(at simd.Cursor) {
		pi := at.Load(p)
		gi := s.MulAdd(pi, decay, s.Mul(at.Load(g), scale))
		vi := s.MulAdd(s.Mul(gi, rest), gi, s.Mul(at.Load(v), alpha))
		at.Store(vi, v)
		if centered {
			ai := at.Load(a)
			ai = s.MulAdd(s.Sub(gi, ai), rest, ai)
			at.Store(ai, a)
			vi = s.Max(s.NegMulAdd(ai, ai, vi), zero)
		}
		d := s.Div(gi, s.Add(s.Sqrt(vi), eps))
		if momentum {
			d = s.Horner(at.Load(b), keep, d)
			at.Store(d, b)
		}
		at.Store(s.NegMulAdd(d, rate, pi), p)
	})
	VZEROUPPER()
	RET()
}

func adadelta(s simd.ISA) {
	s.Function("adadelta", "(p, g, v, u []float32, c *float32)")
	p, g, v, u, n := simd.Slice("p"), simd.Slice("g"), simd.Slice("v"), simd.Slice("u"), simd.Len("p")
	f := fields(s, 6)
	scale, decay, rho, rest, eps, rate := f[0], f[1], f[2], f[3], f[4], f[5]
	update(s, n, 2, func(at simd.Cursor) {
		pi := at.Load(p)
		gi := s.MulAdd(pi, decay, s.Mul(at.Load(g), scale))
		vi := s.MulAdd(s.Mul(gi, rest), gi, s.Mul(at.Load(v), rho))
		at.Store(vi, v)
		ui := at.Load(u)
		d := s.Mul(gi, s.Sqrt(s.Div(s.Add(ui, eps), s.Add(vi, eps))))
		at.Store(s.MulAdd(s.Mul(d, rest), d, s.Mul(ui, rho)), u)
		at.Store(s.NegMulAdd(d, rate, pi), p)
	})
	VZEROUPPER()
	RET()
}

func adamax(s simd.ISA) {
	s.Function("adamax", "(p, g, m, u []float32, c *float32)")
	p, g, m, u, n := simd.Slice("p"), simd.Slice("g"), simd.Slice("m"), simd.Slice("u"), simd.Len("p")
	f := fields(s, 6)
	scale, decay, beta1c, beta2, eps, rate := f[0], f[1], f[2], f[3], f[4], f[5]
	size := s.Load(simd.Bits(0x7fffffff))
	update(s, n, 2, func(at simd.Cursor) {
		pi := at.Load(p)
		gi := s.MulAdd(pi, decay, s.Mul(at.Load(g), scale))
		mi := at.Load(m)
		mi = s.MulAdd(s.Sub(gi, mi), beta1c, mi)
		at.Store(mi, m)
		ui := s.Max(s.Mul(at.Load(u), beta2), s.Add(s.And(gi, size), eps))
		at.Store(ui, u)
		at.Store(s.NegMulAdd(s.Div(mi, ui), rate, pi), p)
	})
	VZEROUPPER()
	RET()
}

func scheduleFree(s simd.ISA) {
	s.Function("scheduleFree", "(p, g, z, v []float32, c *float32)")
	p, g, z, v, n := simd.Slice("p"), simd.Slice("g"), simd.Slice("z"), simd.Slice("v"), simd.Len("p")
	f := fields(s, 9)
	scale, decay, beta2, beta2c, rootC, eps, share, back, rate := f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]
	update(s, n, 2, func(at simd.Cursor) {
		gi := s.Mul(at.Load(g), scale)
		vi := s.MulAdd(s.Mul(gi, beta2c), gi, s.Mul(at.Load(v), beta2))
		at.Store(vi, v)
		pi, zi := at.Load(p), at.Load(z)
		d := s.MulAdd(pi, decay, s.Div(gi, s.Horner(s.Sqrt(vi), rootC, eps)))
		at.Store(s.MulAdd(d, back, s.MulAdd(s.Sub(zi, pi), share, pi)), p)
		at.Store(s.NegMulAdd(d, rate, zi), z)
	})
	VZEROUPPER()
	RET()
}
