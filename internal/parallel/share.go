package parallel

import "sync/atomic"

// share is a run of pieces dealt to a worker. The same part of the same array so falls to the same core again and again,
// whose caches have it: cores need not share one. The owner takes its pieces from the front; who has none left takes from
// the back of others'.
type share struct {
	word atomic.Uint64 // the first piece in the upper half, the end in the lower
	_    [56]byte      // keeps shares on cache lines of their own
}

// deal gives n pieces to a number of workers, in order.
func (p *workPool) deal(n, workers int) {
	if cap(p.shares) < workers {
		p.shares = make([]share, workers)
	}
	p.shares = p.shares[:workers]
	for w := range p.shares {
		p.shares[w].word.Store(uint64(n*w/workers)<<32 | uint64(n*(w+1)/workers))
	}
	p.end.Store(int64(n))
}

// take returns the next piece for worker w, if one is left.
func (p *workPool) take(w int) (piece int, ok bool) {
	s := &p.shares[w]
	for x := s.word.Load(); uint32(x>>32) < uint32(x); x = s.word.Load() {
		if s.word.CompareAndSwap(x, x+1<<32) {
			return int(x >> 32), true
		}
	}
	for k := 1; k < len(p.shares); k++ {
		s = &p.shares[(w+k)%len(p.shares)]
		for x := s.word.Load(); uint32(x>>32) < uint32(x); x = s.word.Load() {
			if s.word.CompareAndSwap(x, x-1) {
				return int(uint32(x)) - 1, true
			}
		}
	}
	return 0, false
}
