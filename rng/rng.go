// Package rng is the only source of randomness: counter-based streams whose every element has an address.
//
// A Stream is a key; block i of it is a pure function of key and i. Nothing is stored between draws, so that a run can be
// cut anywhere, replayed and shared among goroutines with the same bits.
//
// Source: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC'11 (Philox4x32-10).
package rng

import (
	"math"
	"math/bits"
)

// Stream is one independent sequence of 2⁶⁴ blocks of four uint32.
type Stream struct {
	Seed uint64 // the run's seed: the Philox key
	ID   uint64 // which of the seed's 2⁶⁴ streams: the upper half of the counter
}

// Philox4x32's multipliers and key increments (table 2 and section 4.2 of the source).
const (
	mul0, mul1   = 0xD2511F53, 0xCD9E8D57
	weyl0, weyl1 = 0x9E3779B9, 0xBB67AE85
	rounds       = 10
)

// At returns block i.
func (s Stream) At(i uint64) [4]uint32 {
	c := [4]uint32{uint32(i), uint32(i >> 32), uint32(s.ID), uint32(s.ID >> 32)}
	k0, k1 := uint32(s.Seed), uint32(s.Seed>>32)
	for range rounds {
		hi0, lo0 := bits.Mul32(mul0, c[0])
		hi1, lo1 := bits.Mul32(mul1, c[2])
		c = [4]uint32{hi1 ^ c[1] ^ k0, lo1, hi0 ^ c[3] ^ k1, lo0}
		k0, k1 = k0+weyl0, k1+weyl1
	}
	return c
}

// Sub returns a stream addressed by the path below s: its ID is a hash of s.ID and the path, so that
// (step, micro-batch, call) tuples give streams that don't overlap in practice.
func (s Stream) Sub(path ...uint64) Stream {
	id := s.ID
	for _, p := range path {
		// One block of the keyed bijection per level, under a key no caller's seed is likely to be.
		b := Stream{Seed: s.Seed ^ 0x5851F42D4C957F2D, ID: id}.At(p)
		id = uint64(b[0]) | uint64(b[1])<<32
	}
	return Stream{Seed: s.Seed, ID: id}
}

// Uint64 returns 64 bits from block i.
func (s Stream) Uint64(i uint64) uint64 {
	b := s.At(i)
	return uint64(b[0]) | uint64(b[1])<<32
}

// Unit maps 32 random bits to the float32 multiples of 2⁻²⁴ in [0, 1).
func Unit(u uint32) float32 { return float32(u>>8) * (1.0 / (1 << 24)) }

// Uniform fills dst with values in [lo, hi); element e comes from block e/4, lane e%4.
func (s Stream) Uniform(dst []float32, lo, hi float32) {
	var b [4]uint32
	for e := range dst {
		if e%4 == 0 {
			b = s.At(uint64(e / 4))
		}
		v := lo + float32((hi-lo)*Unit(b[e%4]))
		if v >= hi && hi > lo { // rounding may reach hi
			v = math.Nextafter32(hi, lo)
		}
		dst[e] = v
	}
}

// Normal fills dst with values of mean and standard deviation given, by Box & Muller's transform in float64; elements e
// and e+1 (e even) come from lanes of block e/4.
func (s Stream) Normal(dst []float32, mean, std float32) {
	var z [4]float64
	for e := range dst {
		if e%4 == 0 {
			b := s.At(uint64(e / 4))
			z[0], z[1] = boxMuller(b[0], b[1])
			z[2], z[3] = boxMuller(b[2], b[3])
		}
		dst[e] = float32(float64(mean) + float64(std)*z[e%4])
	}
}

func boxMuller(a, b uint32) (float64, float64) {
	u := (float64(a) + 0.5) / (1 << 32) // never 0
	r := math.Sqrt(-2 * math.Log(u))
	sin, cos := math.Sincos(2 * math.Pi * float64(b) / (1 << 32))
	return float64(r * cos), float64(r * sin)
}

// IntN returns a value in [0, n) from block i, n ≥ 1. The bias is below n/2⁶⁴.
func (s Stream) IntN(i uint64, n int) int {
	hi, _ := bits.Mul64(s.Uint64(i), uint64(n))
	return int(hi)
}

// Perm returns a permutation of 0 … n−1, every one as likely as any other (Fisher & Yates, Durstenfeld's form).
func (s Stream) Perm(n int) []int {
	p := make([]int, n)
	s.Shuffle(p)
	return p
}

// Shuffle fills p with a permutation of 0 … len(p)−1, as Perm, without allocating.
func (s Stream) Shuffle(p []int) {
	for i := range p {
		j := s.IntN(uint64(i), i+1)
		p[i] = p[j]
		p[j] = i
	}
}
