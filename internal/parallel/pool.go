package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// How long a goroutine with nothing to do stays on its core before it parks. Between two regions of a training step
// lie tens of microseconds, and waking a parked thread costs about as much.
const (
	spinPauses = 8   // PAUSE instructions between two looks: about 0.2 µs
	spinLooks  = 200 // looks before parking: about 50 µs
	spinYield  = 16  // looks between two calls of runtime.Gosched, which lets other goroutines have the core
)

// What a helper's word says.
const (
	idle    = iota // it looks for work
	parked         // it sleeps, or is about to; who changes this word owes a token in wake
	offered        // the region is the helper's if it takes it before the caller takes it back
	running        // it works on the region
)

// helper is a worker goroutine other than the caller's.
type helper struct {
	word atomic.Uint32
	wake chan struct{}
	_    [48]byte // keeps words on cache lines of their own
}

// workPool holds the helpers and the region (one For) that they work on. All but the atomics is written by the owner of
// busy only, before a helper is offered the region or after all are done with it.
type workPool struct {
	busy    atomic.Bool
	helpers []*helper

	task   Task
	shares []share      // the caller's, then each enlisted helper's
	end    atomic.Int64 // pieces from here on don't start: one before them panicked

	pending atomic.Int32  // helpers that are running
	asleep  atomic.Bool   // the caller waits for a token in done
	done    chan struct{} // given by the last helper to stop

	panics struct {
		sync.Mutex
		any   bool
		piece int // the lowest that panicked
		value any // what it panicked with
	}
}

var pool = workPool{done: make(chan struct{}, 1)}

// run is For on the pool, whose busy flag the caller has taken.
func (p *workPool) run(n int, t Task) {
	enlisted := min(Workers(), n) - 1
	p.task = t
	p.deal(n, enlisted+1)
	for len(p.helpers) < enlisted {
		h := &helper{wake: make(chan struct{}, 1)}
		p.helpers = append(p.helpers, h)
		go p.help(h, len(p.helpers))
	}
	p.pending.Store(int32(enlisted))
	for _, h := range p.helpers[:enlisted] {
		if h.word.Swap(offered) == parked {
			h.wake <- struct{}{}
		}
	}
	p.drain(0)
	for _, h := range p.helpers[:enlisted] {
		if h.word.CompareAndSwap(offered, idle) { // too late to be of use
			p.pending.Add(-1)
		}
	}
	p.wait()
	p.task = nil
	failed, value := p.panics.any, p.panics.value
	p.panics.any, p.panics.value = false, nil
	p.busy.Store(false)
	if failed {
		panic(value)
	}
}

// drain runs worker w's pieces, and then others', until none is left to hand out. Who took a piece that panics goes on: pieces
// before it may be left, and nobody else to run them.
func (p *workPool) drain(w int) {
	for !p.drained(w) {
	}
}

// drained is drain up to the first panic, and then false.
func (p *workPool) drained(w int) bool {
	i := -1
	defer func() {
		if v := recover(); v != nil {
			p.fail(i, v)
		}
	}()
	for {
		var ok bool
		if i, ok = p.take(w); !ok {
			return true
		}
		if int64(i) < p.end.Load() {
			p.task.Run(i)
		}
	}
}

// fail records that piece i panicked with v and lets no later piece start. Earlier ones still do, so that the lowest one
// that panics is always found.
func (p *workPool) fail(i int, v any) {
	p.panics.Lock()
	defer p.panics.Unlock()
	if !p.panics.any || i < p.panics.piece {
		p.panics.any, p.panics.piece, p.panics.value = true, i, v
		p.end.Store(int64(i))
	}
}

// wait returns when no helper is running.
func (p *workPool) wait() {
	if spin(func() bool { return p.pending.Load() == 0 }) {
		return
	}
	for p.pending.Load() != 0 { // a token may be late, from the region before
		p.asleep.Store(true)
		if p.pending.Load() == 0 && p.asleep.CompareAndSwap(true, false) {
			return
		}
		<-p.done
	}
}

// help is the life of a helper, who is worker w.
func (p *workPool) help(h *helper, w int) {
	take := func() bool { return h.word.CompareAndSwap(offered, running) }
	for {
		for spin(take) {
			p.drain(w)
			h.word.Store(idle)
			if p.pending.Add(-1) == 0 && p.asleep.CompareAndSwap(true, false) {
				p.done <- struct{}{}
			}
		}
		if h.word.CompareAndSwap(idle, parked) {
			<-h.wake
		}
	}
}

// spin looks for a while whether ready is true and says whether it was.
func spin(ready func() bool) bool {
	for look := range spinLooks {
		if ready() {
			return true
		}
		if look%spinYield == spinYield-1 {
			runtime.Gosched()
		} else {
			pause(spinPauses)
		}
	}
	return false
}
