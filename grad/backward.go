package grad

import (
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// Backward adds the gradient of the scalar y with respect to every trained parameter of grads that y depends on. It may be
// called several times in a step: for several losses, or for several Grads.
func (s *Step) Backward(y Value, grads *Grads) {
	if t := y.check().t; t.Numel() != 1 {
		panic(tensor.Errorf("Backward of a value of shape %v: it must be a scalar loss; reduce it with op.Mean or op.Sum, or use BackwardFrom", t.Shape()))
	}
	s.backward(y, nil, grads)
}

// BackwardFrom is Backward of a y of any shape with the gradient of y given: a vector–Jacobian product.
func (s *Step) BackwardFrom(y Value, seed tensor.Tensor, grads *Grads) {
	if x := y.check().t; !seed.Valid() || seed.DType() != tensor.F32 || !tensor.SameShape(&x, &seed) {
		panic(tensor.Errorf("BackwardFrom: the seed is %s %v, the value has shape %v", seed.DType(), seed.Shape(), x.Shape()))
	}
	s.backward(y, &seed, grads)
}

func (s *Step) backward(y Value, seed *tensor.Tensor, grads *Grads) {
	t := s.tape()
	t.checkRecording("Backward")
	if grads == nil {
		panic(tensor.Errorf("Backward wants Grads to put the gradients in; grad.NewGrads makes them"))
	}
	if t.parent != nil {
		grads = t.shardGrads(grads)
	}
	s.grads = append(s.grads, grads)
	t.sink = grads
	t.markNeeds(int(y.id), func(sl *slot) bool {
		if sl.param == nil || sl.param.Frozen {
			return false
		}
		_, ok := grads.index[sl.param]
		return ok
	})
	if !t.slots[y.id].need {
		t.sink = nil
		panic(tensor.Errorf("Backward: the loss depends on no trained parameter of these Grads"))
	}
	t.seed(y.id, seed)
	t.sweep(int(t.slots[y.id].node))
	t.clearGrads()
	t.sink = nil
}

func (t *Tape) checkRecording(verb string) {
	if !t.recording {
		panic(tensor.Errorf("%s in Eval, which doesn't record; use Tape.Step", verb))
	}
}

// markNeeds sets need on the leaves that wanted chooses and on all that depends on them, up to slot last.
func (t *Tape) markNeeds(last int, wanted func(*slot) bool) {
	for i := range t.slots[:last+1] {
		s := &t.slots[i]
		s.need = s.chosen || s.node < 0 && wanted(s)
	}
	if t.slots[last].node < 0 {
		return
	}
	for k := range t.nodes[:t.slots[last].node+1] {
		n := &t.nodes[k]
		need := false
		if !n.op.stops {
			for _, id := range t.ids[n.in.start : n.in.start+n.in.n] {
				need = need || id >= 0 && t.slots[id].need
			}
		}
		for id := n.out.start; id < n.out.start+n.out.n; id++ {
			if need && t.slots[id].t.DType() == tensor.F32 {
				t.slots[id].need = true
			}
		}
	}
}

// seed sets the gradient of y: ones, or what was given.
func (t *Tape) seed(id int32, seed *tensor.Tensor) {
	y := &t.slots[id]
	g, add, ok := t.paramGrad(y)
	switch {
	case ok && seed != nil:
		t.seedParam(y, g, add, *seed)
		return
	case seed != nil:
		y.grad, y.has, y.own = *seed, true, false
		if !seed.Contiguous() {
			y.grad = t.arena.allocReuse(tensor.F32, y.t.Dims())
			tensor.Copy(y.grad, *seed)
		}
		return
	case !ok:
		g = t.arena.allocReuse(tensor.F32, y.t.Dims())
		y.own = true
	}
	y.grad, y.has = g, true
	if dev := t.cfg.Device; dev != nil {
		upload(g, oneBytes)
	} else if add {
		f32(g)[0]++
	} else {
		f32(g)[0] = 1
	}
}

// seedParam adds what was given to the gradient of y, itself a parameter.
func (t *Tape) seedParam(y *slot, g tensor.Tensor, add bool, seed tensor.Tensor) {
	switch {
	case add && g.Device() != nil:
		panic(tensor.Errorf("BackwardFrom of a parameter that has a gradient isn't supported on device %s", g.Device().Name()))
	case add:
		seed = seed.Clone()
		vec.Add(f32(g), f32(g), f32(seed))
	default:
		store(g, seed)
	}
	if g.Device() == nil && vec.NonFinite(f32(g)) {
		t.sink.bad[t.sink.index[y.param]].Store(true)
	}
}

// oneBytes is float32 1 in little-endian.
var oneBytes = []byte{0, 0, 0x80, 0x3f}

func (t *Tape) zero(x tensor.Tensor) {
	if x.Device() == nil {
		clear(f32(x))
		return
	}
	buf, off := x.Buffer()
	for left := x.Numel() * 4; left > 0; {
		n := min(left, len(zeros))
		buf.Device.Upload(buf, off, zeros[:n])
		off, left = off+n, left-n
	}
}

var zeros [1 << 16]byte

// paramGrad returns the place in the Grads of a parameter's leaf.
func (t *Tape) paramGrad(s *slot) (g tensor.Tensor, add, ok bool) {
	if s.param == nil || t.sink == nil {
		return g, false, false
	}
	i, ok := t.sink.index[s.param]
	if !ok {
		return g, false, false
	}
	add = t.sink.written[i]
	t.sink.written[i] = true
	return t.sink.at(i), add, true
}

// sweep runs the nodes' backward from the last to the first.
func (t *Tape) sweep(last int) {
	for k := last; k >= 0; k-- {
		if g := t.segmentAt(k); g != nil {
			t.replay(g)
		}
		if n := &t.nodes[k]; t.reached(n) {
			t.backwardNode(n)
			t.dropGrads(n)
		}
		t.leaveSegment(k)
	}
}

// reached reports whether a gradient arrived at the node and is wanted further on.
func (t *Tape) reached(n *node) bool {
	for id := n.out.start; id < n.out.start+n.out.n; id++ {
		if s := &t.slots[id]; s.has && s.need {
			return true
		}
	}
	return false
}

func (t *Tape) backwardNode(n *node) {
	c := t.call(n)
	if n.op.backward == nil {
		c.Fail("it has no gradient: %s", n.op.noGrad)
	}
	t.watched = t.watched[:0]
	t.kernel(c, true)
	t.scanGrads(n)
	t.done(c)
}

// scanGrads records non-finite gradients of parameters where the kernel didn't.
func (t *Tape) scanGrads(n *node) {
	if t.sink == nil || t.cfg.Device != nil {
		return
	}
next:
	for _, id := range t.ids[n.in.start : n.in.start+n.in.n] {
		if id < 0 || t.slots[id].param == nil || !t.slots[id].has {
			continue
		}
		for _, w := range t.watched {
			if w == id {
				continue next
			}
		}
		if i, ok := t.sink.index[t.slots[id].param]; ok && vec.NonFinite(f32(t.slots[id].grad)) {
			t.sink.bad[i].Store(true)
		}
	}
}

// dropGrads gives back the gradients of a node's outputs, which nothing needs any more.
func (t *Tape) dropGrads(n *node) {
	for id := n.out.start; id < n.out.start+n.out.n; id++ {
		if s := &t.slots[id]; !s.chosen {
			t.dropGrad(s)
		}
	}
}

func (t *Tape) dropGrad(s *slot) {
	if s.own {
		t.arena.release(s.grad)
	}
	s.has, s.own, s.grad = false, false, tensor.Tensor{}
}

func (t *Tape) clearGrads() {
	for i := range t.slots {
		if s := &t.slots[i]; s.has {
			t.dropGrad(s)
		}
		t.slots[i].need, t.slots[i].chosen = false, false
	}
}
