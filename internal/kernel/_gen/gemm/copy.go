package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// copyPanels writes the packing of rows that are already in order: each row is cut into panels of some vectors.
func copyPanels(vectors int) {
	name := fmt.Sprintf("copyPanels%dAVX2", 8*vectors)
	TEXT(name, NOSPLIT, "func(dst, src *float32, dstStride, srcStride, dstNext, srcNext, rows, panels int)")
	Doc(fmt.Sprintf("%s is copyPanelsGeneric for a width of %d, at least one row and one panel.", name, 8*vectors))
	Pragma("noescape")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	ds, ss := Load(Param("dstStride"), GP64()), Load(Param("srcStride"), GP64())
	dn, sn := Load(Param("dstNext"), GP64()), Load(Param("srcNext"), GP64())
	rows, panels := Load(Param("rows"), GP64()), Load(Param("panels"), GP64())
	d, s, n := GP64(), GP64(), GP64()
	Label("row")
	MOVQ(dst, d)
	MOVQ(src, s)
	MOVQ(panels, n)
	Label("panel")
	for v := range vectors {
		x := YMM()
		VMOVUPS(Mem{Base: s, Disp: 32 * v}, x)
		VMOVUPS(x, Mem{Base: d, Disp: 32 * v})
	}
	ADDQ(sn, s)
	ADDQ(dn, d)
	DECQ(n)
	JNE(LabelRef("panel"))
	ADDQ(ss, src)
	ADDQ(ds, dst)
	DECQ(rows)
	JNE(LabelRef("row"))
	VZEROUPPER()
	RET()
}
