// Command norm writes the assembly of package norm.
package main

import (
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
		fence(s)
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
	s.Pairs("dst", "like", []string{"x"}, func(r simd.Rows) {
		lanes := s.Lanes16Of(r.N)
		s.Range16(simd.Len("like"), func(cs []simd.Cursor) {
			for j, c := range cs {
				for k := range r.N {
					VADDPS(c.Load(r.At[k][0]), lanes[k][j], lanes[k][j])
				}
			}
		})
		for k := range r.N {
			s.SetScalar(r, k, s.Tree(lanes[k], plus), "dst")
		}
	})
	end()
}

func sqDevs(s simd.ISA) {
	s.Function("sqDevs", "(dst, x, mean, like []float32)")
	s.Pairs("dst", "like", []string{"x"}, func(r simd.Rows) {
		mean, lanes := s.Scalars(r, "mean"), s.Lanes16Of(r.N)
		s.Range16(simd.Len("like"), func(cs []simd.Cursor) {
			for j, c := range cs {
				for k := range r.N {
					d := c.Clip(s.Sub(c.Load(r.At[k][0]), mean[k]))
					s.MulAdd(d, d, lanes[k][j])
				}
			}
		})
		for k := range r.N {
			s.SetScalar(r, k, s.Tree(lanes[k], plus), "dst")
		}
	})
	end()
}

func normalize(s simd.ISA, name string, store func(simd.Cursor, simd.Vec, reg.Register)) {
	s.Function(name, "(y, x, gamma, beta, mean, rstd []float32)")
	s.Pairs("mean", "gamma", []string{"y", "x"}, func(r simd.Rows) {
		gamma, beta, after := simd.Slice("gamma"), simd.Slice("beta"), r.After(1)
		mean, rstd := s.Scalars(r, "mean"), s.Scalars(r, "rstd")
		s.Range(simd.Len("gamma"), 2, func(c simd.Cursor) {
			c.Fetch(after)
			scale, shift := c.Load(gamma), c.Load(beta)
			var v []simd.Vec // rows are stored when all are read: those of 4 KB look alike to what orders loads and stores
			for k := range r.N {
				h := hat(s, c.Load(r.At[k][1]), mean[k], rstd[k])
				v = append(v, s.MulAdd(h, scale, s.Copy(shift)))
			}
			for k := range r.N {
				store(c, v[k], r.At[k][0])
			}
		})
	})
	end()
}

func dots(s simd.ISA) {
	s.Function("dots", "(a, b, g, x, gamma, mean, rstd []float32)")
	each := s.Pairs
	if s.Lanes == 8 { // two rows' sums take more than AVX2's 16 registers
		each = s.Singles
	}
	each("a", "gamma", []string{"g", "x"}, func(r simd.Rows) {
		gamma, after := simd.Slice("gamma"), r.After(0)
		mean, rstd, la, lb := s.Scalars(r, "mean"), s.Scalars(r, "rstd"), s.Lanes16Of(r.N), s.Lanes16Of(r.N)
		s.Range16(simd.Len("gamma"), func(cs []simd.Cursor) {
			for j, c := range cs {
				c.Fetch(after)
				scale := c.Load(gamma)
				for k := range r.N {
					h := s.Mul(scale, c.Load(r.At[k][0]))
					VADDPS(h, la[k][j], la[k][j])
					s.MulAdd(h, hat(s, c.Load(r.At[k][1]), mean[k], rstd[k]), lb[k][j])
				}
			}
		})
		for k := range r.N {
			s.SetScalar(r, k, s.Tree(la[k], plus), "a")
			s.SetScalar(r, k, s.Tree(lb[k], plus), "b")
		}
	})
	end()
}

// gradient writes by store, or adds where there is none.
func gradient(s simd.ISA, name string, store func(simd.Cursor, simd.Vec, reg.Register)) {
	s.Function(name, "(gx, g, x, gamma, mean, rstd, a, b []float32)")
	s.Pairs("a", "gamma", []string{"gx", "g", "x"}, func(r simd.Rows) {
		gamma, after := simd.Slice("gamma"), r.After(2)
		mean, rstd, a, b := s.Scalars(r, "mean"), s.Scalars(r, "rstd"), s.Scalars(r, "a"), s.Scalars(r, "b")
		s.Range(simd.Len("gamma"), 1, func(c simd.Cursor) {
			c.Fetch(after)
			scale := c.Load(gamma)
			for k := range r.N {
				h := s.Sub(s.Mul(scale, c.Load(r.At[k][1])), a[k])
				h = s.NegMulAdd(hat(s, c.Load(r.At[k][2]), mean[k], rstd[k]), b[k], h)
				if store == nil {
					put(s, c, r.At[k][0], h, rstd[k], true)
				} else {
					store(c, s.Mul(h, rstd[k]), r.At[k][0])
				}
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
	s.Pairs("mean", "ggamma", []string{"g", "x"}, func(r simd.Rows) {
		ggamma, gbeta := simd.Slice("ggamma"), simd.Slice("gbeta")
		mean, rstd := s.Scalars(r, "mean"), s.Scalars(r, "rstd")
		s.Range(simd.Len("ggamma"), 1, func(c simd.Cursor) {
			a, b := c.Load(ggamma), c.Load(gbeta)
			for k := range r.N {
				g := c.Load(r.At[k][0])
				a = s.MulAdd(g, hat(s, c.Load(r.At[k][1]), mean[k], rstd[k]), a)
				b = s.Add(b, g)
			}
			c.Store(a, ggamma)
			c.Store(b, gbeta)
		})
	})
	end()
}

// fence has what was written past the caches seen by other cores.
func fence(s simd.ISA) {
	s.Function("fence", "()")
	SFENCE()
	RET()
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
