// Command reduce writes the assembly of package reduce.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	simd "github.com/ingot-ml/ingot/internal/kernel/_gen"
)

func main() {
	simd.Program("reduce", func(s simd.ISA) {
		sum(s)
		maximum(s)
		dot(s)
		sumCol(s)
		maxCol(s)
	})
}

func plus(b, a, d Op) { VADDPS(b, a, d) }

func sum(s simd.ISA) {
	s.Function("sum", "(x []float32) float32")
	x, n := simd.Slice("x"), simd.Len("x")
	lanes := s.Lanes16()
	s.Range16(n, func(cs []simd.Cursor) {
		for j, c := range cs {
			VADDPS(c.Load(x), lanes[j], lanes[j])
		}
	})
	finish(s.Tree(lanes, plus))
}

// finish returns the float32 in r.
func finish(r reg.VecVirtual) {
	VZEROUPPER()
	Store(r, ReturnIndex(0))
	RET()
}

// maximum keeps NaN apart: what any lane saw of it decides at the end.
func maximum(s simd.ISA) {
	s.Function("max", "(x []float32) float32")
	x, n := simd.Slice("x"), simd.Len("x")
	low := s.Load(simd.Bits(0xff800000))
	var lanes, seen []simd.Vec
	for range 16 / s.Lanes {
		lanes, seen = append(lanes, s.Copy(low)), append(seen, s.Zero())
	}
	s.Range16(n, func(cs []simd.Cursor) {
		for j, c := range cs {
			v := c.Load(x)
			if !c.Whole() {
				v = s.Blend(c.Mask(), v, low)
			}
			VMAXPS(v, lanes[j], lanes[j])
			VORPS(s.Keep(s.Compare(simd.Unordered, v, v), v), seen[j], seen[j])
		}
	})
	largest := s.Tree(lanes, func(b, a, d Op) { VMAXPS(b, a, d) })
	nan := s.Tree(seen, func(b, a, d Op) { VORPS(b, a, d) })
	VUCOMISS(nan, nan)
	JPC(LabelRef("done" + s.Name))
	VMOVAPS(nan, largest)
	Label("done" + s.Name)
	finish(largest)
}

// dot adds products in 16 lanes of float64: four vectors of 4, or two of 8.
func dot(s simd.ISA) {
	s.Function("dot", "(x, y []float32) float64")
	x, y, n := simd.Slice("x"), simd.Slice("y"), simd.Len("x")
	double(s, n, func(half int, c simd.Cursor) (reg.VecVirtual, reg.VecVirtual) {
		return wide(s, c.Load(x), half), wide(s, c.Load(y), half)
	})
	s.Function("sumSq", "(x []float32) float64")
	x, n = simd.Slice("x"), simd.Len("x")
	double(s, n, func(half int, c simd.Cursor) (reg.VecVirtual, reg.VecVirtual) {
		v := wide(s, c.Load(x), half)
		return v, v
	})
}

// wide converts the lower or upper half of v to float64.
func wide(s simd.ISA, v simd.Vec, half int) reg.VecVirtual {
	if s.Lanes == 16 {
		part := v.AsY()
		if half == 1 {
			high := YMM()
			VEXTRACTF64X4(Imm(1), v, high)
			part = high.AsY()
		}
		d := ZMM()
		VCVTPS2PD(part, d)
		return d
	}
	part := v.AsX()
	if half == 1 {
		high := XMM()
		VEXTRACTF128(Imm(1), v, high)
		part = high.AsX()
	}
	d := YMM()
	VCVTPS2PD(part, d)
	return d
}

func double(s simd.ISA, n reg.GPVirtual, factors func(half int, c simd.Cursor) (a, b reg.VecVirtual)) {
	var lanes []simd.Vec
	for range 32 / s.Lanes {
		lanes = append(lanes, s.Zero())
	}
	s.Range16(n, func(cs []simd.Cursor) {
		for j, c := range cs {
			for half := range 2 {
				a, b := factors(half, c)
				VFMADD231PD(a, b, lanes[2*j+half])
			}
		}
	})
	var half reg.VecVirtual
	if s.Lanes == 16 {
		eight, high := ZMM(), YMM()
		VADDPD(lanes[1], lanes[0], eight)
		VEXTRACTF64X4(Imm(1), eight, high)
		half = YMM()
		VADDPD(high, eight.AsY(), half)
	} else {
		low, high := YMM(), YMM()
		VADDPD(lanes[2], lanes[0], low)
		VADDPD(lanes[3], lanes[1], high)
		half = YMM()
		VADDPD(high, low, half)
	}
	high, two, one, r := XMM(), XMM(), XMM(), XMM()
	VEXTRACTF128(Imm(1), half, high)
	VADDPD(high, half.AsX(), two)
	VPERMILPD(Imm(1), two, one)
	VADDPD(one, two, r)
	finish(r)
}

// sumCol goes down strips of 4 vectors, then of one, then of the rest.
func sumCol(s simd.ISA) {
	s.Function("sumCol", "(dst, x []float32, rows, stride int, acc bool)")
	dst, x, n := simd.Slice("dst"), simd.Slice("x"), simd.Len("dst")
	rows, stride := Load(Param("rows"), GP64()), Load(Param("stride"), GP64())
	SHLQ(Imm(2), stride)
	acc := GP8()
	Load(Param("acc"), acc)
	var label int
	s.Strips(n, 4, func(cs []simd.Cursor) {
		label++
		name := "rows" + s.Name + string(rune('0'+label))
		var sums []simd.Vec
		for range cs {
			sums = append(sums, s.Zero())
		}
		at, left := GP64(), GP64()
		MOVQ(x, at)
		MOVQ(rows, left)
		TESTQ(left, left)
		JZ(LabelRef(name + "end"))
		Label(name)
		for j, c := range cs {
			VADDPS(c.Load(at), sums[j], sums[j])
		}
		ADDQ(stride, at)
		DECQ(left)
		JNZ(LabelRef(name))
		Label(name + "end")
		TESTB(acc, acc)
		JZ(LabelRef(name + "store"))
		for j, c := range cs {
			VADDPS(sums[j], c.Load(dst), sums[j])
		}
		Label(name + "store")
		for j, c := range cs {
			c.Store(sums[j], dst)
		}
	})
	VZEROUPPER()
	RET()
}

// maxCol is maxColGo: larger(dst, x) row by row.
func maxCol(s simd.ISA) {
	s.Function("maxCol", "(dst, x []float32, rows, stride int)")
	dst, x, n := simd.Slice("dst"), simd.Slice("x"), simd.Len("dst")
	rows, stride := Load(Param("rows"), GP64()), Load(Param("stride"), GP64())
	SHLQ(Imm(2), stride)
	var label int
	s.Strips(n, 4, func(cs []simd.Cursor) {
		label++
		name := "maxRows" + s.Name + string(rune('0'+label))
		var best []simd.Vec
		for _, c := range cs {
			best = append(best, c.Load(dst))
		}
		at, left := GP64(), GP64()
		MOVQ(x, at)
		MOVQ(rows, left)
		TESTQ(left, left)
		JZ(LabelRef(name + "end"))
		Label(name)
		for j, c := range cs {
			old := s.Copy(best[j])
			VMAXPS(c.Load(at), old, best[j])
			VMOVAPS(s.Blend(s.Compare(simd.Unordered, old, old), old, best[j]), best[j])
		}
		ADDQ(stride, at)
		DECQ(left)
		JNZ(LabelRef(name))
		Label(name + "end")
		for j, c := range cs {
			c.Store(best[j], dst)
		}
	})
	VZEROUPPER()
	RET()
}
