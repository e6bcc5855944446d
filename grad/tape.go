// Package grad is reverse-mode differentiation: a Tape records the ops of a step, a Step is the transaction that computes,
// differentiates and updates, a Def is what an op is, and Param, Buffer and Grads are what persists.
//
// A step is a transaction. It is the error boundary, the memory boundary and the gradient boundary at once: values live on
// the step's arena; at its end updates are applied, reads are filled, buffers are written and the arena is reset. An
// error, misuse or a non-finite gradient leaves parameters, buffers, optimizer state and the random position as they were.
package grad

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// Mode is how layers behave; whether a step records is another matter (Step records, Eval doesn't).
type Mode uint8

// Train drops out and uses the batch's statistics; Infer doesn't.
const (
	Infer Mode = iota
	Train
)

// Config configures a Tape.
type Config struct {
	Seed     uint64 // of all randomness in the tape's steps
	Params   Params // the names shown in errors; optional
	MaxBytes int    // bounds the arena, and that of each worker in Shards; 0: no bound
	Poison   bool   // fill the arena with NaN and check that kernels stay inside their outputs: for tests
	Profile  bool   // time each op: see Tape.Stats
	Device   Device // nil: the CPU
	Constant bool   // no parameter changes while the tape lives: ops may keep what they make of one, such as a packed weight; Update is refused
}

// Device is a tensor.Device with kernels. A kernel gets the Call and may use Call.Attrs. Nil: it has none.
type Device interface {
	tensor.Device
	Kernel(op string, backward bool) func(*Call)
}

// Tape runs steps. It belongs to one goroutine at a time; tapes for several are cheap, and are pooled by a server.
type Tape struct {
	cfg   Config
	names map[*Param]string
	state State

	parent *Tape                     // of a shard
	micro  uint64                    // which shard, from 1; 0: none
	sent   uint64                    // shards that this step has run
	first  bool                      // it is the first shard of its call
	outer  map[*Buffer]tensor.Tensor // of a shard: what the outer step is about to write

	active, recording, replaying bool
	mode                         Mode
	gen                          uint32
	step                         Step
	eval                         bool

	arena  arena
	spare  arena // a checkpointed segment's second life while backward passes through it
	slots  []slot
	nodes  []node
	ids    []int32
	attrs  []uint64
	calls  []*Call
	depth  int
	leaves map[Usable]int32
	bound  map[*Param]int32

	sink      *Grads  // where backward puts parameters' gradients
	watched   []int32 // slots whose finiteness a kernel records
	segments  []segment
	kept      []slot // a replayed node's outputs as they were
	inner     bool   // inside Checkpoint
	constants map[kept]any
	children  []*Tape
	shards    map[*Grads]*Grads // a shard's own gradients, by the parent's
	stats     map[*core]*OpStat
	word      []byte // one element on its way from a device
	race      int    // written by every op without synchronisation: the race detector then finds a tape shared by goroutines
}

// State is a tape's random position; save it with the optimizer's state.
type State struct {
	Step uint64 // steps committed
	Eval uint64 // evaluations committed
}

// NewTape returns a tape.
func NewTape(cfg Config) *Tape {
	t := &Tape{cfg: cfg, names: make(map[*Param]string, len(cfg.Params)), leaves: map[Usable]int32{}, bound: map[*Param]int32{}}
	for _, p := range cfg.Params {
		t.names[p.Param] = p.Name
	}
	t.arena = arena{max: cfg.MaxBytes, poison: cfg.Poison, beside: &t.spare}
	t.spare = arena{max: cfg.MaxBytes, poison: cfg.Poison, beside: &t.arena}
	if cfg.Device != nil {
		t.arena.dev = cfg.Device
	}
	t.step.t = t
	return t
}

// State returns the random position.
func (t *Tape) State() State { return t.state }

// SetState restores a position that State gave.
func (t *Tape) SetState(s State) { t.state = s }

// HighWater returns the largest number of arena bytes a step has used; what the workers of Shards used, each at its
// highest, is added.
func (t *Tape) HighWater() int {
	n := max(t.arena.high, t.spare.high)
	for _, c := range t.children {
		n += c.HighWater()
	}
	return n
}

// Step runs fn as a transaction and records it, so that it can be differentiated. See the package comment.
func (t *Tape) Step(m Mode, fn func(*Step) error) error { return t.run(m, true, fn) }

// Eval is Step without recording: memory of intermediates isn't needed for a backward pass.
func (t *Tape) Eval(m Mode, fn func(*Step) error) error { return t.run(m, false, fn) }

func (t *Tape) run(m Mode, record bool, fn func(*Step) error) (err error) {
	if t.active {
		return tensor.Errorf("a step was started inside a step of the same tape")
	}
	t.active, t.recording, t.mode, t.eval = true, record, m, !record
	defer t.end()
	done := false
	defer func() {
		if !done || err != nil {
			t.step.rollback()
		}
	}()
	defer tensor.Recover(&err)
	if err = fn(&t.step); err == nil {
		err = t.step.commit()
	}
	done = true
	return err
}

// end resets everything a step made; it runs however the step ended.
func (t *Tape) end() {
	t.checkOverrun()
	t.arena.reset()
	clear(t.slots) // drops the tensors' buffers
	t.slots, t.nodes, t.ids, t.attrs = t.slots[:0], t.nodes[:0], t.ids[:0], t.attrs[:0]
	clear(t.leaves)
	clear(t.bound)
	t.segments, t.watched, t.sink = t.segments[:0], t.watched[:0], nil
	t.step.clear()
	t.spare.reset()
	t.inner, t.replaying, t.depth, t.sent = false, false, 0, 0
	t.gen++
	t.active = false
}

// checkOverrun panics where poison mode finds that a kernel wrote outside its output: memory is about to be taken back.
func (t *Tape) checkOverrun() {
	if n := max(t.arena.overrun(), t.spare.overrun()); n >= 0 {
		panic(fmt.Sprintf("grad: a kernel wrote past the end of a block of %d bytes", n))
	}
}

// stream returns the random stream of one call: (seed, step or evaluation, micro-batch, ordinal).
func (t *Tape) stream(ordinal uint32) rng.Stream {
	kind, n := uint64(1), t.state.Step
	if t.eval {
		kind, n = 2, t.state.Eval
	}
	return rng.Stream{Seed: t.cfg.Seed}.Sub(kind, n, t.micro, uint64(ordinal))
}

func (t *Tape) paramName(p *Param) string {
	if n, ok := t.names[p]; ok {
		return n
	}
	return p.Name
}

// apply adds a node, infers its outputs, computes them and returns the first one's id.
func (t *Tape) apply(op *core, attrs unsafe.Pointer, in []Value) int32 {
	t.race++
	if !op.strided {
		in = t.contiguous(in)
	}
	k := len(t.nodes)
	start := int32(len(t.ids))
	for _, v := range in {
		id := int32(-1)
		if v.tape != nil {
			id = v.id
		}
		t.ids = append(t.ids, id)
	}
	t.nodes = append(t.nodes, node{op: op, attrs: t.keepAttrs(op, attrs), in: span{start, int32(len(in))}, ordinal: uint32(k)})
	t.exec(k)
	return t.nodes[k].out.start
}

// contiguous replaces strided operands by copies.
func (t *Tape) contiguous(in []Value) []Value {
	for i, v := range in {
		if v.tape == nil || t.slots[v.id].t.Contiguous() {
			continue
		}
		r := append([]Value(nil), in...)
		for j, w := range r[i:] {
			if w.tape != nil && !t.slots[w.id].t.Contiguous() {
				r[i+j] = copyOf(w)
			}
		}
		return r
	}
	return in
}

// keepAttrs copies the attributes to the tape and returns their place; nodes find them by it.
func (t *Tape) keepAttrs(op *core, attrs unsafe.Pointer) int32 {
	at := len(t.attrs)
	for range op.words() {
		t.attrs = append(t.attrs, 0)
	}
	if op.size > 0 {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&t.attrs[at])), op.size), unsafe.Slice((*byte)(attrs), op.size))
	}
	return int32(at)
}

// exec infers and computes node k; a replay computes it once more into the slots it has.
func (t *Tape) exec(k int) {
	n := &t.nodes[k]
	c := t.call(n)
	defer t.done(c)
	n.out.n, n.saved.n = 0, 0
	n.op.infer(t.attrsOf(n), c)
	if n.op.forward != nil {
		t.kernel(c, false)
	}
}

// call returns a Call for the node; calls nest where a gradient is itself a node.
func (t *Tape) call(n *node) *Call {
	if t.depth == len(t.calls) {
		t.calls = append(t.calls, &Call{t: t})
	}
	c := t.calls[t.depth]
	t.depth++
	c.n, c.scratch = n, c.scratch[:0] // a step that failed left its scratch here
	return c
}

// done takes a call's scratch memory back.
func (t *Tape) done(c *Call) {
	for _, s := range c.scratch {
		t.arena.release(s)
	}
	c.scratch = c.scratch[:0]
	t.depth--
}

// kernel runs a node's forward or backward on the tape's device.
func (t *Tape) kernel(c *Call, backward bool) {
	n := c.n
	attrs := t.attrsOf(n)
	if t.cfg.Profile {
		defer t.timed(n, backward, time.Now())
	}
	if dev := t.cfg.Device; dev != nil {
		k := dev.Kernel(n.op.name, backward)
		if k == nil {
			c.Fail("device %s has no kernel for it; there is no silent copy to the CPU", dev.Name())
		}
		k(c)
	} else if backward {
		n.op.backward(attrs, c)
	} else {
		n.op.forward(attrs, c)
	}
}
