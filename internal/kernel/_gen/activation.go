package simd

import . "github.com/mmcloughlin/avo/build"

// Polynomials in v = 2a²/top² − 1 for a from 0 to top, minimax but for the rounding of coefficients to float32, the constant last.

// geluTop and geluPoly: (½ − Φ(−a)) / a, for the smallest absolute error of Φ, 2⁻²⁶; the coefficient of v² is raised by 3
// ulp, so that ½ − a·p isn't above 0 at the top.
const geluTop = 5.25

var geluPoly = []float64{0.00023995018273126334, -0.000656583986710757, 0.0006647318950854242, -0.0010395338758826256,
	0.0028923614881932735, -0.005448520183563232, 0.008417870849370956, -0.012775249779224396, 0.018538648262619972,
	-0.025041932240128517, 0.03203143924474716, -0.03976341336965561, 0.04964579641819, -0.0671268180012703,
	0.13465934991836548}

// geluSlopeTop and geluSlopePoly: (½ − Φ(−a) + a·φ(a)) / a, for the smallest absolute error of the slope, 2⁻²⁵.
const geluSlopeTop = 5.75

var geluSlopePoly = []float64{-0.002445362275466323, 0.006217060144990683, -0.0028323049191385508, 0.0010621403343975544,
	-0.016220228746533394, 0.03169308602809906, -0.034928493201732635, 0.0431629940867424, -0.05935921147465706,
	0.06938505917787552, -0.07057823985815048, 0.06675459445522858, -0.05952444300055504, 0.05170648917555809,
	-0.04729423671960831, 0.04936722666025162, -0.06228140741586685, 0.1230718269944191}

// erfTop and erfPoly: erf(a) / a, for the smallest relative error, 2⁻²⁶.
const erfTop = 3.75

var erfPoly = []float64{-0.00036183427437208593, 0.0009669034043326974, -0.0009078573784790933, 0.0015790703473612666,
	-0.004903902765363455, 0.00955081358551979, -0.015342777594923973, 0.024650318548083305, -0.037855640053749084,
	0.05372622236609459, -0.07150572538375854, 0.09072285145521164, -0.11194869130849838, 0.13926978409290314,
	-0.18802982568740845, 0.37705692648887634}

// even evaluates a polynomial in 2a²/top² − 1 of several vectors side by side, since each step waits for the one before.
func (s ISA) even(poly []float64, top float64, as []Vec) (ps []Vec) {
	var vs []Vec
	for _, a := range as {
		vs = append(vs, s.MulAdd(s.Mul(a, a), Const(2/(top*top)), s.Load(Const(-1))))
		ps = append(ps, s.Load(Const(poly[0])))
	}
	for _, c := range poly[1:] {
		for i := range ps {
			s.Horner(ps[i], vs[i], Const(c))
		}
	}
	return ps
}

// Magnitude is |x|.
func (s ISA) Magnitude(x Vec) Vec { return s.And(x, Bits(0x7fffffff)) }

// magnitudes are |x|, but at most top.
func (s ISA) magnitudes(top Vec, xs []Vec) (as []Vec) {
	for _, x := range xs {
		as = append(as, s.Min(top, s.Magnitude(x)))
	}
	return as
}

// GELU is max(x, 0) − a·Φ(−a) for a = |x| up to the top; from there on Φ(−a) is 0.
func (s ISA) GELU(xs []Vec) (ys []Vec) {
	as := s.magnitudes(s.Load(Const(geluTop)), xs)
	ps := s.even(geluPoly, geluTop, as)
	for i, a := range as {
		tail := s.Max(s.Zero(), s.NegMulAdd(a, ps[i], s.Load(Const(0.5))))
		ys = append(ys, s.NegMulAdd(a, tail, s.Max(s.Zero(), xs[i])))
	}
	return ys
}

// GELUSlope is u = Φ(−a) − a·φ(a) for x < 0 and 1 − u for x ≥ 0; from the top on u is 0.
func (s ISA) GELUSlope(xs []Vec) (ys []Vec) {
	top := s.Load(Const(geluSlopeTop))
	as := s.magnitudes(top, xs)
	ps := s.even(geluSlopePoly, geluSlopeTop, as)
	for i, a := range as {
		u := s.NegMulAdd(a, ps[i], s.Load(Const(0.5)))
		u = s.Keep(s.Compare(NotGreaterEqual, a, top), u)
		ys = append(ys, s.Blend(s.Signs(xs[i]), u, s.Sub(s.Load(Const(1)), u)))
	}
	return ys
}

// Erf is x·p(x²), ±1 from the top on.
func (s ISA) Erf(xs []Vec) (ys []Vec) {
	for _, x := range xs {
		ys = append(ys, s.Min(s.Load(Const(erfTop)), s.Max(s.Load(Const(-erfTop)), x)))
	}
	for i, p := range s.even(erfPoly, erfTop, ys) {
		ys[i] = s.Mul(ys[i], p)
	}
	return ys
}

// Logistic is what σ(x) and σ(−x) are made of.
type Logistic struct {
	e, one, Sum Vec
	signs       Mask
}

// Logistic returns e = exp(−|x|), 0 where it would be subnormal, and 1 + e.
func (s ISA) Logistic(x Vec) Logistic {
	e := s.ExpBelow(s.ExpFloor(), s.Or(x, Bits(1<<31)))
	one := s.Load(Const(1))
	return Logistic{e, one, s.Add(e, one), s.Signs(x)}
}

// Up is σ(x)·Sum: 1, or e where x < 0.
func (s ISA) Up(l Logistic) Vec { return s.Blend(l.signs, l.e, l.one) }

// Down is σ(−x)·Sum.
func (s ISA) Down(l Logistic) Vec { return s.Blend(l.signs, l.one, l.e) }

// Weighted is x·σ(t) for the Logistic of t.
func (s ISA) Weighted(x Vec, l Logistic) Vec { return s.Div(s.Mul(x, s.Up(l)), l.Sum) }

// WeightedSlope is x·σ(t) and its slope σ(t) + x·σ(t)·σ(−t)·t′ for the Logistic of t; a nil t′ is 1.
func (s ISA) WeightedSlope(x Vec, l Logistic, slope Vec) (y, d Vec) {
	inverse := s.Div(l.one, l.Sum)
	up := s.Mul(s.Up(l), inverse)
	y = s.Mul(x, up)
	down := s.Mul(s.Down(l), inverse)
	if slope != nil {
		down = s.Mul(down, slope)
	}
	return y, s.MulAdd(y, down, s.Copy(up))
}

// The constants of GELUTanh: t = x·(c + c·k·x²), t′ = c + 3·c·k·x².
const (
	geluScale = 1.5957691216057308 // 2·√(2/π)
	geluCube  = 0.044715
)

// GELUTanh is x·σ(t).
func (s ISA) GELUTanh(x Vec) Vec {
	t := s.Mul(x, s.MulAdd(s.Mul(x, x), Const(geluScale*geluCube), s.Load(Const(geluScale))))
	return s.Weighted(x, s.Logistic(t))
}

// GELUTanhSlope is its slope: that at ±20 beyond.
func (s ISA) GELUTanhSlope(x Vec) Vec {
	x = s.Min(s.Load(Const(20)), s.Max(s.Load(Const(-20)), x))
	u := s.Mul(x, x)
	t := s.Mul(x, s.MulAdd(u, Const(geluScale*geluCube), s.Load(Const(geluScale))))
	_, d := s.WeightedSlope(x, s.Logistic(t), s.MulAdd(u, Const(3*geluScale*geluCube), s.Load(Const(geluScale))))
	return d
}

// Mish is x·n/(n + 2) with n = e·(e + 2), e = eˣ; from 20 on the quotient is 1.
func (s ISA) Mish(x Vec) Vec {
	e := s.ExpBelow(s.ExpFloor(), s.Min(s.Load(Const(20)), x))
	n := s.Mul(e, s.Add(e, Const(2)))
	return s.Mul(x, s.Div(n, s.Add(n, Const(2))))
}

// MishSlope is e·(4(x+1) + e·(4x + 6 + e·(4 + e))) / (n + 2)².
func (s ISA) MishSlope(x Vec) Vec {
	x = s.Max(s.ExpFloor(), s.Min(s.Load(Const(15)), x))
	e := s.ExpBelow(s.ExpFloor(), x)
	p := s.Horner(s.Add(e, Const(4)), e, s.MulAdd(x, Const(4), s.Load(Const(6))))
	p = s.Horner(p, e, s.MulAdd(x, Const(4), s.Load(Const(4))))
	d := s.Add(s.Mul(e, s.Add(e, Const(2))), Const(2))
	return s.Div(s.Mul(e, p), s.Mul(d, d))
}

// Log1p is ln u + c/u for u = 1 + x as rounded and c what the rounding lost; where c/u is NaN, at −1 and +Inf, ln u is all.
func (s ISA) Log1p(x Vec) Vec {
	u := s.Add(x, Const(1))
	c := s.Div(s.Sub(x, s.Sub(u, Const(1))), u)
	return s.Add(s.Log(u), s.Keep(s.Compare(Ordered, c, c), c))
}

// Expm1Any is Expm1 for every x: twice 2ⁿ⁻¹·q + 2ⁿ⁻¹ − ½ for q = eʳ − 1, since 2ⁿ may be too large.
func (s ISA) Expm1Any(x Vec) Vec {
	q, t := s.expm1Reduced(s.Min(s.Load(Const(89)), s.Max(s.Load(Const(-25)), x)))
	VPSUBD(Bits(1), t, t)
	two := s.power(t)
	y := s.MulAdd(q, two, s.Sub(two, Const(0.5)))
	return s.Add(y, y)
}
