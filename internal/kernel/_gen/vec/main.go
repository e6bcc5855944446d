// Command vec writes the assembly of package vec.
package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	simd "github.com/ingot-ml/ingot/internal/kernel/_gen"
)

type (
	isa = simd.ISA
	vec = simd.Vec
)

func main() {
	simd.Program("vec", func(s isa) {
		arithmetic(s)
		scalars(s)
		functions(s)
		gradients(s)
		scans(s)
		dropout(s)
		funcs(s)
		gates(s)
		selects(s)
	})
}

// loop writes a kernel over the slices in args, which may be dst itself; body gets their elements and returns dst's.
func loop(s isa, name, signature string, unroll int, args []string, body func(v []vec) vec) {
	dst, n := simd.Slice("dst"), simd.Len("dst")
	bases := []reg.Register{}
	for _, a := range args {
		if a == "dst" {
			bases = append(bases, dst)
		} else {
			bases = append(bases, simd.Slice(a))
		}
	}
	s.Range(n, unroll, func(c simd.Cursor) {
		var v []vec
		for _, b := range bases {
			v = append(v, c.Load(b))
		}
		if len(bases) > 1 && s.Lanes == 16 { // by 8 lanes it gains nothing
			for _, b := range append(bases, dst) {
				c.FetchAhead(b)
			}
		}
		c.Store(body(v), dst)
	})
	VZEROUPPER()
	RET()
}

func arithmetic(s isa) {
	const signature = "(dst, x, y []float32)"
	for _, f := range []struct {
		name string
		args []string
		body func(v []vec) vec
	}{
		{"add", []string{"x", "y"}, func(v []vec) vec { return s.Add(v[0], v[1]) }},
		{"sub", []string{"x", "y"}, func(v []vec) vec { return s.Sub(v[0], v[1]) }},
		{"mul", []string{"x", "y"}, func(v []vec) vec { return s.Mul(v[0], v[1]) }},
		{"div", []string{"x", "y"}, func(v []vec) vec { return s.Div(v[0], v[1]) }},
		{"max", []string{"x", "y"}, func(v []vec) vec { return larger(s, v[0], v[1]) }},
		{"min", []string{"x", "y"}, func(v []vec) vec { return smaller(s, v[0], v[1]) }},
		{"mulAcc", []string{"x", "y", "dst"}, func(v []vec) vec { return s.MulAdd(v[0], v[1], v[2]) }},
		{"divAcc", []string{"x", "y", "dst"}, func(v []vec) vec { return s.Add(v[2], s.Div(v[0], v[1])) }},
	} {
		s.Function(f.name, signature)
		loop(s, f.name, signature, 4, f.args, f.body)
	}
}

// larger is the larger of x and y, NaN if either is NaN.
func larger(s isa, x, y vec) vec {
	return s.Blend(s.Compare(simd.Unordered, x, x), x, s.Max(x, y))
}

// smaller is the smaller of x and y, NaN if either is NaN.
func smaller(s isa, x, y vec) vec {
	return s.Blend(s.Compare(simd.Unordered, x, x), x, s.Min(x, y))
}

func scalars(s isa) {
	const signature = "(dst, x []float32, s float32)"
	for _, f := range []struct {
		name string
		args []string
		body func(v []vec, k vec) vec
	}{
		{"addScalar", []string{"x"}, func(v []vec, k vec) vec { return s.Add(v[0], k) }},
		{"subScalar", []string{"x"}, func(v []vec, k vec) vec { return s.Sub(v[0], k) }},
		{"mulScalar", []string{"x"}, func(v []vec, k vec) vec { return s.Mul(v[0], k) }},
		{"divScalar", []string{"x"}, func(v []vec, k vec) vec { return s.Div(v[0], k) }},
		{"maxScalar", []string{"x"}, func(v []vec, k vec) vec { return larger(s, v[0], k) }},
		{"minScalar", []string{"x"}, func(v []vec, k vec) vec { return smaller(s, v[0], k) }},
		{"scalarSub", []string{"x"}, func(v []vec, k vec) vec { return s.Sub(k, v[0]) }},
		{"scalarDiv", []string{"x"}, func(v []vec, k vec) vec { return s.Div(k, v[0]) }},
		{"axpy", []string{"x", "dst"}, func(v []vec, k vec) vec { return s.MulAdd(v[0], k, v[1]) }},
	} {
		s.Function(f.name, signature)
		k := s.Scalar("s")
		loop(s, f.name, signature, 4, f.args, func(v []vec) vec { return f.body(v, k) })
	}
	s.Function("fill", "(dst []float32, s float32)")
	k := s.Scalar("s")
	loop(s, "fill", "", 4, nil, func([]vec) vec { return k })
}

func functions(s isa) {
	const signature = "(dst, x []float32)"
	for _, f := range []struct {
		name   string
		unroll int
		setup  func() func(x vec) vec
	}{
		{"neg", 4, func() func(vec) vec { return func(x vec) vec { return s.Xor(x, simd.Bits(1<<31)) } }},
		{"sqrt", 1, func() func(vec) vec { return s.Sqrt }},
		{"relu", 4, func() func(vec) vec {
			zero := s.Zero()
			return func(x vec) vec { return s.Max(zero, x) }
		}},
		{"exp", 2, func() func(vec) vec {
			ends := s.ExpRange()
			return func(x vec) vec { return s.Exp(s.Clamp(ends, x)) }
		}},
		{"log", 1, func() func(vec) vec { return s.Log }},
		{"tanh", 1, func() func(vec) vec {
			top := s.Load(simd.Const(10))
			return func(x vec) vec { return s.Tanh(top, x) }
		}},
		{"sigmoid", 1, func() func(vec) vec {
			low := s.Load(simd.Const(-104))
			return func(x vec) vec { return s.Sigmoid(low, x) }
		}},
	} {
		s.Function(f.name, signature)
		body := f.setup()
		loop(s, f.name, signature, f.unroll, []string{"x"}, func(v []vec) vec { return body(v[0]) })
	}
}

// gradients writes each backward form twice: overwriting and adding.
func gradients(s isa) {
	one := simd.Const(1)
	positive := func(y vec) simd.Mask { return s.Compare(simd.Greater, y, simd.Const(0)) }
	for _, f := range []struct {
		name string
		body func(g, y vec) vec
	}{
		{"reluGrad", func(g, y vec) vec { return s.Keep(positive(y), g) }},
		{"sigmoidGrad", func(g, y vec) vec { return s.Mul(g, s.Mul(y, s.Sub(s.Load(one), y))) }},
		{"tanhGrad", func(g, y vec) vec { return s.Mul(g, s.NegMulAdd(y, y, s.Load(one))) }},
		{"sqrtGrad", func(g, y vec) vec { return s.Div(g, s.Add(y, y)) }},
	} {
		s.Function(f.name, "(dst, g, y []float32)")
		loop(s, f.name, "", 4, []string{"g", "y"}, func(v []vec) vec { return f.body(v[0], v[1]) })
		s.Function(f.name+"Acc", "(dst, g, y []float32)")
		loop(s, f.name, "", 4, []string{"g", "y", "dst"}, func(v []vec) vec { return s.Add(v[2], f.body(v[0], v[1])) })
	}
	divGrad := func(v []vec) vec { return s.Div(s.Xor(s.Mul(v[0], v[1]), simd.Bits(1<<31)), v[2]) }
	maxGrad := func(v []vec) vec {
		g := s.Blend(s.Compare(simd.Equal, v[1], v[2]), s.Mul(v[0], simd.Const(0.5)), v[0])
		return s.Keep(s.Compare(simd.NotLess, v[1], v[2]), g)
	}
	for _, f := range []struct {
		name, signature string
		args            []string
		body            func(v []vec) vec
	}{
		{"divGrad", "(dst, g, y, b []float32)", []string{"g", "y", "b"}, divGrad},
		{"maxGrad", "(dst, g, a, b []float32)", []string{"g", "a", "b"}, maxGrad},
	} {
		s.Function(f.name, f.signature)
		loop(s, f.name, "", 2, f.args, f.body)
		s.Function(f.name+"Acc", f.signature)
		loop(s, f.name, "", 2, append(f.args, "dst"), func(v []vec) vec { return s.Add(v[3], f.body(v)) })
	}
}

// scans writes nonFinite: x − x is NaN, else 0, so that the sum of these is NaN or 0; and far, which is that of x scaled.
func scans(s isa) {
	scan(s, "nonFinite", func(vec) {})
	scan(s, "far", func(v vec) { VMULPS(simd.Const(math.MaxFloat32/65536), v, v) })
}

func scan(s isa, name string, scale func(v vec)) {
	s.Function(name, "(x []float32) bool")
	x, n := simd.Slice("x"), simd.Len("x")
	sums := []vec{s.Zero(), s.Zero(), s.Zero(), s.Zero()}
	k := 0
	s.Range(n, 4, func(c simd.Cursor) {
		v := c.Load(x)
		scale(v)
		VSUBPS(v, v, v)
		VADDPS(v, sums[k%4], sums[k%4])
		k++
	})
	total := s.Add(s.Add(sums[0], sums[1]), s.Add(sums[2], sums[3]))
	sum := s.Fold(total)
	found := GP8()
	VUCOMISS(sum, sum)
	SETPS(found)
	VZEROUPPER()
	Store(found, ReturnIndex(0))
	RET()
}

// dropout does whole vectors only: the package leaves the rest to the Go loops, which give the same bits.
func dropout(s isa) {
	for _, acc := range []string{"", "Acc"} {
		s.Function("dropout"+acc, "(dst, x []float32, mask []uint8, s float32)")
		dst, x, mask, n := simd.Slice("dst"), simd.Slice("x"), simd.Slice("mask"), simd.Len("dst")
		k, zero := s.Scalar("s"), s.Zero()
		i, end := GP64(), GP64()
		XORQ(i, i)
		MOVQ(n, end)
		SUBQ(operand.I32(int32(s.Lanes)), end)
		JMP(operand.LabelRef("test"))
		Label("loop")
		m, at := s.Reg(), operand.Mem{Base: dst, Index: i, Scale: 4}
		VPMOVZXBD(operand.Mem{Base: mask, Index: i, Scale: 1}, m)
		VCVTDQ2PS(m, m)
		v := s.Mul(s.Load(operand.Mem{Base: x, Index: i, Scale: 4}), k)
		v = s.Keep(s.Compare(simd.Greater, m, zero), v)
		if acc != "" {
			v = s.Add(v, at)
		}
		VMOVUPS(v, at)
		ADDQ(operand.I32(int32(s.Lanes)), i)
		Label("test")
		CMPQ(i, end)
		JLE(operand.LabelRef("loop"))
		VZEROUPPER()
		RET()
	}
}

// selects does whole vectors only, as dropout.
func selects(s isa) {
	s.Function("select", "(dst, x, y []float32, mask []uint8)")
	dst, x, y, mask, n := simd.Slice("dst"), simd.Slice("x"), simd.Slice("y"), simd.Slice("mask"), simd.Len("dst")
	zero, i, end := s.Zero(), GP64(), GP64()
	XORQ(i, i)
	MOVQ(n, end)
	SUBQ(operand.I32(int32(s.Lanes)), end)
	JMP(operand.LabelRef("test"))
	Label("loop")
	m := s.Reg()
	VPMOVZXBD(operand.Mem{Base: mask, Index: i, Scale: 1}, m)
	VCVTDQ2PS(m, m)
	at := func(base reg.Register) operand.Mem { return operand.Mem{Base: base, Index: i, Scale: 4} }
	VMOVUPS(s.Blend(s.Compare(simd.Greater, m, zero), at(x), s.Load(at(y))), at(dst))
	ADDQ(operand.I32(int32(s.Lanes)), i)
	Label("test")
	CMPQ(i, end)
	JLE(operand.LabelRef("loop"))
	VZEROUPPER()
	RET()
}
