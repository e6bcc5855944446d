package grad

import "github.com/ingot-ml/ingot/tensor"

// segment is a run of nodes whose memory was given back and which backward computes once more.
type segment struct {
	first, last int   // nodes
	out         int32 // the slot that stayed
	live        bool
}

// Checkpoint runs fn and frees the memory of everything it made besides its result. When the step records, backward
// computes the block once more, with the same random numbers and so the same bits: memory is traded for time (Chen, Xu,
// Zhang & Guestrin 2016, arXiv:1604.06174). In Eval it is a scope that frees a block's intermediates. Checkpoints don't nest.
func (s *Step) Checkpoint(fn func() Value) Value {
	t := s.tape()
	switch {
	case t.inner:
		panic(tensor.Errorf("Step.Checkpoint inside Step.Checkpoint: they don't nest"))
	case t.cfg.Device != nil:
		panic(tensor.Errorf("Step.Checkpoint isn't supported on device %s", t.cfg.Device.Name()))
	}
	first, slots, m := len(t.nodes), len(t.slots), t.arena.mark()
	t.inner = true
	defer func() { t.inner = false }()
	y := fn()
	out := y.check()
	if out.node < int32(first) {
		panic(tensor.Errorf("Step.Checkpoint: fn must return a value it computed"))
	}
	t.keepOnly(m, slots, y.id)
	if t.recording {
		t.segments = append(t.segments, segment{first: first, last: len(t.nodes) - 1, out: y.id})
	}
	return y
}

// keepOnly rewinds the arena to the mark and moves slot out's elements there.
func (t *Tape) keepOnly(m mark, slots int, out int32) {
	x := t.slots[out].t
	kept := download(x.Clone(), nil)
	t.arena.rewind(m)
	y := t.arena.alloc(x.DType(), x.Dims())
	copy(y.Bytes(), kept)
	t.slots[out].t = y
	for i := slots; i < len(t.slots); i++ {
		if s := &t.slots[i]; int32(i) != out && s.node >= 0 {
			s.freed = true
		}
	}
}

// memory is where outputs are made: the spare arena while a segment is replayed.
func (t *Tape) memory() *arena {
	if t.replaying {
		return &t.spare
	}
	return &t.arena
}

func (t *Tape) segmentAt(last int) *segment {
	if n := len(t.segments); n > 0 && t.segments[n-1].last == last && !t.segments[n-1].live {
		return &t.segments[n-1]
	}
	for i := range t.segments {
		if g := &t.segments[i]; g.last == last && !g.live {
			return g
		}
	}
	return nil
}

func (t *Tape) inSegment(k int) bool {
	for i := range t.segments {
		if g := &t.segments[i]; g.first <= k && k <= g.last {
			return true
		}
	}
	return false
}

// replay computes a segment's nodes again, into the spare arena.
func (t *Tape) replay(g *segment) {
	t.spare.max, t.spare.poison = t.arena.max, t.arena.poison
	kept := t.slots[g.out].t
	t.replaying, g.live = true, true
	for k := g.first; k <= g.last; k++ {
		t.exec(k)
	}
	t.replaying = false
	t.slots[g.out].t = kept
}

// leaveSegment frees the replayed memory once backward has passed the segment's first node.
func (t *Tape) leaveSegment(k int) {
	for i := range t.segments {
		if g := &t.segments[i]; g.live && g.first == k {
			g.live = false
			t.spare.reset()
		}
	}
}
