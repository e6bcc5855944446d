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
	offA, offARow, offAK, offANext = 0, 8, 16, 24
	offB, offBK                    = 32, 40
	offC, offCRow                  = 48, 56
	offK, offCount                 = 64, 72
	offAdd, offBias                = 80, 88
	offBiasRow, offBiasAt          = 96, 104
	offReLU, offCheck, offBad      = 112, 120, 128
	offFetch                       = 136
	offFetchEnd, offFetchSize      = 144, 152
	offPanels, offBNext            = 160, 168
)

func zero(t isa, v reg.VecVirtual) {
	if t.lanes == 8 {
		VXORPS(v, v, v)
	} else {
		VPXORD(v, v, v)
	}
}

// tileCode is a tile's function in the making.
type tileCode struct {
	isa
	label  string
	rows   int
	p      reg.Register // the arguments
	acc    []reg.VecVirtual
	c      reg.GPVirtual // the tile's first element in C
	aRow   reg.GPVirtual
	cRow   reg.GPVirtual
	fetch  reg.GPVirtual // the row of the panel to come that is fetched next
	x, bad reg.VecVirtual
}

func (t *tileCode) field(off int) Mem { return Mem{Base: t.p, Disp: off} }

func (t *tileCode) load(off int) reg.GPVirtual {
	r := GP64()
	MOVQ(t.field(off), r)
	return r
}

// tile writes the register tile of some rows by two vectors, for columns of such tiles below each other, one a panel of B:
// 2·rows accumulators, two vectors of B, and broadcasts of A.
func tile(s isa, rows int) {
	name := fmt.Sprintf("%s%d", s.name, rows)
	TEXT("tile"+name, NOSPLIT, "func(p *byte)")
	Doc(fmt.Sprintf("tile%s is tileGeneric for %d rows and %d columns.", name, rows, 2*s.lanes))
	Pragma("noescape")
	t := &tileCode{isa: s, label: name, rows: rows, p: Load(Param("p"), GP64())}
	for range 2 * rows {
		t.acc = append(t.acc, s.vec())
	}
	t.aRow = t.load(offARow)
	a, count := GP64(), GP64()
	t.c, t.fetch = GP64(), GP64()
	Label("panel" + name)
	MOVQ(t.field(offA), a)
	MOVQ(t.field(offCount), count)
	MOVQ(t.field(offC), t.c)
	MOVQ(t.field(offFetch), t.fetch)
	Label("tile" + name)
	t.products(a)
	t.store()
	ADDQ(t.field(offANext), a)
	DECQ(count)
	JNE(LabelRef("tile" + name))
	DECQ(t.field(offPanels))
	JE(LabelRef("done" + name))
	t.nextPanel()
	JMP(LabelRef("panel" + name))
	Label("done" + name)
	VZEROUPPER()
	RET()
}

// nextPanel moves what differs from panel to panel along.
func (t *tileCode) nextPanel() {
	next := t.load(offBNext)
	for _, off := range []int{offB, offFetch, offFetchEnd} {
		ADDQ(next, t.field(off))
	}
	ADDQ(Imm(uint64(8*t.lanes)), t.field(offC))
	MOVQ(U32(0), t.field(offBiasAt))
	t.ifSet(offBias, "turn", func() { ADDQ(Imm(uint64(8*t.lanes)), t.field(offBias)) })
}

// products sums the products of one block of k.
func (t *tileCode) products(a reg.GPVirtual) {
	for _, v := range t.acc {
		zero(t.isa, v)
	}
	c := GP64()
	cRow := t.load(offCRow)
	MOVQ(t.c, c)
	for range t.rows { // C comes from afar while the products are summed
		PREFETCHT0(Mem{Base: c})
		PREFETCHT0(Mem{Base: c, Disp: 8*t.lanes - 4})
		ADDQ(cRow, c)
	}
	again := GP64()
	MOVQ(t.fetch, again)
	SUBQ(t.field(offFetchSize), again)
	CMPQ(t.fetch, t.field(offFetchEnd))
	CMOVQCC(again, t.fetch)
	aK, bK := t.load(offAK), t.load(offBK)
	b, k := t.load(offB), t.load(offK)
	// Rows are reached from a base every third row: base, base + aRow, base + 2·aRow.
	var bases []reg.GPVirtual
	for r := 0; r < t.rows; r += 3 {
		base := GP64()
		if r == 0 {
			MOVQ(a, base)
		} else {
			LEAQ(Mem{Base: bases[len(bases)-1], Index: t.aRow, Scale: 2}, base)
			ADDQ(t.aRow, base)
		}
		bases = append(bases, base)
	}
	b0, b1 := t.vec(), t.vec()
	step := func() {
		VMOVUPS(Mem{Base: b}, b0)
		VMOVUPS(Mem{Base: b, Disp: 4 * t.lanes}, b1)
		ADDQ(bK, b)
		for r := range t.rows {
			m := Mem{Base: bases[r/3]}
			if r%3 > 0 {
				m.Index, m.Scale = t.aRow, uint8(r%3)
			}
			x := t.vec()
			VBROADCASTSS(m, x)
			VFMADD231PS(x, b0, t.acc[2*r])
			VFMADD231PS(x, b1, t.acc[2*r+1])
		}
		for _, base := range bases {
			ADDQ(aK, base)
		}
	}
	SUBQ(Imm(4), k)
	JLT(LabelRef("rest" + t.label))
	Label("four" + t.label)
	for line := 0; line < 8*t.lanes; line += 64 { // a row of the panel to come, into the second cache
		PREFETCHT1(Mem{Base: t.fetch, Disp: line})
	}
	ADDQ(bK, t.fetch)
	for range 4 {
		step()
	}
	SUBQ(Imm(4), k)
	JGE(LabelRef("four" + t.label))
	Label("rest" + t.label)
	ADDQ(Imm(4), k)
	JE(LabelRef("store" + t.label))
	Label("one" + t.label)
	step()
	DECQ(k)
	JNE(LabelRef("one" + t.label))
	Label("store" + t.label)
}

// store adds what is asked for to the accumulators, writes them and leaves c at the next tile.
func (t *tileCode) store() {
	t.x, t.bad = t.vec(), t.vec()
	t.cRow = t.load(offCRow)
	zero(t.isa, t.bad)
	for _, v := range t.acc {
		VADDPS(t.bad, v, v) // −0 becomes +0, as if k were longer
	}
	t.ifSet(offAdd, "bias", func() {
		c := GP64()
		MOVQ(t.c, c)
		for r := range t.rows {
			for h := range 2 {
				VADDPS(t.at(c, h), t.acc[2*r+h], t.acc[2*r+h])
			}
			ADDQ(t.cRow, c)
		}
	})
	t.ifSet(offBias, "biasrow", func() {
		bias := t.load(offBias)
		for h := range 2 {
			VMOVUPS(t.at(bias, h), t.x)
			for r := range t.rows {
				VADDPS(t.x, t.acc[2*r+h], t.acc[2*r+h])
			}
		}
	})
	t.ifSet(offBiasRow, "relu", func() {
		bias := t.load(offBiasRow)
		ADDQ(t.field(offBiasAt), bias)
		for r := range t.rows {
			VBROADCASTSS(Mem{Base: bias, Disp: 4 * r}, t.x)
			VADDPS(t.x, t.acc[2*r], t.acc[2*r])
			VADDPS(t.x, t.acc[2*r+1], t.acc[2*r+1])
		}
		ADDQ(Imm(uint64(4*t.rows)), t.field(offBiasAt)) // not the pointer: it must never lie past its slice
	})
	t.ifSet(offReLU, "check", func() {
		for _, v := range t.acc {
			VMAXPS(v, t.bad, v) // NaN, the second source, stays NaN
		}
	})
	t.ifSet(offCheck, "write", t.check)
	for r := range t.rows {
		for h := range 2 {
			VMOVUPS(t.acc[2*r+h], t.at(t.c, h))
		}
		ADDQ(t.cRow, t.c)
	}
}

func (t *tileCode) at(base reg.Register, half int) Mem {
	return Mem{Base: base, Disp: 4 * t.lanes * half}
}

// ifSet does something where a field isn't 0. The next part begins at the label.
func (t *tileCode) ifSet(off int, next string, do func()) {
	CMPQ(t.field(off), Imm(0))
	JE(LabelRef(next + t.label))
	do()
	Label(next + t.label)
}

// check looks for NaN and Inf: x − x is 0 in every bit for a finite x, and NaN otherwise.
func (t *tileCode) check() {
	flag := GP64()
	for _, v := range t.acc {
		VSUBPS(v, v, t.x)
		if t.lanes == 8 {
			VORPS(t.x, t.bad, t.bad)
		} else {
			VPORD(t.x, t.bad, t.bad)
		}
	}
	if t.lanes == 8 {
		VCMPPS(Imm(3), t.bad, t.bad, t.bad) // unordered
		VMOVMSKPS(t.bad, flag.As32())
	} else {
		m := K()
		VCMPPS(Imm(3), t.bad, t.bad, m)
		KMOVW(m, flag.As32())
	}
	ORQ(flag, t.field(offBad))
}
