package grad

import (
	"unsafe"

	"github.com/ingot-ml/ingot/tensor"
)

// VJP is what a Def's VJP sees: the op's operands, results and output gradients as Values. It sets the operands' gradients.
type VJP struct {
	t *Tape
	k int // the node
}

func (v *VJP) node() *node { return &v.t.nodes[v.k] }

// In returns operand i.
func (v *VJP) In(i int) Value { return v.t.step.value(v.t.ids[v.node().in.start+int32(i)]) }

// Has reports whether operand i was given.
func (v *VJP) Has(i int) bool {
	return i < int(v.node().in.n) && v.t.ids[v.node().in.start+int32(i)] >= 0
}

// Out returns result i.
func (v *VJP) Out(i int) Value { return v.t.step.value(v.node().out.start + int32(i)) }

// Needs reports whether a gradient of operand i is wanted.
func (v *VJP) Needs(i int) bool { return v.Has(i) && v.t.slots[v.In(i).id].need }

// GradOut returns the gradient of result i; zeros where nothing depends on it.
func (v *VJP) GradOut(i int) Value {
	s := &v.t.slots[v.node().out.start+int32(i)]
	if !s.sum.Valid() {
		g := v.t.step.Full(0, s.t.Dims()...)
		v.t.slots[v.node().out.start+int32(i)].sum = g
		return g
	}
	return s.sum
}

// SetGradIn contributes g to the gradient of operand i; g must have the operand's shape.
func (v *VJP) SetGradIn(i int, g Value) {
	id := v.In(i).id
	want, got := v.t.slots[id].t, g.check().t
	if !tensor.SameShape(&want, &got) {
		panic(tensor.Errorf("the VJP of %s gave operand %d of shape %v a gradient of shape %v", v.node().op.name, i, want.Shape(), got.Shape()))
	}
	if s := v.t.slots[id].sum; s.Valid() {
		g = accumulate.Apply(None{}, s, g)
	}
	v.t.slots[id].sum = g
}

// Grad returns the gradients of the scalar y with respect to the values xs, as values: they may go into further ops and be
// differentiated again where each op on the way has its backward written in ops; where one hasn't, that second derivative
// is refused by its name. Parameters' Grads aren't touched. An x that y doesn't depend on has gradient zero.
func (s *Step) Grad(y Value, xs ...Value) []Value {
	t := s.tape()
	t.checkRecording("Grad")
	if t.inner {
		panic(tensor.Errorf("Grad inside Step.Checkpoint isn't supported"))
	}
	if d := y.check().t.DType(); d != tensor.F32 {
		panic(tensor.Errorf("Grad of a %s value: it must be f32", d))
	}
	if y.check().t.Numel() != 1 {
		panic(tensor.Errorf("Grad of a value of shape %v: it must be a scalar; reduce it with op.Sum", y.Shape()))
	}
	for _, x := range xs {
		if d := x.check().t.DType(); d != tensor.F32 {
			panic(tensor.Errorf("Grad with respect to a %s value of shape %v: it must be f32", d, x.Shape()))
		}
		x.check().chosen = true
	}
	t.markNeeds(int(y.id), func(*slot) bool { return false })
	last := int(t.slots[y.id].node)
	t.slots[y.id].sum = s.Full(1, y.Shape()...)
	for k := last; k >= 0; k-- {
		if t.inSegment(k) {
			panic(tensor.Errorf("Grad through Step.Checkpoint isn't supported; use Backward"))
		}
		if t.sumReached(k) {
			t.vjpNode(k)
		}
	}
	r := make([]Value, len(xs))
	for i, x := range xs {
		if r[i] = t.slots[x.id].sum; !r[i].Valid() {
			r[i] = s.Full(0, x.Shape()...)
		}
	}
	for i := range t.slots {
		t.slots[i].sum, t.slots[i].need, t.slots[i].chosen = Value{}, false, false
	}
	return r
}

func (t *Tape) sumReached(k int) bool {
	n := &t.nodes[k]
	need := false
	for _, id := range t.ids[n.in.start : n.in.start+n.in.n] {
		need = need || id >= 0 && t.slots[id].need
	}
	for id := n.out.start; need && id < n.out.start+n.out.n; id++ {
		if t.slots[id].sum.Valid() {
			return !n.op.stops
		}
	}
	return false
}

func (t *Tape) vjpNode(k int) {
	op := t.nodes[k].op
	v := VJP{t: t, k: k}
	if op.vjp != nil {
		op.vjp(t.attrsOf(&t.nodes[k]), &v)
		return
	}
	if op.backward == nil {
		n := t.nodes[k]
		t.call(&n).Fail("it has no gradient: %s", op.noGrad)
	}
	t.kernelGrad(&v)
}

// kernelGrad computes a node's gradients by its kernel, as a node of their own that refuses to be differentiated.
func (t *Tape) kernelGrad(v *VJP) {
	n := *v.node()
	in := make([]Value, 0, n.in.n+n.out.n)
	var needed []int
	for i := range int(n.in.n) {
		if v.Has(i) {
			in = append(in, v.In(i))
		}
		if v.Needs(i) {
			needed = append(needed, i)
		}
	}
	for i := range int(n.out.n) {
		g := v.GradOut(i)
		if !g.check().t.Contiguous() { // a kernel's gradients are
			g = copyOf(g)
		}
		t.slots[n.out.start+int32(i)].grad, t.slots[n.out.start+int32(i)].has = t.slots[g.id].t, true
		in = append(in, g)
	}
	op := &core{
		name: n.op.name, args: n.op.args, strided: true,
		noGrad:  "its second derivative isn't defined: its Def has no VJP",
		infer:   func(_ unsafe.Pointer, c *Call) { t.kernelGradOutputs(c, n, needed) },
		forward: func(_ unsafe.Pointer, c *Call) { t.runKernelGrad(n) },
		attrs:   func(unsafe.Pointer) any { return nil },
	}
	first := t.apply(op, nil, in)
	for j, i := range needed {
		t.slots[v.In(i).id].has, t.slots[v.In(i).id].grad = false, tensor.Tensor{}
		v.SetGradIn(i, t.step.value(first+int32(j)))
	}
	for id := n.out.start; id < n.out.start+n.out.n; id++ {
		t.slots[id].has, t.slots[id].grad = false, tensor.Tensor{}
	}
}

// kernelGradOutputs declares a gradient for each needed operand and makes it the place the kernel writes to.
func (t *Tape) kernelGradOutputs(c *Call, n node, needed []int) {
	for _, i := range needed {
		x := &t.slots[t.ids[n.in.start+int32(i)]]
		c.Output(tensor.F32, x.t.Dims()...)
	}
	for j, i := range needed {
		x := &t.slots[t.ids[n.in.start+int32(i)]]
		if g := c.Out(j); !x.has {
			x.grad, x.has = g, true
			t.zero(g)
		} else {
			t.zero(g) // the same value twice: the first place takes both contributions
		}
	}
}

func (t *Tape) runKernelGrad(n node) {
	c := t.call(&n)
	t.kernel(c, true)
	t.done(c)
}
