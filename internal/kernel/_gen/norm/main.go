// Command norm writes the assembly of package norm.
package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	simd "github.com/ingot-ml/ingot/internal/kernel/_gen"
)

func main() {
	simd.Program("norm", func(s simd.ISA) {
		sums(s)
		sqDevs(s)
		normalize(s, "normalize", simd.Cursor.Store)
		normalize(s, "normalizePast", simd.Cursor.StorePast)
		dots(s)
		gradient(s, "grad", simd.Cursor.Store)
		gradient(s, "gradPast", simd.Cursor.StorePast)
		gradient(s, "gradAcc", nil)
		params(s)
		s.Fence()
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

func sums(s simd.ISA) {
	s.Function("sums", "(dst, x, like []float32)")
	s.Rows("dst", "like", []string{"x"}, func(r simd.Row) {
		lanes := s.Lanes16()
		s.Range16(simd.Len("like"), func(cs []simd.Cursor) {
			for j, c := range cs {
				VADDPS(c.Load(r.At[0]), lanes[j], lanes[j])
			}
		})
		r.SetScalar(s.Tree(lanes, plus), "dst")
	})
	end()
}

func sqDevs(s simd.ISA) {
	s.Function("sqDevs", "(dst, x, mean, like []float32)")
	s.Rows("dst", "like", []string{"x"}, func(r simd.Row) {
		mean, lanes := r.Scalar("mean"), s.Lanes16()
		s.Range16(simd.Len("like"), func(cs []simd.Cursor) {
			for j, c := range cs {
				d := c.Clip(s.Sub(c.Load(r.At[0]), mean))
				s.MulAdd(d, d, lanes[j])
			}
		})
		r.SetScalar(s.Tree(lanes, plus), "dst")
	})
	end()
}

func normalize(s simd.ISA, name string, store func(simd.Cursor, simd.Vec, reg.Register)) {
	s.FunctionOf(name, "normalize", "(y, x, gamma, beta, mean, rstd []float32)")
	s.Rows("mean", "gamma", []string{"y", "x"}, func(r simd.Row) {
		b, mean, rstd := slices("gamma", "beta"), r.Scalar("mean"), r.Scalar("rstd")
		s.Range(simd.Len("gamma"), 2, func(c simd.Cursor) {
			store(c, s.MulAdd(hat(s, c.Load(r.At[1]), mean, rstd), c.Load(b[0]), c.Load(b[1])), r.At[0])
		})
	})
	end()
}

func dots(s simd.ISA) {
	s.Function("dots", "(a, b, g, x, gamma, mean, rstd []float32)")
	s.Rows("a", "gamma", []string{"g", "x"}, func(r simd.Row) {
		gamma, mean, rstd, la, lb := simd.Slice("gamma"), r.Scalar("mean"), r.Scalar("rstd"), s.Lanes16(), s.Lanes16()
		s.Range16(simd.Len("gamma"), func(cs []simd.Cursor) {
			for j, c := range cs {
				h := s.Mul(c.Load(r.At[0]), c.Load(gamma))
				VADDPS(h, la[j], la[j])
				s.MulAdd(h, hat(s, c.Load(r.At[1]), mean, rstd), lb[j])
			}
		})
		r.SetScalar(s.Tree(la, plus), "a")
		r.SetScalar(s.Tree(lb, plus), "b")
	})
	end()
}

// gradient writes by store, or adds where there is none.
func gradient(s simd.ISA, name string, store func(simd.Cursor, simd.Vec, reg.Register)) {
	s.FunctionOf(name, strings.TrimSuffix(name, "Past"), "(gx, g, x, gamma, mean, rstd, a, b []float32)")
	s.Rows("a", "gamma", []string{"gx", "g", "x"}, func(r simd.Row) {
		gamma := simd.Slice("gamma")
		mean, rstd, a, b := r.Scalar("mean"), r.Scalar("rstd"), r.Scalar("a"), r.Scalar("b")
		s.Range(simd.Len("gamma"), 1, func(c simd.Cursor) {
			h := s.Sub(s.Mul(c.Load(r.At[1]), c.Load(gamma)), a)
			h = s.NegMulAdd(hat(s, c.Load(r.At[2]), mean, rstd), b, h)
			if store == nil {
				put(s, c, r.At[0], h, rstd, true)
			} else {
				store(c, s.Mul(h, rstd), r.At[0])
			}
		})
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
	s.Function("params", "(ggamma, gbeta, g, x, mean, rstd []float32)")
	s.Rows("mean", "ggamma", []string{"g", "x"}, func(r simd.Row) {
		b, mean, rstd := slices("ggamma", "gbeta"), r.Scalar("mean"), r.Scalar("rstd")
		s.Range(simd.Len("ggamma"), 1, func(c simd.Cursor) {
			g := c.Load(r.At[0])
			c.Store(s.MulAdd(g, hat(s, c.Load(r.At[1]), mean, rstd), c.Load(b[0])), b[0])
			c.Store(s.Add(c.Load(b[1]), g), b[1])
		})
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
