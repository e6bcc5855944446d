package optest

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// Steps of central differences in float64: near the cube and the fourth root of its precision, where the errors of
// truncation and rounding balance.
const (
	step1 = 1e-5
	step2 = 2e-4
)

// reference computes result and gradients from Ref.
func (tr *trial) reference() outcome {
	x := tr.arrays()
	o := outcome{y: exact(tr.c.Ref(x...)), grads: make([]tensor.Tensor, len(x))}
	seed := widen(tr.seed)
	for _, i := range tr.wanted() {
		o.grads[i] = exact(differences(x, i, step1, func(x []Array) float64 { return dot(tr.c.Ref(x...), seed) }))
	}
	return o
}

func (tr *trial) arrays() []Array {
	x := make([]Array, len(tr.x))
	for i := range x {
		x[i] = widen(tr.x[i])
	}
	return x
}

// differences returns the central differences of f with respect to operand i.
func differences(x []Array, i int, step float64, f func([]Array) float64) Array {
	g := NewArray(x[i].Shape...)
	for k, v := range x[i].Data {
		h := step * max(1, math.Abs(v))
		x[i].Data[k] = v + h
		hi := f(x)
		x[i].Data[k] = v - h
		lo := f(x)
		x[i].Data[k] = v
		g.Data[k] = (hi - lo) / (2 * h)
	}
	return g
}

func dot(a, b Array) float64 {
	var s float64
	for i, v := range a.Data {
		s += v * b.Data[i]
	}
	return s
}

// second checks the VJP: the gradients as values, and the gradients of D = Σ v·gx with respect to the operands and to the
// gradient of the result, against differences of the reference.
func (tr *trial) second(t reporter, want outcome) {
	t.Helper()
	v := make([]tensor.Tensor, len(tr.x))
	x := tr.arrays()
	move := func(x []Array, h float64) []Array { // x + h·v
		r := append([]Array(nil), x...)
		for _, i := range tr.wanted() {
			r[i] = NewArray(x[i].Shape...)
			for k := range r[i].Data {
				r[i].Data[k] = x[i].Data[k] + h*float64(tensor.Of[float32](v[i])[k])
			}
		}
		return r
	}
	for _, i := range tr.wanted() {
		v[i] = F32(tr.x[i].Shape()...).draw(streamOf(i))
	}
	seed := widen(tr.seed)
	along := func(x []Array) float64 { // D, by the reference
		return (dot(tr.c.Ref(move(x, step2)...), seed) - dot(tr.c.Ref(move(x, -step2)...), seed)) / (2 * step2)
	}
	got := tr.runSecond(t, v)
	for _, i := range tr.wanted() {
		tr.close(t, "VJP: gradient of operand "+string(rune('0'+i)), got.first[i], want.grads[i], tr.c.GradTol, 0)
		tr.close(t, "VJP: second derivative by operand "+string(rune('0'+i)), got.second[i], exact(differences(x, i, step2, along)), 10*tr.c.GradTol+1e-5, 0)
	}
	hi, lo := tr.c.Ref(move(x, step1)...), tr.c.Ref(move(x, -step1)...)
	for k := range hi.Data {
		hi.Data[k] = (hi.Data[k] - lo.Data[k]) / (2 * step1)
	}
	tr.close(t, "VJP: derivative by the result's gradient", got.seed, exact(hi), 10*tr.c.GradTol, 0)
}

// asValues checks the gradients that Step.Grad gives as values, by the VJP or by the backward kernel.
func (tr *trial) asValues(t reporter, want outcome) {
	t.Helper()
	if len(tr.wanted()) == 0 {
		return
	}
	x, _, _ := tr.params(setup{})
	got := make([]tensor.Tensor, len(x))
	err := grad.NewTape(grad.Config{Poison: true}).Step(tr.c.Mode, func(s *grad.Step) error {
		in := place(s, x)
		var wrt []grad.Value
		for _, i := range tr.wanted() {
			wrt = append(wrt, in[i])
		}
		gs := s.Grad(op.Sum(op.Mul(tr.c.Op(in...), s.Input(tr.seed))), wrt...)
		for k, i := range tr.wanted() {
			s.ReadTensor(gs[k], &got[i])
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: gradients as values: %v", tr.c.Name, err)
	}
	for _, i := range tr.wanted() {
		tr.close(t, "as a value: gradient of operand "+string(rune('0'+i)), got[i], want.grads[i], tr.c.GradTol, 0)
	}
}

type secondOutcome struct {
	first, second []tensor.Tensor
	seed          tensor.Tensor
}

func (tr *trial) runSecond(t reporter, v []tensor.Tensor) secondOutcome {
	t.Helper()
	x, ps, of := tr.params(setup{})
	seed := grad.NewParam("seed", tr.seed)
	ps = append(ps, grad.Named{Name: "seed", Param: seed})
	grads := grad.NewGrads(ps)
	o := secondOutcome{first: make([]tensor.Tensor, len(x)), second: make([]tensor.Tensor, len(x))}
	err := grad.NewTape(grad.Config{Poison: true}).Step(tr.c.Mode, func(s *grad.Step) error {
		in := place(s, x)
		var wrt []grad.Value
		for _, i := range tr.wanted() {
			in[i] = s.Use(of[i])
			wrt = append(wrt, in[i])
		}
		gs := s.Grad(op.Sum(op.Mul(tr.c.Op(in...), s.Use(seed))), wrt...)
		d := s.Scalar(0)
		for k, i := range tr.wanted() {
			s.ReadTensor(gs[k], &o.first[i])
			d = op.Add(d, op.Sum(op.Mul(gs[k], s.Input(v[i]))))
		}
		s.Backward(d, grads)
		return nil
	})
	if err != nil {
		t.Fatalf("%s: second derivative: %v", tr.c.Name, err)
	}
	of = append(of, seed)
	for i, p := range of {
		if p == nil {
			continue
		}
		g, ok := grads.Of(p)
		if !ok { // D doesn't depend on it
			g = tensor.New(tensor.F32, p.Data.Shape()...)
		}
		if p == seed {
			o.seed = g
		} else {
			o.second[i] = g
		}
	}
	return o
}
