// Command norm writes the assembly of package norm. The kernels want gamma and beta: the package runs the Go loops
// where a layer has none.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	simd "github.com/ingot-ml/ingot/internal/kernel/_gen"
)

func main() {
	simd.Program("norm", func(s simd.ISA) {
		sqDev(s)
		normalize(s)
		dots(s)
		gradient(s, "grad", false)
		gradient(s, "gradAcc", true)
		params(s)
		columns(s)
		colParams(s)
		colSqDev(s)
		colGradient(s, "colGrad", false)
		colGradient(s, "colGradAcc", true)
	})
}

func plus(b, a, d Op) { VADDPS(b, a, d) }

func end() {
	VZEROUPPER()
	RET()
}

func slices(names ...string) []reg.GPVirtual {
	var bases []reg.GPVirtual
	for _, n := range names {
		bases = append(bases, simd.Slice(n))
	}
	return bases
}

// hat is (x − mean)·rstd.
func hat(s simd.ISA, x, mean, rstd simd.Vec) simd.Vec { return s.Mul(s.Sub(x, mean), rstd) }

func sqDev(s simd.ISA) {
	s.Function("sqDev", "(x []float32, mean float32) float32")
	x, n, mean, lanes := simd.Slice("x"), simd.Len("x"), s.Scalar("mean"), s.Lanes16()
	s.Range16(n, func(cs []simd.Cursor) {
		for j, c := range cs {
			d := c.Clip(s.Sub(c.Load(x), mean))
			s.MulAdd(d, d, lanes[j])
		}
	})
	r := s.Tree(lanes, plus)
	VZEROUPPER()
	Store(r, ReturnIndex(0))
	RET()
}

func normalize(s simd.ISA) {
	s.Function("normalize", "(y, x, gamma, beta []float32, mean, rstd float32)")
	b, n := slices("y", "x", "gamma", "beta"), simd.Len("y")
	mean, rstd := s.Scalar("mean"), s.Scalar("rstd")
	s.Range(n, 2, func(c simd.Cursor) {
		c.Store(s.MulAdd(hat(s, c.Load(b[1]), mean, rstd), c.Load(b[2]), c.Load(b[3])), b[0])
	})
	end()
}

func dots(s simd.ISA) {
	s.Function("dots", "(g, x, gamma []float32, mean, rstd float32) (a, b float32)")
	base, n := slices("g", "x", "gamma"), simd.Len("g")
	mean, rstd, la, lb := s.Scalar("mean"), s.Scalar("rstd"), s.Lanes16(), s.Lanes16()
	s.Range16(n, func(cs []simd.Cursor) {
		for j, c := range cs {
			h := s.Mul(c.Load(base[0]), c.Load(base[2]))
			VADDPS(h, la[j], la[j])
			s.MulAdd(h, hat(s, c.Load(base[1]), mean, rstd), lb[j])
		}
	})
	a, b := s.Tree(la, plus), s.Tree(lb, plus)
	VZEROUPPER()
	Store(a, ReturnIndex(0))
	Store(b, ReturnIndex(1))
	RET()
}

func gradient(s simd.ISA, name string, acc bool) {
	s.Function(name, "(gx, g, x, gamma []float32, mean, rstd, a, b float32)")
	base, n := slices("gx", "g", "x", "gamma"), simd.Len("gx")
	mean, rstd, a, b := s.Scalar("mean"), s.Scalar("rstd"), s.Scalar("a"), s.Scalar("b")
	s.Range(n, 1, func(c simd.Cursor) {
		h := s.Sub(s.Mul(c.Load(base[1]), c.Load(base[3])), a)
		h = s.NegMulAdd(hat(s, c.Load(base[2]), mean, rstd), b, h)
		put(s, c, base[0], h, rstd, acc)
	})
	end()
}

// put writes h·k, or adds it.
func put(s simd.ISA, c simd.Cursor, gx reg.GPVirtual, h, k simd.Vec, acc bool) {
	if acc {
		c.Store(s.MulAdd(h, k, c.Load(gx)), gx)
	} else {
		c.Store(s.Mul(h, k), gx)
	}
}

func params(s simd.ISA) {
	s.Function("params", "(ggamma, gbeta, g, x []float32, mean, rstd float32)")
	b, n := slices("ggamma", "gbeta", "g", "x"), simd.Len("ggamma")
	mean, rstd := s.Scalar("mean"), s.Scalar("rstd")
	s.Range(n, 1, func(c simd.Cursor) {
		g := c.Load(b[2])
		c.Store(s.MulAdd(g, hat(s, c.Load(b[3]), mean, rstd), c.Load(b[0])), b[0])
		c.Store(s.Add(c.Load(b[1]), g), b[1])
	})
	end()
}

func columns(s simd.ISA) {
	s.Function("columns", "(y, x, scale, shift []float32)")
	b, n := slices("y", "x", "scale", "shift"), simd.Len("y")
	s.Range(n, 2, func(c simd.Cursor) {
		c.Store(s.MulAdd(c.Load(b[1]), c.Load(b[2]), c.Load(b[3])), b[0])
	})
	end()
}

func colParams(s simd.ISA) {
	s.Function("colParams", "(ggamma, gbeta, g, x, mean, rstd []float32)")
	b, n := slices("ggamma", "gbeta", "g", "x", "mean", "rstd"), simd.Len("ggamma")
	s.Range(n, 1, func(c simd.Cursor) {
		g := c.Load(b[2])
		c.Store(s.MulAdd(g, hat(s, c.Load(b[3]), c.Load(b[4]), c.Load(b[5])), c.Load(b[0])), b[0])
		c.Store(s.Add(c.Load(b[1]), g), b[1])
	})
	end()
}

func colSqDev(s simd.ISA) {
	s.Function("colSqDev", "(dst, x, mean []float32)")
	b, n := slices("dst", "x", "mean"), simd.Len("dst")
	s.Range(n, 2, func(c simd.Cursor) {
		d := s.Sub(c.Load(b[1]), c.Load(b[2]))
		c.Store(s.MulAdd(d, d, c.Load(b[0])), b[0])
	})
	end()
}

func colGradient(s simd.ISA, name string, acc bool) {
	s.Function(name, "(gx, g, x, mean, rstd, gamma, ggamma, gbeta []float32, inv float32)")
	b, n := slices("gx", "g", "x", "mean", "rstd", "gamma", "ggamma", "gbeta"), simd.Len("gx")
	inv := s.Scalar("inv")
	s.Range(n, 1, func(c simd.Cursor) {
		rstd := c.Load(b[4])
		h := s.NegMulAdd(inv, c.Load(b[7]), c.Load(b[1]))
		h = s.NegMulAdd(hat(s, c.Load(b[2]), c.Load(b[3]), rstd), s.Mul(c.Load(b[6]), inv), h)
		put(s, c, b[0], h, s.Mul(c.Load(b[5]), rstd), acc)
	})
	end()
}
