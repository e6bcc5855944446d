package simd

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Rows is one row, or two that follow each other, of some matrices.
type Rows struct {
	N    int                // 1 or 2
	At   [2][]reg.GPVirtual // where each row starts in each matrix
	i    reg.GPVirtual      // number of the first
	like string
}

// stride is the bytes from one row to the next.
func (r Rows) stride() reg.GPVirtual {
	n := Len(r.like)
	SHLQ(Imm(2), n)
	return n
}

// After is where the row after these starts in matrix m.
func (r Rows) After(m int) reg.GPVirtual {
	after := r.stride()
	ADDQ(r.At[r.N-1][m], after)
	return after
}

// Pairs runs body for two rows of the matrices at a time, and for the row that may be left: two sums don't wait for each other
// as one does for itself. The parameter of has an element for each row; rows have as many elements as the parameter like.
func (s ISA) Pairs(of, like string, matrices []string, body func(r Rows)) {
	s.rows(2, of, like, matrices, body)
}

// Singles is Pairs for one row at a time, where the registers don't hold what two need.
func (s ISA) Singles(of, like string, matrices []string, body func(r Rows)) {
	s.rows(1, of, like, matrices, body)
}

func (s ISA) rows(most int, of, like string, matrices []string, body func(r Rows)) {
	i := GP64()
	XORQ(i, i)
	r := Rows{i: i, like: like}
	for _, m := range matrices {
		r.At[0] = append(r.At[0], Slice(m))
	}
	name := unique().name("rows", most)
	Label(name)
	left := Len(of)
	SUBQ(i, left)
	CMPQ(left, Imm(1))
	JLT(LabelRef(name + "done"))
	if most == 2 {
		JEQ(LabelRef(name + "one"))
		r.second()
	}
	r.N = most
	body(r)
	stride := r.stride()
	for _, b := range r.At[0] {
		LEAQ(Mem{Base: b, Index: stride, Scale: uint8(most)}, b)
	}
	ADDQ(Imm(uint64(most)), i)
	JMP(LabelRef(name))
	if most == 2 {
		Label(name + "one")
		r.N = 1
		body(r)
	}
	Label(name + "done")
}

// second finds where the second rows start.
func (r *Rows) second() {
	stride := r.stride()
	for _, b := range r.At[0] {
		second := GP64()
		LEAQ(Mem{Base: b, Index: stride, Scale: 1}, second)
		r.At[1] = append(r.At[1], second)
	}
}

// Scalars returns copies of the rows' elements of a slice parameter that has one for each row.
func (s ISA) Scalars(r Rows, name string) []Vec {
	p := Slice(name)
	var v []Vec
	for k := range r.N {
		v = append(v, s.Broadcast(Mem{Base: p, Index: r.i, Scale: 4, Disp: 4 * k}))
	}
	return v
}

// SetScalar writes the first lane of v to the element of row k in a slice parameter that has one for each row.
func (s ISA) SetScalar(r Rows, k int, v reg.VecVirtual, name string) {
	VMOVSS(v.AsX(), Mem{Base: Slice(name), Index: r.i, Scale: 4, Disp: 4 * k})
}

// Fetch brings the cache line at c of the row at base into the cache; of the vectors of one line it does so for the first.
func (c Cursor) Fetch(base reg.Register) {
	if c.at%16 == 0 && c.mask == nil {
		PREFETCHT1(c.mem(base))
	}
}

// StorePast writes v to the slice at base past the caches; base and row must be aligned to vectors.
func (c Cursor) StorePast(v Vec, base reg.Register) {
	if c.mask != nil {
		c.Store(v, base)
		return
	}
	VMOVNTPS(v, c.mem(base))
}

// Lanes16Of returns 16 virtual lanes of zeros for each of n rows.
func (s ISA) Lanes16Of(n int) [][]Vec {
	var l [][]Vec
	for range n {
		l = append(l, s.Lanes16())
	}
	return l
}
