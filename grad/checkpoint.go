package grad

import (
	"slices"

	"github.com/ingot-ml/ingot/tensor"
)

// segment is a run of nodes whose memory was given back and which backward computes once more.
type segment struct {
	first, last int // nodes
	live        bool
}

// Checkpoint runs fn and frees the memory of everything it made besides its result and what the step itself still holds:
// values to be read or written at commit, bound to a Param, or widened from one. When the step records, backward
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
		t.segments = append(t.segments, segment{first: first, last: len(t.nodes) - 1})
	}
	return y
}

// keepOnly rewinds the arena to the mark and moves there the elements of slot out and of what the step holds.
func (t *Tape) keepOnly(m mark, slots int, out int32) {
	held := t.held(slots, out)
	copies := make([]tensor.Tensor, len(held))
	for i, id := range held {
		copies[i] = t.slots[id].t.Clone()
	}
	for i := slots; i < len(t.slots); i++ {
		s := &t.slots[i]
		s.freed = s.node >= 0
	}
	t.checkOverrun()
	t.arena.rewind(m)
	for i, id := range held {
		x := t.arena.alloc(copies[i].DType(), copies[i].Dims())
		tensor.Copy(x, copies[i])
		t.slots[id].t, t.slots[id].freed = x, false
	}
}

// held returns out and the results from slot first on that reads, writes, bindings and leaves refer to, in order.
func (t *Tape) held(first int, out int32) []int32 {
	ids := []int32{out}
	for _, r := range t.step.reads {
		ids = append(ids, r.id)
	}
	for _, w := range t.step.writes {
		ids = append(ids, w.v.id)
	}
	for _, id := range t.leaves {
		ids = append(ids, id)
	}
	for _, id := range t.bound {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id int32) bool {
		return id < int32(first) || t.slots[id].node < 0
	})
}

// memory is where outputs are made: the spare arena while a segment is replayed.
func (t *Tape) memory() *arena {
	if t.replaying {
		return &t.spare
	}
	return &t.arena
}

// segmentAt returns the segment of node k, where it isn't computed yet.
func (t *Tape) segmentAt(k int) *segment {
	for i := len(t.segments) - 1; i >= 0; i-- {
		if g := &t.segments[i]; g.first <= k && k <= g.last && !g.live {
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

// replay computes a segment's nodes again, into the spare arena. What was kept stays where it is.
func (t *Tape) replay(g *segment) {
	t.replaying, g.live = true, true
	for k := g.first; k <= g.last; k++ {
		out := t.nodes[k].out
		t.kept = append(t.kept[:0], t.slots[out.start:out.start+out.n]...)
		t.exec(k)
		for i := range t.kept {
			if s := &t.kept[i]; !s.freed {
				t.slots[out.start+int32(i)].t = s.t
			}
		}
	}
	clear(t.kept)
	t.replaying = false
}

// leaveSegment frees the replayed memory once backward has passed the segment's first node.
func (t *Tape) leaveSegment(k int) {
	for i := range t.segments {
		if g := &t.segments[i]; g.live && g.first == k {
			g.live = false
			t.checkOverrun()
			t.spare.reset()
		}
	}
}
