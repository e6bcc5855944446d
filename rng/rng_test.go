package rng

import (
	"math"
	"slices"
	"testing"
)

// The known answers of Philox4x32-10 in kat_vectors of the authors' Random123 library.
func TestKnownAnswers(t *testing.T) {
	for _, c := range []struct {
		seed, id, block uint64
		want            [4]uint32
	}{
		{0, 0, 0, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{math.MaxUint64, math.MaxUint64, math.MaxUint64, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := (Stream{Seed: c.seed, ID: c.id}).At(c.block); got != c.want {
			t.Errorf("seed %x, stream %x, block %x: %08x, want %08x", c.seed, c.id, c.block, got, c.want)
		}
	}
}

func TestSubStreamsDiffer(t *testing.T) {
	seen := map[uint64][]uint64{}
	for a := range uint64(40) {
		for b := range uint64(40) {
			path := []uint64{a, b}
			id := Stream{Seed: 7}.Sub(path...).ID
			if other, twice := seen[id]; twice {
				t.Errorf("paths %v and %v give one stream", other, path)
			}
			seen[id] = path
		}
	}
}

func TestUniformAndNormal(t *testing.T) {
	const n = 100_000
	x := make([]float32, n)
	moments := func() (mean, variance float64) {
		for _, v := range x {
			mean += float64(v) / n
		}
		for _, v := range x {
			variance += (float64(v) - mean) * (float64(v) - mean) / n
		}
		return mean, variance
	}
	s := Stream{Seed: 3}
	s.Uniform(x, -1, 3)
	if lo, hi := slices.Min(x), slices.Max(x); lo < -1 || hi >= 3 {
		t.Errorf("uniform in [-1, 3) reaches from %v to %v", lo, hi)
	}
	// Five standard errors: of the mean sqrt(variance/n), of the variance about variance·sqrt(2/n).
	if m, v := moments(); math.Abs(m-1) > 5*math.Sqrt(4./3/n) || math.Abs(v-4./3) > 5*4./3*math.Sqrt(2./n) {
		t.Errorf("uniform: mean %v, variance %v, want 1 and 4/3", m, v)
	}
	s.Normal(x, 2, 0.5)
	if m, v := moments(); math.Abs(m-2) > 5*0.5/math.Sqrt(n) || math.Abs(v-0.25) > 5*0.25*math.Sqrt(2./n) {
		t.Errorf("normal: mean %v, variance %v, want 2 and 0.25", m, v)
	}
}

// A width so near to rounding that lo + width·u may reach hi: hi itself is never given.
func TestUniformNeverReachesHi(t *testing.T) {
	hi := math.Nextafter32(1, 2)
	x := make([]float32, 1000)
	Stream{Seed: 1}.Uniform(x, 1, hi)
	if i := slices.Index(x, hi); i >= 0 {
		t.Errorf("element %d is %v", i, hi)
	}
}

// A prefix of a longer draw is the shorter draw.
func TestElementsAreAddressed(t *testing.T) {
	long, short := make([]float32, 103), make([]float32, 42)
	s := Stream{Seed: 9, ID: 4}
	s.Normal(long, 0, 1)
	s.Normal(short, 0, 1)
	if !slices.Equal(long[:42], short) {
		t.Error("normal depends on how many are drawn")
	}
}

func TestPerm(t *testing.T) {
	count := map[[3]int]int{}
	const draws = 6000
	for i := range uint64(draws) {
		p := Stream{Seed: 1, ID: i}.Perm(3)
		sorted := slices.Sorted(slices.Values(p))
		if !slices.Equal(sorted, []int{0, 1, 2}) {
			t.Fatalf("%v is no permutation", p)
		}
		count[[3]int(p)]++
	}
	for p, n := range count { // five standard deviations of a binomial count
		if math.Abs(float64(n-draws/6)) > 5*math.Sqrt(draws*5./36) {
			t.Errorf("%v comes %d times of %d", p, n, draws)
		}
	}
	if len(count) != 6 {
		t.Errorf("%d of 6 permutations", len(count))
	}
}

func TestSourceRepeats(t *testing.T) {
	a, b, c := NewSource(1), NewSource(1), NewSource(2)
	first := a.Next()
	if first != b.Next() || first == a.Next() || first == c.Next() {
		t.Error("a Source's streams aren't the seed's own, one after the other")
	}
}
