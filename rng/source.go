package rng

// Source hands out the streams of a run's initial values, one after the other: the n-th call of Next gives the same stream
// for the same seed. Constructors of layers take one, so that a model built in the same order has the same weights.
// It belongs to one goroutine at a time.
type Source struct {
	seed uint64
	n    uint64
}

// sourceKind keeps a Source's streams apart from those of steps and loaders with the same seed: "init" in ASCII.
const sourceKind = 0x696e6974

// NewSource returns the source of a seed.
func NewSource(seed uint64) *Source { return &Source{seed: seed} }

// Next returns the next stream.
func (s *Source) Next() Stream {
	r := Stream{Seed: s.seed}.Sub(sourceKind, s.n)
	s.n++
	return r
}
