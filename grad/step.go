package grad

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// Step is one transaction of a tape. It is the tape's own: keep it no longer than the function it was given to.
type Step struct {
	t       *Tape
	reads   []read
	updates []update
	writes  []write
	undo    []undo
	grads   []*Grads // touched by this step: emptied where it fails
}

type read struct {
	id    int32
	value *float32
	whole *tensor.Tensor
	kept  tensor.Tensor // a shard's result, copied out of its arena
}

type update struct {
	opt   Optimizer
	grads *Grads
}

// Optimizer is what Step.Update needs; package optim has them.
type Optimizer interface {
	// Prepare checks the settings and makes the state for the parameters; it changes no parameter.
	Prepare(ps Params, g *Grads) error
	// Apply changes the parameters by the gradients times scale. It can't fail. Frozen parameters aren't in ps.
	Apply(ps Params, g *Grads, scale float32)
}

func (s *Step) tape() *Tape {
	if !s.t.active {
		panic(tensor.Errorf("a grad.Step was used after it ended"))
	}
	return s.t
}

func (s *Step) value(id int32) Value { return Value{s.t, id, s.t.gen} }

// Mode tells how layers behave in this step.
func (s *Step) Mode() Mode { return s.tape().mode }

// Input wraps a tensor as a constant, without copying; it must not change until the step ends.
func (s *Step) Input(x tensor.Tensor) Value {
	t := s.tape()
	if !x.Valid() {
		panic(tensor.Errorf("Step.Input got an empty tensor"))
	}
	t.slots = append(t.slots, slot{t: x, node: -1})
	return s.value(int32(len(t.slots) - 1))
}

// Use brings a Param or a Buffer onto the tape: the same Value each time within a step. A Param that Bind replaced gives
// the replacement; a Buffer with a pending write gives what was written.
func (s *Step) Use(u Usable) Value { return s.value(u.use(s.tape())) }

func (p *Param) use(t *Tape) int32 {
	if !p.Data.Valid() {
		panic(tensor.Errorf("parameter %s holds no tensor", t.paramName(p)))
	}
	if id, ok := t.bound[p]; ok {
		return id
	}
	id, ok := t.leaves[p]
	if !ok {
		t.slots = append(t.slots, slot{t: p.Data, node: -1, param: p})
		id = int32(len(t.slots) - 1)
		if d := p.Data.DType(); d == tensor.BF16 || d == tensor.F16 {
			id = widen.Apply(None{}, t.step.value(id)).id
		}
		t.leaves[p] = id
	}
	return id
}

func (b *Buffer) use(t *Tape) int32 {
	id, ok := t.leaves[b]
	if !ok {
		x := b.Data
		if !x.Valid() {
			panic(tensor.Errorf("buffer %s holds no tensor", b.Name))
		}
		if w, ok := t.outer[b]; ok {
			x = w
		}
		t.slots = append(t.slots, slot{t: x, node: -1, buffer: b})
		id = int32(len(t.slots) - 1)
		t.leaves[b] = id
	}
	return id
}

// Scalar returns a constant f32 value of shape [].
func (s *Step) Scalar(x float64) Value { return scalar.Create(s, scalarAttrs{float32(x)}) }

// Bind makes Use(p) give v until the step ends: a perturbed, normalised or low-rank weight. Gradients flow to what v was
// computed from.
func (s *Step) Bind(p *Param, v Value) {
	t := s.tape()
	v.check()
	if got, want := v.check().t, p.Data; !tensor.SameShape(&got, &want) {
		panic(tensor.Errorf("Bind of %s %v to a value of shape %v", t.paramName(p), want.Shape(), got.Shape()))
	}
	t.bound[p] = v.id
}

// Read copies the single element of v to dst at commit.
func (s *Step) Read(v Value, dst *float32) {
	if x := v.check().t; x.Numel() != 1 || x.DType() != tensor.F32 {
		panic(tensor.Errorf("Read of a %s value of shape %v into a float32; use ReadTensor", x.DType(), x.Shape()))
	}
	s.reads = append(s.reads, read{id: v.id, value: dst})
}

// ReadTensor copies v to *dst at commit; *dst gets memory of its own, reused where dtype and shape are the same.
func (s *Step) ReadTensor(v Value, dst *tensor.Tensor) {
	s.reads = append(s.reads, read{id: s.movable(v).id, whole: dst})
}

// movable returns v as a value that download can copy: a device's memory is copied in one run.
func (s *Step) movable(v Value) Value {
	if x := v.check().t; x.Device() != nil && !x.Contiguous() {
		return copyOf(v)
	}
	return v
}

// Tensor returns v's elements as they are now; the tensor is dead when the step ends.
func (s *Step) Tensor(v Value) tensor.Tensor {
	if d := s.t.cfg.Device; d != nil {
		d.Sync()
	}
	return v.check().t
}

// Update has the optimizer change the parameters of grads at commit. Every trained one must have got a gradient.
func (s *Step) Update(opt Optimizer, grads *Grads) {
	if s.tape().parent != nil {
		panic(tensor.Errorf("Update inside Shards: update once, after the shards"))
	}
	if s.t.cfg.Constant {
		panic(tensor.Errorf("Update on a tape whose Config.Constant says that parameters don't change"))
	}
	if opt == nil || grads == nil {
		panic(tensor.Errorf("Update wants an optimizer and Grads, got a nil one"))
	}
	for _, u := range s.updates {
		if u.grads == grads {
			panic(tensor.Errorf("Update twice by the same Grads: the first one empties them"))
		}
	}
	s.grads = append(s.grads, grads)
	s.updates = append(s.updates, update{opt, grads})
}

// download copies a contiguous tensor to dst, which is grown as needed.
func download(x tensor.Tensor, dst []byte) []byte {
	n := x.Numel() * x.DType().Size()
	if cap(dst) < n {
		dst = make([]byte, n)
	}
	dst = dst[:n]
	if buf, off := x.Buffer(); buf.Device != nil {
		buf.Device.Download(dst, buf, off)
	} else {
		copy(dst, x.Bytes())
	}
	return dst
}

// store copies src, on any device, over the contiguous dst.
func store(dst, src tensor.Tensor) {
	if dst.Device() == nil && src.Device() == nil {
		tensor.Copy(dst, src)
		return
	}
	upload(dst, download(src, nil))
}

func upload(dst tensor.Tensor, b []byte) {
	if buf, off := dst.Buffer(); buf.Device != nil {
		buf.Device.Upload(buf, off, b)
	} else {
		copy(dst.Bytes(), b)
	}
}

// commit checks everything that can fail, then applies: buffers, parameters, reads.
func (s *Step) commit() error {
	for _, u := range s.updates {
		ps := u.grads.params
		if err := u.grads.complete(ps); err != nil {
			return err
		}
		s.scanDevice(u.grads)
		if name := u.grads.nonFinite(); name != "" {
			return &NonFiniteError{Step: s.t.state.Step, Param: name, First: s.firstNonFinite()}
		}
		if err := u.opt.Prepare(ps, u.grads); err != nil {
			return err
		}
	}
	if s.t.parent != nil { // the parent gives a shard's results and merges its writes
		for i := range s.reads {
			s.reads[i].keep(s.t)
		}
		return nil
	}
	for i := range s.reads {
		s.reads[i].give(s.t)
	}
	s.writeBuffers()
	for _, u := range s.updates {
		u.opt.Apply(trained(u.grads.params), u.grads, 1)
		u.grads.Reset()
	}
	if s.t.eval {
		s.t.state.Eval++
	} else {
		s.t.state.Step++
	}
	s.grads, s.undo = s.grads[:0], s.undo[:0]
	return nil
}

func trained(ps Params) Params {
	for _, p := range ps {
		if p.Frozen {
			return ps.Filter(func(p Named) bool { return !p.Frozen })
		}
	}
	return ps
}

// scanDevice looks for non-finite gradients where kernels didn't record them: on a device.
func (s *Step) scanDevice(g *Grads) {
	if g.flat.Device() == nil {
		return
	}
	host := tensor.New(tensor.F32, g.flat.Numel())
	download(g.flat, host.Bytes())
	for i := range g.params {
		o := g.offset[i]
		if vec.NonFinite(tensor.Of[float32](host)[o : o+g.params[i].Data.Numel()]) {
			g.bad[i].Store(true)
		}
	}
}

// firstNonFinite names the earliest value of the step that has a NaN or Inf.
func (s *Step) firstNonFinite() string {
	t := s.t
	for i := range t.slots {
		v := &t.slots[i]
		if v.freed || v.t.DType() != tensor.F32 || v.t.Device() != nil || !v.t.Contiguous() || !vec.NonFinite(tensor.Of[float32](v.t)) {
			continue
		}
		switch {
		case v.param != nil:
			return "parameter " + t.paramName(v.param)
		case v.buffer != nil:
			return "buffer " + v.buffer.Name
		case v.node < 0:
			return "an input of shape " + shapeText(v.t)
		default:
			return "the result of " + opName(t.nodes[v.node].op.name) + " of shape " + shapeText(v.t)
		}
	}
	return ""
}

// keep copies a shard's result out of its arena, for the parent to give.
func (r *read) keep(t *Tape) {
	x := t.slots[r.id].t
	r.kept = tensor.New(x.DType(), x.Dims()...)
	store(r.kept, x)
	r.id = -1
}

// give fills the caller's variable.
func (r *read) give(t *Tape) {
	x := r.kept
	if r.id >= 0 {
		x = t.slots[r.id].t
	}
	if r.value != nil {
		t.word = download(x, t.word)
		*r.value = math.Float32frombits(binary.LittleEndian.Uint32(t.word))
		return
	}
	if w := r.whole; w.DType() != x.DType() || !tensor.SameShape(w, &x) || !w.Valid() {
		*w = tensor.New(x.DType(), x.Dims()...)
	}
	store(*r.whole, x)
}

// rollback undoes what a failed step did before its commit.
func (s *Step) rollback() {
	for i := len(s.undo) - 1; i >= 0; i-- {
		upload(s.undo[i].rows, s.undo[i].old)
	}
	for _, g := range s.grads {
		g.Reset()
	}
}

func (s *Step) clear() {
	clear(s.reads)
	clear(s.writes)
	clear(s.updates)
	s.reads, s.writes, s.updates = s.reads[:0], s.writes[:0], s.updates[:0]
	s.undo, s.grads = s.undo[:0], s.grads[:0]
}

func shapeText(x tensor.Tensor) string { return fmt.Sprint(x.Shape()) }
