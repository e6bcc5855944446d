package metric

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/rng"
)

// TestSum compares with sums of big.Float that are wide enough for every bit of a float64, in any order and grouping.
func TestSum(t *testing.T) {
	random := make([]float64, 1000)
	s := rng.NewSource(1).Next()
	for i := range random {
		bits := s.Uint64(uint64(i))
		if random[i] = math.Float64frombits(bits); random[i]-random[i] != 0 {
			random[i] = 1 / 3.0
		}
	}
	for name, xs := range map[string][]float64{
		"nothing": nil, "cancelled": {1e300, 1, -1e300, 5e-324}, "largest": {math.MaxFloat64, -math.MaxFloat64, math.MaxFloat64},
		"smallest": {5e-324, 5e-324, -0x1p-1022}, "zero": {0, math.Copysign(0, -1)}, "halfway": {1 << 53, 1, 1}, "random": random,
	} {
		want := new(big.Float).SetPrec(4000)
		var whole, back, parts sum
		for i, x := range xs {
			want.Add(want, new(big.Float).SetFloat64(x))
			whole.add(x)
			var part sum
			part.add(xs[len(xs)-1-i])
			parts.merge(&part)
		}
		slices.Reverse(xs)
		for _, x := range xs {
			back.add(x)
			back.carry()
		}
		exact, _ := want.Rat(nil)
		if want.Sign() == 0 {
			exact = new(big.Rat)
		}
		for _, got := range []*sum{&whole, &back, &parts} {
			if got.exact().Cmp(exact) != 0 {
				t.Errorf("%s: %v, want %v", name, got.exact().FloatString(20), exact.FloatString(20))
			}
		}
	}
}

// A limb that each add raises by its most, 2³² − 1, as often as adds passes on carries.
func TestSumCarries(t *testing.T) {
	s := sum{adds: 1<<30 - 1}
	s.limbs[40] = (1<<30 - 1) * (1<<32 - 1)
	before := s.exact()
	s.add(1)
	if want := before.Add(before, big.NewRat(1, 1)); s.exact().Cmp(want) != 0 || s.adds != 0 || s.limbs[40]>>32 != 0 {
		t.Errorf("%v after %d adds, limb %x", s.exact(), s.adds, s.limbs[40])
	}
}

// (1 + 2⁻³⁰)² = 1 + 2⁻²⁹ + 2⁻⁶⁰ has more bits than a float64.
func TestSquareIsExact(t *testing.T) {
	var s sum
	s.addSquare(1 + 0x1p-30)
	s.add(-1)
	s.add(-0x1p-29)
	if got, _ := s.exact().Float64(); got != 0x1p-60 {
		t.Errorf("%g", got)
	}
}
