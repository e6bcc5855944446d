package optest

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// trial is one list of operands on its way through the checks.
type trial struct {
	c    *Case
	in   []Input
	x    []tensor.Tensor
	seed tensor.Tensor // the gradient of the result
}

// outcome is what a run gave: the result and the operands' gradients, contiguous, on the host.
type outcome struct {
	y     tensor.Tensor
	grads []tensor.Tensor
}

// setup is how a run differs from the plain one.
type setup struct {
	cfg      grad.Config
	strided  bool // operands lie in memory with gaps
	computed bool // operands are results of an op, each used twice; the results are added
	twice    bool // two backward passes into the same Grads
	only     int  // 1 + the one operand whose gradient is wanted; 0: all
	eval     bool // without recording
	high     *int // gets the arena's high-water mark
	dev      *Device
}

func newTrial(c *Case, in []Input, seed uint64) *trial {
	tr := &trial{c: c, in: in, x: make([]tensor.Tensor, len(in))}
	r := rng.Stream{Seed: 20260701}.Sub(seed)
	for i := range in {
		tr.x[i] = in[i].draw(r.Sub(uint64(i)))
	}
	tr.seed = resultOf(c, tr.x).draw(r.Sub(1000))
	return tr
}

// resultOf describes the gradient of the result.
func resultOf(c *Case, x []tensor.Tensor) Input {
	var in Input
	tape := grad.NewTape(grad.Config{})
	err := tape.Eval(c.Mode, func(s *grad.Step) error {
		y := c.Op(place(s, x)...)
		in = F32(y.Shape()...)
		return nil
	})
	if err != nil {
		panic("optest: " + c.Name + ": " + err.Error())
	}
	return in
}

func place(s *grad.Step, x []tensor.Tensor) []grad.Value {
	in := make([]grad.Value, len(x))
	for i := range x {
		if x[i].Valid() {
			in[i] = s.Input(x[i])
		}
	}
	return in
}

// wanted returns the operands whose gradients are checked.
func (tr *trial) wanted() []int {
	var r []int
	for i, in := range tr.in {
		if !tr.c.NoGrad && !in.Constant && in.DType == tensor.F32 {
			r = append(r, i)
		}
	}
	return r
}

// run applies the op and its backward in a step of a new tape.
func (tr *trial) run(t reporter, s setup) outcome {
	t.Helper()
	o, err := tr.try(s)
	if err != nil {
		t.Fatalf("%s: %v", tr.c.Name, err)
	}
	return o
}

func (tr *trial) try(s setup) (o outcome, err error) {
	x, ps, of := tr.params(s)
	seed := tr.seed
	if s.dev != nil {
		s.cfg.Device, seed = s.dev, s.dev.Put(seed)
	}
	grads := grad.NewGrads(ps)
	if s.dev == nil {
		tr.spoil(grads)
	}
	tape := grad.NewTape(s.cfg)
	step := tape.Step
	if s.eval {
		step = tape.Eval
	}
	err = step(tr.c.Mode, func(st *grad.Step) error {
		in := make([]grad.Value, len(x))
		for i := range x {
			if of[i] != nil {
				in[i] = st.Use(of[i])
			} else if x[i].Valid() {
				in[i] = st.Input(x[i])
			}
		}
		y := tr.apply(in, s.computed)
		st.ReadTensor(y, &o.y)
		if len(ps) == 0 || s.eval {
			return nil
		}
		st.BackwardFrom(y, seed, grads)
		if s.twice {
			st.BackwardFrom(y, seed, grads)
		}
		return nil
	})
	if s.high != nil {
		*s.high = tape.HighWater()
	}
	if err != nil || s.eval {
		return o, err
	}
	if s.computed { // back to the result of one application
		for i := range tensor.Of[float32](o.y) {
			tensor.Of[float32](o.y)[i] /= 2
		}
	}
	o.grads = make([]tensor.Tensor, len(x))
	for i, p := range of {
		if p == nil {
			continue
		}
		if g, ok := grads.Of(p); ok && s.dev != nil {
			o.grads[i] = s.dev.Get(g)
		} else if ok {
			o.grads[i] = g.Clone()
		}
	}
	return o, nil
}

// apply gives op(in), or twice that from operands that are themselves results.
func (tr *trial) apply(in []grad.Value, computed bool) grad.Value {
	if !computed {
		return tr.c.Op(in...)
	}
	for _, i := range tr.wanted() {
		in[i] = op.Neg(op.Neg(in[i]))
	}
	return op.Add(tr.c.Op(in...), tr.c.Op(in...))
}

// params makes the operands of a run; those whose gradient is wanted become parameters.
func (tr *trial) params(s setup) (x []tensor.Tensor, ps grad.Params, of []*grad.Param) {
	x, of = make([]tensor.Tensor, len(tr.x)), make([]*grad.Param, len(tr.x))
	for i, v := range tr.x {
		switch {
		case !v.Valid():
		case s.strided:
			x[i] = strided(v)
		case s.dev != nil:
			x[i] = s.dev.Put(v)
		default:
			x[i] = v
		}
	}
	for _, i := range tr.wanted() {
		of[i] = grad.NewParam(string(rune('a'+i)), x[i])
		of[i].Frozen = s.only != 0 && s.only != 1+i
		ps = append(ps, grad.Named{Name: of[i].Name, Param: of[i]})
	}
	return x, ps, of
}

// spoil fills gradients with NaN: the first contribution must overwrite them.
func (tr *trial) spoil(g *grad.Grads) {
	flat := g.Flat()
	for i, p := range g.Params() {
		o := g.Offset(i)
		for j := range p.Data.Numel() {
			flat[o+j] = float32(math.NaN())
		}
	}
}

// times multiplies the gradients.
func (o outcome) times(k float64) outcome {
	r := outcome{y: o.y, grads: make([]tensor.Tensor, len(o.grads))}
	for i, g := range o.grads {
		if g.Valid() {
			r.grads[i] = exact(widen(g).Map(func(v float64) float64 { return k * v }))
		}
	}
	return r
}

// equal holds an outcome to another's bits.
func (tr *trial) equal(t reporter, what string, got, want outcome) {
	t.Helper()
	sameElements(t, what+": result", got.y, want.y)
	for i := range want.grads {
		if !got.grads[i].Valid() && !want.grads[i].Valid() {
			continue
		}
		sameElements(t, what+": gradient of operand "+string(rune('0'+i)), got.grads[i], want.grads[i])
	}
}

func sameElements(t reporter, what string, got, want tensor.Tensor) {
	t.Helper()
	if got.Valid() != want.Valid() {
		t.Errorf("%s: there is %v, wanted %v", what, got, want)
		return
	}
	g, w := got.Bytes(), want.Bytes()
	if len(g) != len(w) {
		t.Errorf("%s: shape %v, wanted %v", what, got.Shape(), want.Shape())
		return
	}
	size := want.DType().Size()
	for i := range w {
		if g[i] != w[i] {
			k := i / size
			t.Errorf("%s: the bits of element %d differ: %v, wanted %v", what, k, widen(got).Data[k], widen(want).Data[k])
			return
		}
	}
}

// numbers holds an outcome to another's, element by element, whatever the sign of zeros.
func (tr *trial) numbers(t reporter, what string, got, want outcome) {
	t.Helper()
	tr.close(t, what+": result", got.y, want.y, 0, 0)
	for i, w := range want.grads {
		if w.Valid() {
			tr.close(t, what+": gradient of operand "+string(rune('0'+i)), got.grads[i], w, 0, 0)
		}
	}
}
