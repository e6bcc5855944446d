package simd

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Cursor is a place in the slices that a loop runs over.
type Cursor struct {
	s    ISA
	i    reg.GPVirtual // elements done
	at   int           // elements after i
	mask Mask          // the lanes that exist, nil if all do
}

// Slice returns the base of a slice parameter.
func Slice(name string) reg.GPVirtual { return Load(Param(name).Base(), GP64()).(reg.GPVirtual) }

// Len returns the length of a slice parameter.
func Len(name string) reg.GPVirtual { return Load(Param(name).Len(), GP64()).(reg.GPVirtual) }

func (c Cursor) mem(base reg.Register) Mem {
	return Mem{Base: base, Index: c.i, Scale: 4, Disp: 4 * c.at}
}

// Skip returns the place n elements further on.
func (c Cursor) Skip(n reg.GPVirtual) Cursor {
	i := GP64()
	LEAQ(Mem{Base: c.i, Index: n, Scale: 1}, i)
	c.i = i
	return c
}

// Load returns the next elements of the slice at base; lanes beyond its end are +0.
func (c Cursor) Load(base reg.Register) Vec {
	d := c.s.Reg()
	switch {
	case c.mask == nil:
		VMOVUPS(c.mem(base), d)
	case c.s.wide():
		VMOVUPS_Z(c.mem(base), c.mask, d)
	default:
		VMASKMOVPS(c.mem(base), c.mask, d)
	}
	return d
}

// Store writes v to the slice at base.
func (c Cursor) Store(v Vec, base reg.Register) {
	switch {
	case c.mask == nil:
		VMOVUPS(v, c.mem(base))
	case c.s.wide():
		VMOVUPS(v, c.mask, c.mem(base))
	default:
		VMASKMOVPS(v, c.mask, c.mem(base))
	}
}

// FetchAhead brings a line to come of the slice at base to the first cache: of several slices the hardware doesn't see each soon enough.
func (c Cursor) FetchAhead(base reg.Register) {
	const ahead = 1024 // bytes: some tens of steps of a loop of many operations
	if c.mask == nil && (c.s.wide() || c.at%16 == 0) {
		m := c.mem(base)
		m.Disp += ahead
		PREFETCHT0(m)
	}
}

// Clip returns v with zeros in the lanes beyond the end.
func (c Cursor) Clip(v Vec) Vec {
	if c.mask == nil {
		return v
	}
	return c.s.Keep(c.mask, v)
}

// Whole says whether all lanes exist.
func (c Cursor) Whole() bool { return c.mask == nil }

// Mask says which lanes exist; only where not Whole.
func (c Cursor) Mask() Mask { return c.mask }

var ramp *Mem

// tailMask returns the mask of the first left lanes, 0 ≤ left ≤ s.Lanes.
func (s ISA) tailMask(left reg.GPVirtual) Mask {
	if s.wide() {
		bits, k := GP32(), K()
		MOVL(I32(-1), bits)
		BZHIL(left.As32(), bits, bits)
		KMOVW(bits, k)
		return k
	}
	if ramp == nil {
		m := GLOBL("ramp", RODATA|NOPTR)
		for i := range 16 {
			v := U32(0)
			if i < 8 {
				v = U32(0xffffffff)
			}
			DATA(4*i, v)
		}
		ramp = &m
	}
	at := GP64()
	LEAQ(*ramp, at)
	index := GP64()
	MOVQ(left, index)
	NEGQ(index)
	d := YMM()
	VMOVDQU(Mem{Base: at, Disp: 32, Index: index, Scale: 4}, d)
	return d
}

// Range runs body over n elements: unroll vectors at a time, then one, then the rest, masked.
func (s ISA) Range(n reg.GPVirtual, unroll int, body func(c Cursor)) {
	s.Strips(n, unroll, func(cs []Cursor) {
		for _, c := range cs {
			body(c)
		}
	})
}

// Strips is Range for a body that does several vectors together.
func (s ISA) Strips(n reg.GPVirtual, unroll int, body func(cs []Cursor)) {
	i := GP64()
	XORQ(i, i)
	label := unique()
	steps := []int{unroll, 1}
	if unroll == 1 {
		steps = steps[1:]
	}
	for _, u := range steps {
		name := label.name("loop", u)
		end := GP64()
		MOVQ(n, end)
		SUBQ(I32(int32(u*s.Lanes)), end)
		JMP(LabelRef(name + "test"))
		Label(name)
		var cs []Cursor
		for k := range u {
			cs = append(cs, Cursor{s: s, i: i, at: k * s.Lanes})
		}
		body(cs)
		ADDQ(I32(int32(u*s.Lanes)), i)
		Label(name + "test")
		CMPQ(i, end)
		JLE(LabelRef(name))
	}
	left := GP64()
	MOVQ(n, left)
	SUBQ(i, left)
	JZ(LabelRef(label.name("done", 0)))
	body([]Cursor{{s: s, i: i, mask: s.tailMask(left)}})
	Label(label.name("done", 0))
}

// Range16 runs body over n elements in steps of 16 virtual lanes, each one Cursor or two of 8; the last step may be
// masked.
func (s ISA) Range16(n reg.GPVirtual, body func(cs []Cursor)) {
	i := GP64()
	XORQ(i, i)
	label := unique()
	cursors := func(masks []Mask) []Cursor {
		var cs []Cursor
		for at := 0; at < 16; at += s.Lanes {
			c := Cursor{s: s, i: i, at: at}
			if masks != nil {
				c.mask = masks[at/s.Lanes]
			}
			cs = append(cs, c)
		}
		return cs
	}
	name := label.name("loop", 16)
	end := GP64()
	MOVQ(n, end)
	SUBQ(I32(16), end)
	JMP(LabelRef(name + "test"))
	Label(name)
	body(cursors(nil))
	ADDQ(I32(16), i)
	Label(name + "test")
	CMPQ(i, end)
	JLE(LabelRef(name))
	left := GP64()
	MOVQ(n, left)
	SUBQ(i, left)
	JZ(LabelRef(label.name("done", 0)))
	masks := []Mask{}
	if s.wide() {
		masks = append(masks, s.tailMask(left))
	} else {
		eight, zero, low, high := GP64(), GP64(), GP64(), GP64()
		MOVQ(I32(8), eight)
		XORQ(zero, zero)
		MOVQ(left, low)
		CMPQ(low, eight)
		CMOVQGT(eight, low)
		MOVQ(left, high)
		SUBQ(eight, high)
		CMOVQLT(zero, high)
		masks = append(masks, s.tailMask(low), s.tailMask(high))
	}
	body(cursors(masks))
	Label(label.name("done", 0))
}

// Lanes16 returns 16 virtual lanes of zeros.
func (s ISA) Lanes16() []Vec {
	var l []Vec
	for at := 0; at < 16; at += s.Lanes {
		l = append(l, s.Zero())
	}
	return l
}

// Tree combines 16 virtual lanes by op as a tree, lane j with j+8, j+4, j+2, j+1, and returns the result's register.
func (s ISA) Tree(l []Vec, op func(b, a, d Op)) reg.VecVirtual {
	half := YMM()
	if s.wide() {
		high := YMM()
		VEXTRACTF64X4(Imm(1), l[0], high)
		op(high, l[0].AsY(), half)
	} else {
		op(l[1], l[0], half)
	}
	return fold(half, op)
}

// Fold adds the lanes of v.
func (s ISA) Fold(v Vec) reg.VecVirtual {
	op := func(b, a, d Op) { VADDPS(b, a, d) }
	if !s.wide() {
		return fold(v, op)
	}
	high, half := YMM(), YMM()
	VEXTRACTF64X4(Imm(1), v, high)
	op(high, v.AsY(), half)
	return fold(half, op)
}

func fold(half Vec, op func(b, a, d Op)) reg.VecVirtual {
	high, x, y, z := XMM(), XMM(), XMM(), XMM()
	VEXTRACTF128(Imm(1), half, high)
	op(high, half.AsX(), x)
	VPERMILPS(Imm(0x0e), x, y)
	op(y, x, z)
	a, b := XMM(), XMM()
	VPERMILPS(Imm(0x01), z, a)
	op(a, z, b)
	return b
}

// labels makes names that no other loop has.
type labels struct{ number int }

var loops int

func unique() *labels { loops++; return &labels{loops} }

func (l *labels) name(what string, u int) string {
	return what + digits(l.number) + "x" + digits(u)
}

func digits(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return digits(n/10) + string(rune('0'+n%10))
}
