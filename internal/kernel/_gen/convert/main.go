// Command convert writes the assembly of package convert. But for u8ToF32 the kernels do whole vectors only: the
// package leaves the rest to the Go loops, which give the same bits.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	simd "github.com/ingot-ml/ingot/internal/kernel/_gen"
)

func main() {
	simd.Program("convert", func(s simd.ISA) {
		widen(s, "bf16ToF32", func(m Mem, d simd.Vec) {
			VPMOVZXWD(m, d)
			VPSLLD(Imm(16), d, d)
		})
		widen(s, "f16ToF32", func(m Mem, d simd.Vec) { VCVTPH2PS(m, d) })
		narrow(s, "f32ToBF16", func(v simd.Vec, m Mem) { bfloat(s, v, m) })
		narrow(s, "f32ToF16", func(v simd.Vec, m Mem) { VCVTPS2PH(Imm(0), v, m) })
		bytes(s)
	})
}

// loop runs body on whole vectors; i counts elements.
func loop(s simd.ISA, n reg.GPVirtual, name string, body func(i reg.GPVirtual)) (i reg.GPVirtual) {
	i = GP64()
	XORQ(i, i)
	end := GP64()
	MOVQ(n, end)
	SUBQ(I32(int32(s.Lanes)), end)
	JMP(LabelRef(name + "test"))
	Label(name)
	body(i)
	ADDQ(I32(int32(s.Lanes)), i)
	Label(name + "test")
	CMPQ(i, end)
	JLE(LabelRef(name))
	return i
}

func widen(s simd.ISA, name string, body func(m Mem, d simd.Vec)) {
	s.Function(name, "(dst []float32, src []uint16)")
	dst, src, n := simd.Slice("dst"), simd.Slice("src"), simd.Len("dst")
	loop(s, n, "loop", func(i reg.GPVirtual) {
		d := s.Reg()
		body(Mem{Base: src, Index: i, Scale: 2}, d)
		VMOVUPS(d, Mem{Base: dst, Index: i, Scale: 4})
	})
	VZEROUPPER()
	RET()
}

func narrow(s simd.ISA, name string, body func(v simd.Vec, m Mem)) {
	s.Function(name, "(dst []uint16, src []float32)")
	dst, src, n := simd.Slice("dst"), simd.Slice("src"), simd.Len("dst")
	loop(s, n, "loop", func(i reg.GPVirtual) {
		body(s.Load(Mem{Base: src, Index: i, Scale: 4}), Mem{Base: dst, Index: i, Scale: 2})
	})
	VZEROUPPER()
	RET()
}

// bfloat adds just under half of the last place kept, and the last bit kept, so that ties go to even; NaN gets its
// quiet bit instead.
func bfloat(s simd.ISA, v simd.Vec, m Mem) {
	bit, rounded := s.Reg(), s.Reg()
	VPSRLD(Imm(16), v, bit)
	bit = s.And(bit, simd.Bits(1))
	VPADDD(simd.Bits(0x7fff), v, rounded)
	VPADDD(bit, rounded, rounded)
	r := s.Blend(s.Compare(simd.Unordered, v, v), s.Or(v, simd.Bits(1<<22)), rounded)
	VPSRLD(Imm(16), r, r)
	if s.Lanes == 16 {
		VPMOVDW(r, m)
		return
	}
	high, packed := XMM(), XMM()
	VEXTRACTI128(Imm(1), r, high)
	VPACKUSDW(high, r.AsX(), packed)
	VMOVDQU(packed, m)
}

// bytes is scale·src + shift, rounded once; the rest of less than a vector is done one by one.
func bytes(s simd.ISA) {
	s.Function("u8ToF32", "(dst []float32, src []uint8, scale, shift float32)")
	dst, src, n := simd.Slice("dst"), simd.Slice("src"), simd.Len("dst")
	scale, shift := s.Scalar("scale"), s.Scalar("shift")
	i := loop(s, n, "loop", func(i reg.GPVirtual) {
		d := s.Reg()
		VPMOVZXBD(Mem{Base: src, Index: i, Scale: 1}, d)
		VCVTDQ2PS(d, d)
		VFMADD213PS(shift, scale, d)
		VMOVUPS(d, Mem{Base: dst, Index: i, Scale: 4})
	})
	JMP(LabelRef("resttest"))
	Label("rest")
	b, d := GP32(), XMM()
	MOVBLZX(Mem{Base: src, Index: i, Scale: 1}, b)
	VMOVD(b, d)
	VCVTDQ2PS(d, d)
	VFMADD213SS(shift.AsX(), scale.AsX(), d)
	VMOVSS(d, Mem{Base: dst, Index: i, Scale: 4})
	INCQ(i)
	Label("resttest")
	CMPQ(i, n)
	JLT(LabelRef("rest"))
	VZEROUPPER()
	RET()
}
