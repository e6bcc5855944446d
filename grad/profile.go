package grad

import (
	"slices"
	"time"
)

// OpStat is where a tape's time and memory went, by op; Config.Profile turns it on.
type OpStat struct {
	Op                string
	Calls             int
	Forward, Backward time.Duration
	Bytes             int // of operands read and results written by forward
}

// Stats returns the profile since the tape was made, the largest time first. What ran inside Shards isn't in it.
func (t *Tape) Stats() []OpStat {
	var r []OpStat
	for _, s := range t.stats {
		r = append(r, *s)
	}
	slices.SortFunc(r, func(a, b OpStat) int { return int(b.Forward + b.Backward - a.Forward - a.Backward) })
	return r
}

// timed adds the time since start to the op's profile.
func (t *Tape) timed(n *node, backward bool, start time.Time) {
	d := time.Since(start)
	s := t.stats[n.op]
	if s == nil {
		if t.stats == nil {
			t.stats = map[*core]*OpStat{}
		}
		s = &OpStat{Op: n.op.name}
		t.stats[n.op] = s
	}
	if backward {
		s.Backward += d
		return
	}
	s.Forward += d
	s.Calls++
	for _, id := range t.ids[n.in.start : n.in.start+n.in.n] {
		if id >= 0 {
			x := &t.slots[id].t
			s.Bytes += x.Numel() * x.DType().Size()
		}
	}
	for id := n.out.start; id < n.out.start+n.out.n; id++ {
		x := &t.slots[id].t
		s.Bytes += x.Numel() * x.DType().Size()
	}
}
