package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// copyRows writes the packing of rows that are already in order: rows of some vectors from one stride to another.
func copyRows(vectors int) {
	name := fmt.Sprintf("copy%dAVX2", 8*vectors)
	TEXT(name, NOSPLIT, "func(dst, src *float32, dstStride, srcStride, rows int)")
	Doc(fmt.Sprintf("%s is copyGeneric for rows of %d elements, with at least one row; strides are in bytes.", name, 8*vectors))
	Pragma("noescape")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	ds, ss := Load(Param("dstStride"), GP64()), Load(Param("srcStride"), GP64())
	n := Load(Param("rows"), GP64())
	Label("row")
	for v := range vectors {
		x := YMM()
		VMOVUPS(Mem{Base: src, Disp: 32 * v}, x)
		VMOVUPS(x, Mem{Base: dst, Disp: 32 * v})
	}
	ADDQ(ss, src)
	ADDQ(ds, dst)
	DECQ(n)
	JNE(LabelRef("row"))
	VZEROUPPER()
	RET()
}
