package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// peak writes a loop of independent fused multiply-adds: what the machine can do at most.
func peak(t isa, chains int) {
	TEXT("peak"+t.name, NOSPLIT, "func(n int)")
	Doc("peak" + t.name + " runs n rounds of independent multiply-adds.")
	n := Load(Param("n"), GP64())
	acc := make([]reg.VecVirtual, chains)
	for i := range acc {
		acc[i] = t.vec()
		zero(t, acc[i])
	}
	x := t.vec()
	zero(t, x)
	Label("round" + t.name)
	for _, a := range acc {
		VFMADD231PS(x, x, a)
	}
	SUBQ(Imm(1), n)
	JNE(LabelRef("round" + t.name))
	VZEROUPPER()
	RET()
}
