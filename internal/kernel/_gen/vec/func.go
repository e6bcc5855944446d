package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"

	simd "github.com/ingot-ml/ingot/internal/kernel/_gen"
)

// function is a Func: what it is of some vectors, done together, and its slope. p has the Params.
type function struct {
	name      string
	unroll    int
	at, slope func(p, xs []vec) []vec
}

// funcs writes the kernel of every Func, and of its slope times a gradient.
func funcs(s isa) {
	for _, f := range append(smooth(s), kinked(s)...) {
		s.Function(f.name, "(dst, x []float32, p [3]float32)")
		dst, x, n, p := simd.Slice("dst"), simd.Slice("x"), simd.Len("dst"), params(s)
		s.Strips(n, f.unroll, func(cs []simd.Cursor) {
			for i, y := range f.at(p, loads(cs, x)) {
				cs[i].Store(y, dst)
			}
		})
		VZEROUPPER()
		RET()
		if f.slope == nil {
			continue
		}
		s.Function(f.name+"Slope", "(gx, g, x []float32, p [3]float32)")
		gx, g, x, n, p := simd.Slice("gx"), simd.Slice("g"), simd.Slice("x"), simd.Len("gx"), params(s)
		s.Strips(n, f.unroll, func(cs []simd.Cursor) {
			for i, d := range f.slope(p, loads(cs, x)) {
				cs[i].Store(s.Mul(d, cs[i].Load(g)), gx)
				cs[i].FetchAhead(x)
				cs[i].FetchAhead(g)
				cs[i].FetchAhead(gx)
			}
		})
		VZEROUPPER()
		RET()
	}
}

func loads(cs []simd.Cursor, x reg.Register) (xs []vec) {
	for _, c := range cs {
		xs = append(xs, c.Load(x))
	}
	return xs
}

// params returns the Params; those that the function doesn't use cost nothing in its loop.
func params(s isa) []vec {
	var p []vec
	for i := range 3 {
		at, err := Param("p").Index(i).Resolve()
		if err != nil {
			panic(err)
		}
		p = append(p, s.Broadcast(at.Addr))
	}
	return p
}

// each makes a function of several vectors of one of each.
func each(f func(p []vec, x vec) vec) func(p, xs []vec) []vec {
	return func(p, xs []vec) (ys []vec) {
		for _, x := range xs {
			ys = append(ys, f(p, x))
		}
		return ys
	}
}

// of is each for a function without Params; strip is one that does several vectors together.
func of(f func(x vec) vec) func(p, xs []vec) []vec {
	return each(func(_ []vec, x vec) vec { return f(x) })
}

func strip(f func(xs []vec) []vec) func(p, xs []vec) []vec {
	return func(_, xs []vec) []vec { return f(xs) }
}

func smooth(s isa) []function {
	one := func() vec { return s.Load(simd.Const(1)) }
	exp := func(x vec) vec { return s.Exp(s.Clamp(s.ExpRange(), x)) }
	softsign := func(x vec) (inverse vec) { return s.Div(one(), s.Add(s.Magnitude(x), simd.Const(1))) }
	return []function{
		{"gelu", 2, strip(s.GELU), strip(s.GELUSlope)},
		{"geluTanh", 1, of(s.GELUTanh), of(s.GELUTanhSlope)},
		{"silu", 1, of(func(x vec) vec { return s.Weighted(x, s.Logistic(x)) }), of(func(x vec) vec {
			_, d := s.WeightedSlope(x, s.Logistic(x), nil)
			return d
		})},
		{"mish", 1, of(s.Mish), of(s.MishSlope)},
		{"softplus", 1, each(func(p []vec, x vec) vec {
			t := s.Mul(x, p[0])
			e := s.ExpBelow(s.ExpFloor(), s.Or(t, simd.Bits(1<<31)))
			return s.MulAdd(s.Log1p(e), p[1], s.Max(s.Zero(), x))
		}), each(func(p []vec, x vec) vec {
			l := s.Logistic(s.Mul(x, p[0]))
			return s.Div(s.Up(l), l.Sum)
		})},
		{"elu", 1, each(func(p []vec, x vec) vec {
			y := s.Mul(s.Expm1Any(s.Mul(x, p[2])), p[0])
			return s.Blend(s.Compare(simd.Greater, x, s.Zero()), s.Mul(x, p[1]), y)
		}), each(func(p []vec, x vec) vec {
			y := s.Mul(exp(s.Mul(x, p[2])), s.Mul(p[0], p[2]))
			return s.Blend(s.Compare(simd.Greater, x, s.Zero()), p[1], y)
		})},
		{"softsign", 1, of(func(x vec) vec { return s.Div(x, s.Add(s.Magnitude(x), simd.Const(1))) }),
			of(func(x vec) vec { d := softsign(x); return s.Mul(d, d) })},
		{"log1p", 1, of(s.Log1p), of(func(x vec) vec { return s.Div(one(), s.Add(x, simd.Const(1))) })},
		{"expm1", 1, of(s.Expm1Any), of(exp)},
		{"sin", 2, of(func(x vec) vec { return s.Sin(0, x) }), of(func(x vec) vec { return s.Sin(1, x) })},
		{"cos", 2, of(func(x vec) vec { return s.Sin(1, x) }), of(func(x vec) vec { return s.Sin(2, x) })},
		{"erf", 2, strip(s.Erf), of(func(x vec) vec {
			return s.Mul(exp(s.Xor(s.Mul(x, x), simd.Bits(1<<31))), simd.Const(1.1283791670955126)) // 2/√π
		})},
	}
}

func kinked(s isa) []function {
	const sixth = 1.0 / 6
	one := func() vec { return s.Load(simd.Const(1)) }
	// between keeps v where low < x < high.
	between := func(x vec, low, high, v vec) vec {
		return s.Keep(s.Compare(simd.Greater, x, low), s.Keep(s.Compare(simd.Less, x, high), v))
	}
	constant := func(x float64) vec { return s.Load(simd.Const(x)) }
	clamp := func(x, low, high vec) vec { return s.Min(high, s.Max(low, x)) }
	hard := func(x vec) vec {
		return s.Mul(clamp(s.Add(x, simd.Const(3)), s.Zero(), constant(6)), simd.Const(sixth))
	}
	sign := func(x vec) vec {
		y := s.Keep(s.Compare(simd.Greater, x, s.Zero()), one())
		return s.Blend(s.Compare(simd.Less, x, s.Zero()), simd.Const(-1), y)
	}
	round := func(to simd.Rounding) func(p, xs []vec) []vec {
		return of(func(x vec) vec { return s.Round(to, x) })
	}
	leaky := func(p []vec, x vec) vec { return s.Blend(s.Compare(simd.Greater, x, s.Zero()), one(), p[0]) }
	return []function{
		{"leakyReLU", 4, each(func(p []vec, x vec) vec { return s.Mul(x, leaky(p, x)) }), each(leaky)},
		{"hardSigmoid", 4, of(hard), of(func(x vec) vec { return between(x, constant(-3), constant(3), constant(sixth)) })},
		{"hardSwish", 4, of(func(x vec) vec { return s.Mul(x, hard(x)) }), of(func(x vec) vec {
			d := s.MulAdd(x, simd.Const(2*sixth), constant(0.5))
			d = s.Blend(s.Compare(simd.GreaterEqual, x, constant(3)), one(), d)
			return s.Keep(s.Compare(simd.NotLessEqual, x, constant(-3)), d)
		})},
		{"clamp", 4, each(func(p []vec, x vec) vec { return clamp(x, p[0], p[1]) }), each(func(p []vec, x vec) vec {
			return between(x, p[0], p[1], one())
		})},
		{"abs", 4, of(s.Magnitude), of(sign)},
		{"sign", 4, of(sign), nil},
		{"step", 4, each(func(p []vec, x vec) vec {
			y := s.Keep(s.Compare(simd.Greater, x, s.Zero()), one())
			return s.Blend(s.Compare(simd.Equal, x, s.Zero()), p[0], y)
		}), nil},
		{"floor", 4, round(simd.Down), nil},
		{"ceil", 4, round(simd.Up), nil},
		{"round", 4, round(simd.ToEven), nil},
	}
}
