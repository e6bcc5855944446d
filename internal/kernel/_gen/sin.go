package simd

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// π/2 as three float32, each the rest of what is before it.
const (
	quarterHigh = 1.5707963705062866
	quarterMid  = -4.371138828673793e-08
	quarterLow  = -1.7151245100058819e-15
)

// Sin is sin(x + k·π/2) for |x| ≤ 65536: x = n·π/2 + r with |r| ≤ π/4, where n + k says which of ±sin r and ±cos r it is. The first
// product is subtracted without rounding. The polynomials are Cephes' (Moshier): r + r³·p(r²) and 1 − r²/2 + r⁴·q(r²).
func (s ISA) Sin(k uint32, x Vec) Vec {
	t := s.MulAdd(x, Const(0.6366197723675814), s.Load(Bits(magic))) // 2/π
	n := s.Sub(t, Bits(magic))
	r := s.NegMulAdd(n, Const(quarterHigh), s.Copy(x))
	r = s.NegMulAdd(n, Const(quarterLow), s.NegMulAdd(n, Const(quarterMid), r))
	u := s.Mul(r, r)
	p, q := s.Load(Const(-1.9515295891e-4)), s.Load(Const(2.443315711809948e-5))
	for _, c := range [][2]float64{{8.3321608736e-3, -1.388731625493765e-3}, {-1.6666654611e-1, 4.166664568298827e-2}} {
		s.Horner(p, u, Const(c[0]))
		s.Horner(q, u, Const(c[1]))
	}
	p = s.Horner(s.Mul(p, u), r, r)
	q = s.Horner(s.Mul(q, u), u, s.NegMulAdd(u, Const(0.5), s.Load(Const(1))))
	if k > 0 {
		VPADDD(Bits(k), t, t)
	}
	odd, sign := s.Reg(), s.Reg()
	VPSLLD(Imm(31), t, odd)
	VPSLLD(Imm(30), t, sign)
	return s.Xor(s.Blend(s.Signs(odd), q, p), s.And(sign, Bits(1<<31)))
}
