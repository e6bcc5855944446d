package grad

import "github.com/ingot-ml/ingot/tensor"

// OnCPU returns the work of the op's own CPU kernel for this call, on a device's memory seen through host, which gives the
// bytes of a buffer. All that the kernel may ask of the Call is settled before OnCPU returns: a device may do the work
// later and on another goroutine, in the order of the calls. A kernel's misuse error is then that work's panic.
//
// Gradients are added to zeros where the kernel would have overwritten.
func (c *Call) OnCPU(backward bool, host func(*tensor.Buffer) []byte) (work func()) {
	t, n := c.t, *c.n
	if backward {
		c.settleGrads()
	}
	m := &Tape{
		cfg: Config{Seed: t.cfg.Seed}, names: t.names, state: t.state, micro: t.micro,
		active: true, recording: t.recording, mode: t.mode, eval: t.eval,
	}
	views := map[*tensor.Buffer]*tensor.Buffer{}
	seen := func(x tensor.Tensor) tensor.Tensor {
		buf, _ := x.Buffer()
		if views[buf] == nil {
			views[buf] = tensor.HostBuffer(host(buf))
		}
		return x.On(views[buf])
	}
	keep := func(id int32) {
		s := t.slots[id]
		s.t = seen(s.t)
		if s.has = s.has && backward; s.has {
			s.grad = seen(s.grad)
		}
		m.slots = append(m.slots, s)
	}
	for i := range int32(c.NumIn()) {
		if !c.Has(int(i)) {
			m.ids = append(m.ids, -1)
			continue
		}
		if c.In(int(i)).Device() == nil {
			c.Fail("operand %d is in the host's memory; there is no silent copy to device %s", i, t.cfg.Device.Name())
		}
		m.ids = append(m.ids, int32(len(m.slots)))
		keep(c.inID(int(i)))
	}
	for _, part := range []*span{&n.out, &n.saved} {
		first := int32(len(m.slots))
		for id := part.start; id < part.start+part.n; id++ {
			keep(id)
		}
		part.start = first
	}
	m.attrs = append(m.attrs, t.attrs[n.attrs:n.attrs+int32(n.op.words())]...)
	n.in.start, n.attrs = 0, 0
	return func() {
		run := n.op.forward
		if backward {
			run = n.op.backward
		}
		run(m.attrsOf(&n), &Call{t: m, n: &n})
	}
}

// settleGrads gives every gradient that a kernel may read or write its place.
func (c *Call) settleGrads() {
	for i := range int(c.n.out.n) {
		if c.Out(i).DType() == tensor.F32 {
			c.GradOut(i)
		}
	}
	for i := range c.NumIn() {
		if !c.Needs(i) {
			continue
		}
		if g, add := c.GradIn(i); !add {
			c.t.zero(g)
		}
	}
}
