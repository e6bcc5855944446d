package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose8 writes the packing of 8 strided rows as columns: 8 × 8 blocks turned in registers.
func transpose8() {
	TEXT("transpose8AVX2", NOSPLIT, "func(dst, src *float32, dstStride, srcStride, blocks int)")
	Doc("transpose8AVX2 is transpose8Generic with 8·blocks columns; strides are in bytes.")
	Pragma("noescape")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	ds, ss := Load(Param("dstStride"), GP64()), Load(Param("srcStride"), GP64())
	n := Load(Param("blocks"), GP64())
	ds3, ss3, d4, s4 := GP64(), GP64(), GP64(), GP64()
	LEAQ(Mem{Base: ds, Index: ds, Scale: 2}, ds3)
	LEAQ(Mem{Base: ss, Index: ss, Scale: 2}, ss3)
	row := func(base, base4, s, s3 reg.Register, i int) Mem {
		m := Mem{Base: base}
		if i >= 4 {
			m.Base = base4
		}
		switch i % 4 {
		case 1:
			m.Index, m.Scale = s, 1
		case 2:
			m.Index, m.Scale = s, 2
		case 3:
			m.Index, m.Scale = s3, 1
		}
		return m
	}
	Label("block")
	LEAQ(Mem{Base: src, Index: ss, Scale: 4}, s4)
	LEAQ(Mem{Base: dst, Index: ds, Scale: 4}, d4)
	var r, u [8]reg.VecVirtual
	for i := range r {
		r[i] = YMM()
		VMOVUPS(row(src, s4, ss, ss3, i), r[i])
	}
	for i := 0; i < 8; i += 2 { // pairs of rows
		u[i], u[i+1] = YMM(), YMM()
		VUNPCKLPS(r[i+1], r[i], u[i])
		VUNPCKHPS(r[i+1], r[i], u[i+1])
	}
	for i := 0; i < 8; i += 4 { // fours
		r[i], r[i+1], r[i+2], r[i+3] = YMM(), YMM(), YMM(), YMM()
		VSHUFPS(Imm(0x44), u[i+2], u[i], r[i])
		VSHUFPS(Imm(0xEE), u[i+2], u[i], r[i+1])
		VSHUFPS(Imm(0x44), u[i+3], u[i+1], r[i+2])
		VSHUFPS(Imm(0xEE), u[i+3], u[i+1], r[i+3])
	}
	for i := range 8 { // halves; written in order, so that rows of dst may overlap
		column := YMM()
		VPERM2F128(Imm(uint64(0x20|i/4*0x11)), r[i%4+4], r[i%4], column)
		VMOVUPS(column, row(dst, d4, ds, ds3, i))
	}
	ADDQ(Imm(32), src)
	LEAQ(Mem{Base: dst, Index: ds, Scale: 8}, dst)
	DECQ(n)
	JNE(LabelRef("block"))
	VZEROUPPER()
	RET()
}
