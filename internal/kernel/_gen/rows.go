package simd

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Row is one row of some matrices.
type Row struct {
	s  ISA
	At []reg.GPVirtual // where it starts in each matrix
	i  reg.GPVirtual   // its number
}

// Rows runs body for each row of the matrices, one after the other: two rows at a time, whose sums wouldn't wait for each other, are
// no faster in cache than memory is, and slower out of it. The parameter of has an element for each row; a row has as many as the
// parameter like.
func (s ISA) Rows(of, like string, matrices []string, body func(r Row)) {
	r := Row{s: s, i: GP64()}
	XORQ(r.i, r.i)
	for _, m := range matrices {
		r.At = append(r.At, Slice(m))
	}
	name := unique().name("rows", 1)
	Label(name)
	CMPQ(r.i, Len(of))
	JGE(LabelRef(name + "done"))
	body(r)
	stride := Len(like)
	for _, b := range r.At {
		LEAQ(Mem{Base: b, Index: stride, Scale: 4}, b)
	}
	INCQ(r.i)
	JMP(LabelRef(name))
	Label(name + "done")
}

// Scalar returns copies of the row's element of a slice parameter that has one for each row.
func (r Row) Scalar(name string) Vec {
	return r.s.Broadcast(Mem{Base: Slice(name), Index: r.i, Scale: 4})
}

// SetScalar writes the first lane of v to the row's element of a slice parameter that has one for each row.
func (r Row) SetScalar(v reg.VecVirtual, name string) {
	VMOVSS(v.AsX(), Mem{Base: Slice(name), Index: r.i, Scale: 4})
}

// Fetch brings the cache line at c of the slice at base nearer; of the vectors of one line it does so for the first.
func (c Cursor) Fetch(base reg.Register) {
	if c.at%16 == 0 {
		PREFETCHT1(c.mem(base))
	}
}

// StorePast writes v to the slice at base past the caches; base must be aligned to vectors.
func (c Cursor) StorePast(v Vec, base reg.Register) {
	if c.mask != nil {
		c.Store(v, base)
		return
	}
	VMOVNTPS(v, c.mem(base))
}

// Fence writes the kernel that has what was written past the caches seen by other cores.
func (s ISA) Fence() {
	s.Function("fence", "()")
	SFENCE()
	RET()
}
