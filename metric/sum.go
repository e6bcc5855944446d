package metric

import (
	"math"
	"math/big"
)

// sum is an exact sum of float64: a fixed-point number of all the bits that one can have, so that neither order nor grouping
// shows in the result. The zero sum is empty.
// Source: Kulisch & Miranker 1986, "The arithmetic of the digital computer: a new approach", SIAM Review 28.
type sum struct {
	limbs [67]int64 // Σ limbs[i]·2³²ⁱ units of 2⁻¹⁰⁷⁴, the smallest float64
	adds  int       // since the carries were passed on
}

const unit = 1074 // −log₂ of the smallest float64

// add takes a finite x.
func (s *sum) add(x float64) {
	bits := math.Float64bits(x)
	exp, mant := int(bits>>52)&0x7ff, bits&(1<<52-1)
	if exp > 0 {
		mant |= 1 << 52
		exp--
	}
	// |x| = mant·2^exp units: 53 bits that begin in limb i and reach into two more.
	i, shift := exp/32, uint(exp)%32
	low, high := mant<<shift, mant>>(64-shift)
	sign := 1 - 2*int64(bits>>63)
	s.limbs[i] += sign * int64(low&(1<<32-1))
	s.limbs[i+1] += sign * int64(low>>32)
	s.limbs[i+2] += sign * int64(high)
	if s.adds++; s.adds == 1<<30 { // each added less than 2³² to a limb
		s.carry()
	}
}

// addSquare adds x² without rounding.
func (s *sum) addSquare(x float64) {
	square := x * x
	s.add(square)
	s.add(math.FMA(x, x, -square))
}

// merge adds o.
func (s *sum) merge(o *sum) {
	other := *o
	other.carry()
	s.carry()
	for i, l := range other.limbs {
		s.limbs[i] += l
	}
	s.adds = 1
}

// carry leaves 32 bits in each limb but the last.
func (s *sum) carry() {
	for i := range len(s.limbs) - 1 {
		c := s.limbs[i] >> 32
		s.limbs[i] -= c << 32
		s.limbs[i+1] += c
	}
	s.adds = 0
}

// exact returns the sum.
func (s *sum) exact() *big.Rat {
	v := new(big.Int)
	for i := len(s.limbs) - 1; i >= 0; i-- {
		v.Add(v.Lsh(v, 32), big.NewInt(s.limbs[i]))
	}
	return new(big.Rat).SetFrac(v, new(big.Int).Lsh(big.NewInt(1), unit))
}

// mean is the mean of what was added; Total tells how many.
type mean struct {
	Total int
	sum   sum
}

func (m *mean) add(x float64) {
	m.sum.add(x)
	m.Total++
}

func (m *mean) merge(o *mean) {
	m.sum.merge(&o.sum)
	m.Total += o.Total
}

func (m *mean) value() float64 {
	if m.Total == 0 {
		return math.NaN()
	}
	v, _ := new(big.Rat).Quo(m.sum.exact(), count(m.Total)).Float64()
	return v
}

func count(n int) *big.Rat { return new(big.Rat).SetInt64(int64(n)) }

// spread is the sum of squared differences from the mean. From exact sums it is exact: no cancellation, however far the
// values are from 0.
type spread struct {
	n            int
	sum, squares sum
}

func (s *spread) add(x float64) {
	s.sum.add(x)
	s.squares.addSquare(x)
	s.n++
}

func (s *spread) merge(o *spread) {
	s.sum.merge(&o.sum)
	s.squares.merge(&o.squares)
	s.n += o.n
}

// exact returns Σx² − (Σx)²/n; n is above 0.
func (s *spread) exact() *big.Rat {
	t := s.sum.exact()
	t.Quo(t.Mul(t, t), count(s.n))
	return t.Sub(s.squares.exact(), t)
}

// explained returns 1 − rest/s, NaN where s is of nothing or of equal values.
func (s *spread) explained(rest func() *big.Rat) float64 {
	if s.n == 0 {
		return math.NaN()
	}
	all := s.exact()
	if all.Sign() == 0 {
		return math.NaN()
	}
	v, _ := all.Sub(big.NewRat(1, 1), all.Quo(rest(), all)).Float64()
	return v
}
