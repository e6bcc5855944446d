// Command attn writes the assembly of package attn.
package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	simd "github.com/ingot-ml/ingot/internal/kernel/_gen"
)

// Offsets of rowArgs in package attn.
const (
	offS, offDS, offLD, offRows   = 0, 8, 16, 24
	offN, offStep, offMost        = 32, 40, 48
	offWidth, offScale, offGScale = 56, 64, 68
	offM, offL, offAlpha          = 72, 80, 88
)

func main() {
	simd.Program("attn", func(s simd.ISA) {
		softmax(s)
		grad(s)
	})
}

// rows is a kernel's loop over rows in the making.
type rows struct {
	simd.ISA
	name  string
	p     reg.Register
	left  reg.GPVirtual   // rows
	see   reg.GPVirtual   // elements that the row would see without bounds
	bytes reg.GPVirtual   // of the row that are computed: what it sees, filled up to 16 elements
	base  []reg.GPVirtual // the row in each matrix
}

func (r *rows) field(off int) Mem { return Mem{Base: r.p, Disp: off} }

func (r *rows) load(off int) reg.GPVirtual {
	g := GP64()
	MOVQ(r.field(off), g)
	return g
}

// begin starts the kernel and its loop over the rows of the matrices whose pointers are at the offsets.
func begin(s simd.ISA, name string, matrices ...int) *rows {
	TEXT(name+s.Name, NOSPLIT, "func(p *byte)")
	Doc(name + s.Name + " is " + name + "Go, by " + strings.Replace(s.Name, "AVX5", "AVX-5", 1) + ".")
	Pragma("noescape")
	r := &rows{ISA: s, name: name + s.Name, p: Load(Param("p"), GP64())}
	for _, off := range matrices {
		r.base = append(r.base, r.load(off))
	}
	r.left, r.see = r.load(offRows), r.load(offN)
	Label("row" + r.name)
	return r
}

// bound finds what the row sees and fills it up to a multiple of 16 elements: the first matrix by −Inf, the second
// by zeros.
func (r *rows) bound() {
	n, zero := GP64(), GP64()
	XORQ(zero, zero)
	MOVQ(r.see, n)
	CMPQ(n, r.field(offMost))
	CMOVQGT(r.field(offMost), n)
	TESTQ(n, n)
	CMOVQLT(zero, n)
	r.bytes = GP64()
	LEAQ(Mem{Base: n, Disp: 15}, r.bytes)
	ANDQ(I8(-16), r.bytes)
	SHLQ(U8(2), r.bytes)
	SHLQ(U8(2), n)
	hidden := GP32()
	MOVL(U32(0xff800000), hidden)
	JMP(LabelRef("filled" + r.name))
	Label("fill" + r.name)
	MOVL(hidden, Mem{Base: r.base[0], Index: n, Scale: 1})
	for _, b := range r.base[1:] {
		MOVL(zero.As32(), Mem{Base: b, Index: n, Scale: 1})
	}
	ADDQ(U8(4), n)
	Label("filled" + r.name)
	CMPQ(n, r.bytes)
	JLT(LabelRef("fill" + r.name))
}

// stat is the row's number in the array whose pointer is at the offset.
func (r *rows) stat(off int) Mem {
	base, row := r.load(off), r.load(offRows)
	SUBQ(r.left, row)
	return Mem{Base: base, Index: row, Scale: 4}
}

// sixteens runs body for each 16 elements of the row, with the place of their first bytes.
func (r *rows) sixteens(what string, body func(i reg.Register)) {
	i := GP64()
	XORQ(i, i)
	JMP(LabelRef(what + "end" + r.name))
	Label(what + r.name)
	body(i)
	ADDQ(U8(64), i)
	Label(what + "end" + r.name)
	CMPQ(i, r.bytes)
	JLT(LabelRef(what + r.name))
}

// each runs body for each vector of 16 elements.
func (r *rows) each(body func(v, disp int)) {
	for v := range 16 / r.Lanes {
		body(v, 4*v*r.Lanes)
	}
}

// end writes zeros up to the width, goes to the next row and ends the kernel.
func (r *rows) end() {
	width, zero := r.load(offWidth), r.Zero()
	SHLQ(U8(2), width)
	JMP(LabelRef("zeroed" + r.name))
	Label("zero" + r.name)
	for _, b := range r.base {
		r.each(func(_, disp int) { VMOVUPS(zero, Mem{Base: b, Index: r.bytes, Scale: 1, Disp: disp}) })
	}
	ADDQ(U8(64), r.bytes)
	Label("zeroed" + r.name)
	CMPQ(r.bytes, width)
	JLT(LabelRef("zero" + r.name))
	DECQ(r.left)
	JZ(LabelRef("done" + r.name)) // no pointer may lie past its slice
	for _, b := range r.base {
		ADDQ(r.field(offLD), b)
	}
	ADDQ(r.field(offStep), r.see)
	JMP(LabelRef("row" + r.name))
	Label("done" + r.name)
	VZEROUPPER()
	RET()
}

func plus(b, a, d Op)   { VADDPS(b, a, d) }
func larger(b, a, d Op) { VMAXPS(b, a, d) }

func softmax(s simd.ISA) {
	r := begin(s, "softmax", offS)
	r.bound()
	scale := s.Broadcast(r.field(offScale))
	var most []simd.Vec
	for range 16 / s.Lanes {
		most = append(most, s.Load(simd.Bits(0xff800000)))
	}
	r.sixteens("max", func(i reg.Register) {
		r.each(func(v, disp int) {
			x := s.Load(Mem{Base: r.base[0], Index: i, Scale: 1, Disp: disp})
			VMAXPS(most[v], x, most[v]) // NaN is passed over
		})
	})
	m := r.stat(offM)
	old := s.Broadcast(m)
	top := XMM()
	VMULSS(scale.AsX(), s.Tree(most, larger), top)
	VMAXSS(top, old.AsX(), top)
	VMOVSS(top, m)
	now := s.Reg()
	VBROADCASTSS(top, now)
	now = s.Blend(s.Compare(simd.Equal, now, simd.Bits(0xff800000)), s.Zero(), now)
	shift := s.Xor(now, simd.Bits(1<<31))
	floor, lanes := s.ExpFloor(), s.Lanes16()
	r.sixteens("exp", func(i reg.Register) {
		r.each(func(v, disp int) {
			x := Mem{Base: r.base[0], Index: i, Scale: 1, Disp: disp}
			e := s.ExpBelow(floor, s.MulAdd(scale, x, s.Copy(shift)))
			VMOVUPS(e, x)
			VADDPS(e, lanes[v], lanes[v])
		})
	})
	sum := s.Tree(lanes, plus)
	alpha := s.ExpBelow(floor, s.Sub(old, now))
	VMOVSS(alpha.AsX(), r.stat(offAlpha))
	l := r.stat(offL)
	VFMADD231SS(l, alpha.AsX(), sum)
	VMOVSS(sum, l)
	r.end()
}

func grad(s simd.ISA) {
	r := begin(s, "grad", offS, offDS)
	r.bound()
	scale, gscale := s.Broadcast(r.field(offScale)), s.Broadcast(r.field(offGScale))
	shift := s.Xor(s.Broadcast(r.stat(offM)), simd.Bits(1<<31))
	delta, floor := s.Broadcast(r.stat(offL)), s.ExpFloor()
	r.sixteens("grad", func(i reg.Register) {
		r.each(func(v, disp int) {
			x := Mem{Base: r.base[0], Index: i, Scale: 1, Disp: disp}
			d := Mem{Base: r.base[1], Index: i, Scale: 1, Disp: disp}
			e := s.ExpBelow(floor, s.MulAdd(scale, x, s.Copy(shift)))
			VMOVUPS(e, x)
			VMOVUPS(s.Mul(s.Mul(s.Sub(s.Load(d), delta), gscale), e), d)
		})
	})
	r.end()
}
