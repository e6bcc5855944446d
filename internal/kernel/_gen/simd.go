// Package simd is what the generators share: vectors of float32 whose instructions differ between AVX2 and AVX-512,
// and the loops over slices with a masked end. A kernel is written once and generated for both, with the same
// operations on every element in the same order, and so the same bits.
package simd

import (
	"math"
	"os"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// ISA is an instruction set.
type ISA struct {
	Name  string
	Lanes int
}

// Levels has the instruction sets that every kernel is generated for.
var Levels = []ISA{{"AVX2", 8}, {"AVX512", 16}}

// Vec is a vector register; Mask is one bit a lane: a vector of all-ones or zeros, or a mask register.
type (
	Vec  = reg.VecVirtual
	Mask = reg.Register
)

// Comparisons, quiet. Those with Not are true where either is NaN.
const (
	Equal           Relation = 0x00
	Unordered       Relation = 0x03
	Ordered         Relation = 0x07
	Less            Relation = 0x11
	NotLess         Relation = 0x15
	NotLessEqual    Relation = 0x16
	NotGreaterEqual Relation = 0x19
	GreaterEqual    Relation = 0x1d
	Greater         Relation = 0x1e
)

// Relation is the immediate of VCMPPS.
type Relation uint8

// Program sets the output up from the command line, runs f for every level and writes pkg's files.
func Program(pkg string, f func(s ISA)) {
	dir := os.Args[1]
	os.Args = []string{os.Args[0], "-pkg", pkg, "-out", dir + "/" + pkg + "_amd64.s", "-stubs", dir + "/" + pkg + "_amd64.go"}
	ConstraintExpr("!noasm")
	for _, s := range Levels {
		f(s)
	}
	Generate()
}

// Function starts the kernel name, whose meaning is the Go loop nameGo.
func (s ISA) Function(name, signature string) { s.FunctionOf(name, name, signature) }

// FunctionOf is Function where the loop is another kernel's too.
func (s ISA) FunctionOf(name, loop, signature string) {
	TEXT(name+s.Name, NOSPLIT, "func"+signature)
	Doc(name + s.Name + " is " + loop + "Go, by " + strings.Replace(s.Name, "AVX5", "AVX-5", 1) + ".")
	Pragma("noescape")
}

func (s ISA) wide() bool { return s.Lanes == 16 }

// Reg returns a new vector register.
func (s ISA) Reg() Vec {
	if s.wide() {
		return ZMM()
	}
	return YMM()
}

var constants = map[uint32]Mem{}

// Bits returns 16 copies of a word, in memory.
func Bits(b uint32) Mem {
	m, ok := constants[b]
	if !ok {
		m = GLOBL("c"+hex(b), RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, U32(b))
		}
		constants[b] = m
	}
	return m
}

func hex(b uint32) string {
	const digits = "0123456789abcdef"
	var s [8]byte
	for i := range s {
		s[i] = digits[b>>(28-4*i)&15]
	}
	return string(s[:])
}

// Const returns 16 copies of x rounded to float32, in memory.
func Const(x float64) Mem { return Bits(math.Float32bits(float32(x))) }

// Load returns what m holds, in a register.
func (s ISA) Load(m Mem) Vec { d := s.Reg(); VMOVUPS(m, d); return d }

// Copy returns v in another register, to be changed.
func (s ISA) Copy(v Vec) Vec { d := s.Reg(); VMOVAPS(v, d); return d }

// Zero returns zeros.
func (s ISA) Zero() Vec {
	d := s.Reg()
	if s.wide() {
		VPXORD(d, d, d)
	} else {
		VXORPS(d, d, d)
	}
	return d
}

// Scalar returns copies of the float32 parameter.
func (s ISA) Scalar(name string) Vec {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return s.Broadcast(p.Addr)
}

// Broadcast returns copies of the float32 at m.
func (s ISA) Broadcast(m Mem) Vec { d := s.Reg(); VBROADCASTSS(m, d); return d }

// The operations. The last operand may be in memory.

func (s ISA) Add(a Vec, b Op) Vec { d := s.Reg(); VADDPS(b, a, d); return d }
func (s ISA) Sub(a Vec, b Op) Vec { d := s.Reg(); VSUBPS(b, a, d); return d }
func (s ISA) Mul(a Vec, b Op) Vec { d := s.Reg(); VMULPS(b, a, d); return d }
func (s ISA) Div(a Vec, b Op) Vec { d := s.Reg(); VDIVPS(b, a, d); return d }
func (s ISA) Sqrt(a Vec) Vec      { d := s.Reg(); VSQRTPS(a, d); return d }
func (s ISA) And(a Vec, b Op) Vec { d := s.Reg(); VANDPS(b, a, d); return d }
func (s ISA) Or(a Vec, b Op) Vec  { d := s.Reg(); VORPS(b, a, d); return d }
func (s ISA) Xor(a Vec, b Op) Vec { d := s.Reg(); VXORPS(b, a, d); return d }

// Rounding is the immediate of VROUNDPS.
type Rounding uint8

// Roundings: to the nearest, of two the even one; down; up.
const (
	ToEven Rounding = 8 + iota
	Down
	Up
)

// Round is a whole number.
func (s ISA) Round(to Rounding, a Vec) Vec {
	d := s.Reg()
	if s.wide() {
		VRNDSCALEPS(Imm(uint64(to)), a, d)
	} else {
		VROUNDPS(Imm(uint64(to)), a, d)
	}
	return d
}

// Max is a > b ? a : b, and Min a < b ? a : b: b where either is NaN.
func (s ISA) Max(a Vec, b Op) Vec { d := s.Reg(); VMAXPS(b, a, d); return d }
func (s ISA) Min(a Vec, b Op) Vec { d := s.Reg(); VMINPS(b, a, d); return d }

// MulAdd is a·b + c, rounded once, for a new register c.
func (s ISA) MulAdd(a Vec, b Op, c Vec) Vec { VFMADD231PS(b, a, c); return c }

// NegMulAdd is c − a·b, rounded once, for a new register c.
func (s ISA) NegMulAdd(a Vec, b Op, c Vec) Vec { VFNMADD231PS(b, a, c); return c }

// Horner is p·x + c, rounded once, for a new register p.
func (s ISA) Horner(p, x Vec, c Op) Vec { VFMADD213PS(c, x, p); return p }

// Compare says where a has the relation to b.
func (s ISA) Compare(relation Relation, a Vec, b Op) Mask {
	if s.wide() {
		k := K()
		VCMPPS(Imm(uint64(relation)), b, a, k)
		return k
	}
	d := YMM()
	VCMPPS(Imm(uint64(relation)), b, a, d)
	return d
}

// Signs says where a's sign bit is set.
func (s ISA) Signs(a Vec) Mask {
	if s.wide() {
		k := K()
		VPMOVD2M(a, k)
		return k
	}
	return a
}

// Blend is yes where the mask is set and no elsewhere.
func (s ISA) Blend(m Mask, yes Op, no Vec) Vec {
	d := s.Reg()
	if s.wide() {
		VBLENDMPS(yes, no, m, d)
	} else {
		VBLENDVPS(m, yes, no, d)
	}
	return d
}

// Keep is a where the mask is set and 0 elsewhere.
func (s ISA) Keep(m Mask, a Vec) Vec {
	d := s.Reg()
	if s.wide() {
		VMOVAPS_Z(a, m, d)
	} else {
		VANDPS(a, m, d)
	}
	return d
}
