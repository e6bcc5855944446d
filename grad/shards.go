package grad

import (
	"errors"
	"sync"

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
	q := &shardQueue{s: s, errs: make([]error, n), base: t.sent, outer: s.pending()}
	t.sent += uint64(n)
	q.turn.L = &q.mu
	if workers == 1 {
		q.work(t.children[0], 0, 1, fn)
	} else {
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() { q.work(t.children[w], w, workers, fn) })
		}
		wg.Wait()
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

// shardQueue merges shards in order.
type shardQueue struct {
	s        *Step
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

// work runs every workers-th shard from w on the child tape.
func (q *shardQueue) work(c *Tape, w, workers int, fn func(int, *Step) error) {
	for i := w; i < len(q.errs); i += workers {
		err := q.shard(c, i, fn)
		q.mu.Lock()
		q.errs[i] = err
		q.next = max(q.next, i+1)
		q.turn.Broadcast()
		q.mu.Unlock()
	}
}

// shard runs shard i and merges it while its arena still lives.
func (q *shardQueue) shard(c *Tape, i int, fn func(int, *Step) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			q.mu.Lock()
			q.panicked = r
			q.next = len(q.errs)
			q.mu.Unlock()
			err = errors.New("a shard panicked")
		}
	}()
	p := c.parent
	c.state, c.micro, c.eval = p.state, q.base+uint64(i)+1, p.eval
	c.outer = q.outer
	for _, g := range c.shards {
		g.Reset()
	}
	return c.run(p.mode, p.recording, func(s *Step) error {
		err := fn(i, s)
		q.mu.Lock()
		defer q.mu.Unlock()
		for q.next < i {
			q.turn.Wait()
		}
		if err == nil && q.first() == nil && q.panicked == nil {
			err = q.merge(s)
		}
		return err
	})
}

// merge adds a shard's gradients, buffer writes and reads to the parent's.
func (q *shardQueue) merge(c *Step) (err error) {
	defer tensor.Recover(&err)
	for _, g := range c.grads {
		for outer, own := range c.t.shards {
			if own == g {
				outer.merge(own)
				q.s.grads = append(q.s.grads, outer)
				own.Reset()
			}
		}
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

// shardGrads returns the child's own gradients for the parent's.
func (t *Tape) shardGrads(outer *Grads) *Grads {
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
