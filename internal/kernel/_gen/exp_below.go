package simd

// ExpFloor returns what ExpBelow needs in a register: where 2ⁿ is 0 in its bits.
func (s ISA) ExpFloor() Vec { return s.Load(Const(-88)) }

// ExpBelow is eˣ for x up to 0, a little above, or NaN: Exp with one factor 2ⁿ, so that results below 2⁻¹²⁶ may be 0.
func (s ISA) ExpBelow(floor, x Vec) Vec {
	r, t := s.reduced(s.Max(floor, x))
	p := s.Load(Const(0.0013950540451332927))
	for _, c := range []float64{0.008368917740881443, 0.04166620597243309, 0.166665181517601, 0.5, 1, 1} {
		s.Horner(p, r, Const(c))
	}
	return s.Mul(p, s.power(t))
}
