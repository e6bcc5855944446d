package grad

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/tensor"
)

// Shards runs fn for i = 0 … n−1, each on a child tape with its own arena, gradients and micro-batch number. Gradients and
// buffers are merged in the order of i, so that the bits don't depend on workers: one worker is gradient accumulation,
// several are data parallel. Gradients add up: divide the loss by n for the mean. fn may run on several goroutines.
// A shard sees what the outer step wrote to Buffers before; Bind doesn't reach into shards and is refused.
//
// Inside fn use the Step it is given; values of the outer step can't enter. The first failing shard's error is returned.
func (s *Step) Shards(n, workers int, fn func(i int, s *Step) error) error {
	t := s.tape()
	if n < 1 || workers < 1 {
		panic(tensor.Errorf("Shards of %d shards and %d workers: at least one of each is wanted", n, workers))
	}
	if t.parent != nil {
		panic(tensor.Errorf("Shards inside Shards"))
	}
	if len(t.bound) > 0 {
		panic(tensor.Errorf("Shards after Bind: a bound value can't enter a shard; bind inside each"))
	}
	workers = min(n, workers)
	for len(t.children) < workers {
		c := NewTape(t.cfg)
		c.parent = t
		t.children = append(t.children, c)
	}
	q := &shardQueue{s: s, fn: fn, errs: make([]error, n), base: t.sent, outer: s.pending()}
	t.sent += uint64(n)
	q.turn.L = &q.mu
	if workers == 1 {
		q.Run(0)
	} else {
		parallel.For(workers, q)
	}
	if q.panicked != nil {
		panic(q.panicked)
	}
	return q.first()
}

// pending returns the contents that Buffers will have, nil where none is written.
func (s *Step) pending() map[*Buffer]tensor.Tensor {
	if len(s.writes) == 0 {
		return nil
	}
	m := map[*Buffer]tensor.Tensor{}
	for _, w := range s.writes {
		m[w.b] = s.t.slots[s.t.leaves[w.b]].t
	}
	return m
}

// shardQueue runs shards and merges them in order. It is a parallel.Task whose pieces are the workers: what a shard's ops would
// give to the pool so stays on the shard's own goroutine.
type shardQueue struct {
	s        *Step
	fn       func(i int, s *Step) error
	taken    atomic.Int64 // shards taken up: in order, so that the one whose turn it is always runs
	mu       sync.Mutex
	turn     sync.Cond
	base     uint64                    // shards of earlier calls in the step: each has random numbers of its own
	outer    map[*Buffer]tensor.Tensor // what the outer step is about to write
	next     int                       // the shard whose merge comes next
	errs     []error
	panicked any
}

func (q *shardQueue) first() error {
	for _, err := range q.errs {
		if err != nil {
			return err
		}
	}
	return nil
}

var errPanicked = errors.New("a shard panicked")

// Run is worker w: it runs shards on its child tape until none is left.
func (q *shardQueue) Run(w int) {
	for {
		i := int(q.taken.Add(1)) - 1
		if i >= len(q.errs) {
			return
		}
		err := q.shard(q.s.t.children[w], i)
		q.mu.Lock()
		q.errs[i] = err
		q.next = max(q.next, i+1)
		q.turn.Broadcast()
		q.mu.Unlock()
	}
}

// shard runs shard i and merges it while its arena still lives.
func (q *shardQueue) shard(c *Tape, i int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			q.mu.Lock()
			q.panicked = r
			q.next = len(q.errs)
			q.mu.Unlock()
			err = errPanicked
		}
	}()
	p := c.parent
	c.state, c.micro, c.eval = p.state, q.base+uint64(i)+1, p.eval
	c.outer, c.first = q.outer, i == 0
	for _, g := range c.shards {
		g.Reset()
	}
	return c.run(p.mode, p.recording, func(s *Step) error {
		err := q.fn(i, s)
		q.mu.Lock()
		defer q.mu.Unlock()
		for q.next < i {
			q.turn.Wait()
		}
		if err == nil {
			err = q.merge(s)
		}
		return err
	})
}

// merge adds a shard's gradients, buffer writes and reads to the parent's, unless a shard before it failed.
func (q *shardQueue) merge(c *Step) (err error) {
	defer tensor.Recover(&err)
	if q.panicked != nil {
		return errPanicked
	}
	if err := q.first(); err != nil {
		return err
	}
	for _, g := range c.grads {
		for outer, own := range c.t.shards {
			if own == g {
				outer.merge(own)
				own.Reset()
				g = outer
			}
		}
		q.s.grads = append(q.s.grads, g)
	}
	for _, w := range c.writes {
		// The parent's arena takes a copy: the child's is reset for its next shard.
		v := q.s.Input(c.t.slots[w.v.id].t.Clone())
		q.s.pend(write{b: w.b, v: v, move: w.move, lerp: w.lerp})
	}
	for _, r := range c.reads {
		r.keep(c.t)
		q.s.reads = append(q.s.reads, r)
	}
	c.reads = c.reads[:0]
	return nil
}

// shardGrads returns the child's own gradients for the parent's. Where these are empty, the first shard, whose merge comes
// first, fills them itself.
func (t *Tape) shardGrads(outer *Grads) *Grads {
	if t.first && (outer.empty() || slices.Contains(t.step.grads, outer)) {
		return outer
	}
	g, ok := t.shards[outer]
	if !ok {
		if t.shards == nil {
			t.shards = map[*Grads]*Grads{}
		}
		g = NewGrads(outer.params)
		t.shards[outer] = g
	}
	return g
}
