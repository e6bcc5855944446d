package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is what a tile differs by.
type isa struct {
	name  string
	lanes int
	vec   func() reg.VecVirtual
}

var (
	avx2   = isa{"AVX2", 8, YMM}
	avx512 = isa{"AVX512", 16, ZMM}
)

// Offsets of tileArgs in package gemm.
const (
	offA, offARow, offAK = 0, 8, 16
	offB, offBK          = 24, 32
	offC, offCRow        = 40, 48
	offK, offAdd         = 56, 64
	offBias, offReLU     = 72, 80
	offBad               = 88
)

func zero(t isa, v reg.VecVirtual) {
	if t.lanes == 8 {
		VXORPS(v, v, v)
	} else {
		VPXORD(v, v, v)
	}
}

// tile writes the register tile of some rows by two vectors: 2·rows accumulators, two vectors of B, and broadcasts of A.
func tile(t isa, rows int) {
	name := fmt.Sprintf("%s%d", t.name, rows)
	TEXT("tile"+name, NOSPLIT, "func(p *byte)")
	Doc(fmt.Sprintf("tile%s is tileGeneric for %d rows and %d columns.", name, rows, 2*t.lanes))
	Pragma("noescape")
	p := Load(Param("p"), GP64())
	field := func(off int) Mem { return Mem{Base: p, Disp: off} }
	load := func(off int) reg.GPVirtual {
		r := GP64()
		MOVQ(field(off), r)
		return r
	}
	acc := make([]reg.VecVirtual, 2*rows)
	for i := range acc {
		acc[i] = t.vec()
		zero(t, acc[i])
	}
	aRow, aK, bK := load(offARow), load(offAK), load(offBK)
	b, k := load(offB), load(offK)
	// Rows are reached from a base every third row: base, base + aRow, base + 2·aRow.
	bases := []reg.GPVirtual{load(offA)}
	for r := 3; r < rows; r += 3 {
		next := GP64()
		LEAQ(Mem{Base: bases[len(bases)-1], Index: aRow, Scale: 2}, next)
		ADDQ(aRow, next)
		bases = append(bases, next)
	}
	b0, b1 := t.vec(), t.vec()
	step := func() {
		VMOVUPS(Mem{Base: b}, b0)
		VMOVUPS(Mem{Base: b, Disp: 4 * t.lanes}, b1)
		ADDQ(bK, b)
		for r := range rows {
			m := Mem{Base: bases[r/3]}
			if r%3 > 0 {
				m.Index, m.Scale = aRow, uint8(r%3)
			}
			a := t.vec()
			VBROADCASTSS(m, a)
			VFMADD231PS(a, b0, acc[2*r])
			VFMADD231PS(a, b1, acc[2*r+1])
		}
		for _, base := range bases {
			ADDQ(aK, base)
		}
	}
	SUBQ(Imm(4), k)
	JLT(LabelRef("rest" + name))
	Label("four" + name)
	for range 4 {
		step()
	}
	SUBQ(Imm(4), k)
	JGE(LabelRef("four" + name))
	Label("rest" + name)
	ADDQ(Imm(4), k)
	JE(LabelRef("store" + name))
	Label("one" + name)
	step()
	DECQ(k)
	JNE(LabelRef("one" + name))
	Label("store" + name)
	store(t, name, rows, acc, b0, b1, field, load)
	if t.lanes == 8 {
		VZEROUPPER()
	}
	RET()
}

// store adds what is asked for to the accumulators and writes them, row by row.
func store(t isa, name string, rows int, acc []reg.VecVirtual, x, bad reg.VecVirtual, field func(int) Mem, load func(int) reg.GPVirtual) {
	c, cRow := load(offC), load(offCRow)
	at := func(h int) Mem { return Mem{Base: c, Disp: 4 * t.lanes * h} }
	CMPQ(field(offAdd), Imm(0))
	JE(LabelRef("bias" + name))
	for r := range rows {
		for h := range 2 {
			VADDPS(at(h), acc[2*r+h], acc[2*r+h])
		}
		ADDQ(cRow, c)
	}
	MOVQ(field(offC), c)
	Label("bias" + name)
	bias := load(offBias)
	TESTQ(bias, bias)
	JE(LabelRef("relu" + name))
	for h := range 2 {
		VMOVUPS(Mem{Base: bias, Disp: 4 * t.lanes * h}, x)
		for r := range rows {
			VADDPS(x, acc[2*r+h], acc[2*r+h])
		}
	}
	Label("relu" + name)
	zero(t, bad)
	CMPQ(field(offReLU), Imm(0))
	JE(LabelRef("write" + name))
	for i := range acc {
		VMAXPS(acc[i], bad, acc[i]) // NaN, the second source, stays NaN
	}
	Label("write" + name)
	// x − x is 0 for a finite x and NaN otherwise.
	for r := range rows {
		for h := range 2 {
			VMOVUPS(acc[2*r+h], at(h))
			VSUBPS(acc[2*r+h], acc[2*r+h], x)
			VADDPS(x, bad, bad)
		}
		ADDQ(cRow, c)
	}
	flag := GP64()
	if t.lanes == 8 {
		VCMPPS(Imm(3), bad, bad, bad) // unordered
		VMOVMSKPS(bad, flag.As32())
	} else {
		m := K()
		VCMPPS(Imm(3), bad, bad, m)
		KMOVW(m, flag.As32())
	}
	ORQ(flag, field(offBad))
}
