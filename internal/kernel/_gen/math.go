package simd

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// magic is 1.5·2²³: added to a small number, it leaves its nearest integer in the low bits.
const magic = 0x4b400000

// ln 2 as two float32, the second the rest of the first.
const (
	ln2High = 0x3f317218
	ln2Low  = 0xb102e308
)

// reduced is r in x = n·ln 2 + r with |r| ≤ ln 2 / 2, and t, whose low bits are n.
func (s ISA) reduced(x Vec) (r, t Vec) {
	t = s.MulAdd(x, Const(1.4426950408889634), s.Load(Bits(magic)))
	n := s.Sub(t, Bits(magic))
	r = s.NegMulAdd(n, Bits(ln2High), s.Copy(x))
	r = s.NegMulAdd(n, Bits(ln2Low), r)
	return r, t
}

// power is 2ⁿ for −126 ≤ n ≤ 127 in the low nine bits of t.
func (s ISA) power(t Vec) Vec {
	d := s.Reg()
	VPSLLD(Imm(23), t, d)
	VPADDD(Bits(0x3f800000), d, d)
	return d
}

// Exp is eˣ for x in [−104, 89] or NaN: a polynomial in r, then 2ⁿ in two factors, so that subnormal results are
// rounded once. The coefficients are the minimax ones of (eʳ − 1 − r) / r² for the relative error of eʳ, 2⁻²⁸.
func (s ISA) Exp(x Vec) Vec {
	r, t := s.reduced(x)
	p := s.Load(Const(0.0013950540451332927))
	for _, c := range []float64{0.008368917740881443, 0.04166620597243309, 0.166665181517601, 0.5, 1, 1} {
		s.Horner(p, r, Const(c))
	}
	half, rest := s.Reg(), s.Reg()
	VPSRAD(Imm(1), t, half)
	VPSUBD(half, t, rest)
	return s.Mul(s.Mul(p, s.power(half)), s.power(rest))
}

// ExpRange has the ends that Clamp needs in registers.
type ExpRange struct{ low, high Vec }

// ExpRange loads the ends of the range beyond which eˣ is 0 or +Inf.
func (s ISA) ExpRange() ExpRange { return ExpRange{s.Load(Const(-104)), s.Load(Const(89))} }

// Clamp brings x into the range of Exp. NaN stays.
func (s ISA) Clamp(e ExpRange, x Vec) Vec { return s.Min(e.high, s.Max(e.low, x)) }

// expm1Reduced is eʳ − 1 for the r of reduced, and its t.
func (s ISA) expm1Reduced(x Vec) (q, t Vec) {
	r, t := s.reduced(x)
	p := s.Load(Const(0.00019845881615765393))
	for _, c := range []float64{0.0013940668432042003, 0.008333389647305012, 0.04166635870933533, 0.1666666567325592, 0.5} {
		s.Horner(p, r, Const(c))
	}
	return s.Horner(s.Mul(p, r), r, r), t // r + r²·p
}

// Expm1 is eˣ − 1 for x in [0, 21] or NaN, with a small relative error down to 0.
func (s ISA) Expm1(x Vec) Vec {
	q, t := s.expm1Reduced(x)
	two := s.power(t)
	return s.MulAdd(q, two, s.Sub(two, Const(1)))
}

// Tanh is (e²ᵃ − 1) / (e²ᵃ + 1) for a = |x| ≥ 0.6, and below that x + x³·p(x²) with p the minimax polynomial of
// (tanh x − x) / x³; the sign is x's. top holds 10s, from which on tanh is 1.
func (s ISA) Tanh(top, x Vec) Vec {
	a := s.Min(top, s.And(x, Bits(0x7fffffff)))
	e := s.Expm1(s.Add(a, a))
	y := s.Div(e, s.Add(e, Const(2)))
	t := s.Mul(a, a)
	p := s.Load(Const(-0.005895157810300589))
	for _, c := range []float64{0.020795971155166626, -0.053783830255270004, 0.13331924378871918, -0.33333298563957214} {
		s.Horner(p, t, Const(c))
	}
	p = s.Horner(s.Mul(p, t), a, a)
	y = s.Blend(s.Compare(Less, a, Const(0.6)), p, y)
	return s.Or(y, s.And(x, Bits(1<<31)))
}

// Sigmoid is e / (1 + e) for x < 0 and 1 / (1 + e) for x ≥ 0, where e = exp(−|x|), with what the sum and the quotient
// were rounded by put back: else the three errors together pass 2 ulp. low holds −104s.
func (s ISA) Sigmoid(low, x Vec) Vec {
	one := s.Load(Const(1))
	e := s.Exp(s.Max(low, s.Or(x, Bits(1<<31))))
	top := s.Blend(s.Signs(x), e, one)
	d := s.Add(e, one)
	lost := s.Sub(e, s.Sub(d, one))
	inverse := s.Div(one, d)
	y := s.Mul(top, inverse)
	rest := s.NegMulAdd(y, lost, s.NegMulAdd(y, d, s.Copy(top)))
	return s.MulAdd(rest, inverse, y)
}

// Log is ln x: x = 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2, and the minimax polynomial of (ln(1+f) − f + f²/2) / f³.
func (s ISA) Log(x Vec) Vec {
	small := s.Compare(Less, x, Const(0x1p-126))
	y := s.Blend(small, s.Mul(x, Const(0x1p23)), x)
	k := s.Reg()
	VPSUBD(Bits(0x3f3504f3), y, k) // √½
	VPSRAD(Imm(23), k, k)
	m := s.Reg()
	VPSLLD(Imm(23), k, m)
	VPSUBD(m, y, m)
	VCVTDQ2PS(k, k)
	k = s.Sub(k, s.Keep(small, s.Load(Const(23))))
	f := s.Sub(m, Const(1))
	p := s.Load(Const(0.06746634095907211))
	for _, c := range []float64{-0.11676051467657089, 0.11888378858566284, -0.12405543774366379, 0.1421951949596405,
		-0.1666799634695053, 0.20002120733261108, -0.25000008940696716, 0.3333331346511841} {
		s.Horner(p, f, Const(c))
	}
	square := s.Mul(f, f)
	p = s.Mul(s.Mul(p, f), square)
	p = s.MulAdd(k, Bits(ln2Low), p)
	p = s.NegMulAdd(square, Const(0.5), p)
	y = s.MulAdd(k, Bits(ln2High), s.Add(f, p))
	y = s.Blend(s.Compare(NotLess, x, Bits(0x7f800000)), x, y)         // +Inf, NaN
	y = s.Blend(s.Compare(Less, x, Const(0)), Bits(0x7fc00000), y)     // NaN
	return s.Blend(s.Compare(Equal, x, Const(0)), Bits(0xff800000), y) // −Inf
}
