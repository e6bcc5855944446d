package proof

import (
	"errors"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

var errStop = errors.New("stop")

// run is a training run with everything that a step may change: weights, a Buffer, an optimizer's moments, the random
// position.
type run struct {
	model *net
	ps    grad.Params
	grads *grad.Grads
	tape  *grad.Tape
	opt   *optim.Adam
	mean  *grad.Buffer
}

func newRun(t *testing.T) *run {
	m := newNet(rng.NewSource(1), 2, 8, 1)
	ps := params(t, m)
	return &run{
		model: m, ps: ps, grads: grad.NewGrads(ps), opt: &optim.Adam{LR: 1e-2},
		tape: grad.NewTape(grad.Config{Seed: 7, Params: ps}),
		mean: grad.NewBuffer("mean", tensor.New(tensor.F32, 16, 1)),
	}
}

// step trains on batch i; then may add what makes it fail.
func (r *run) step(i int, then func(s *grad.Step, loss grad.Value) error) error {
	x, y := task(uint64(i), 16)
	return r.tape.Step(grad.Train, func(s *grad.Step) error {
		out := r.model.FC2.Forward(op.Dropout(op.Tanh(r.model.FC1.Forward(s.Input(x))), 0.3))
		s.Lerp(r.mean, op.Detach(out), 0.1)
		l := op.MSE(out, s.Input(y))
		s.Backward(l, r.grads)
		s.Update(r.opt, r.grads)
		return then(s, l)
	})
}

// state is a copy of all that persists.
func (r *run) state() (s [][]float32, at grad.State) {
	s = append(weights(r.ps), slices.Clone(f32(r.mean.Data)))
	for _, e := range r.opt.State().Entries {
		if e.Tensor.DType() == tensor.F32 {
			s = append(s, slices.Clone(f32(e.Tensor)))
		}
	}
	return s, r.tape.State()
}

// TestFailedStep fails steps in each way there is, in the middle of training: nothing persists of them, and training goes on
// with the bits of a run that never failed.
func TestFailedStep(t *testing.T) {
	fine := func(*grad.Step, grad.Value) error { return nil }
	calm := newRun(t)
	for i := range 6 {
		if err := calm.step(i, fine); err != nil {
			t.Fatal(err)
		}
	}

	r := newRun(t)
	var misuse *tensor.Error
	var notFinite *grad.NonFiniteError
	failures := []struct {
		name string
		then func(*grad.Step, grad.Value) error
		want func(error) bool
	}{
		{"the program's error", func(*grad.Step, grad.Value) error { return errStop },
			func(err error) bool { return errors.Is(err, errStop) }},
		{"misuse", func(s *grad.Step, _ grad.Value) error { op.Add(s.Full(0, 2), s.Full(0, 3)); return nil },
			func(err error) bool { return errors.As(err, &misuse) }},
		{"a gradient that isn't finite", func(s *grad.Step, l grad.Value) error {
			s.Backward(op.Log(op.Mul(l, s.Scalar(0))), r.grads)
			return nil
		}, func(err error) bool { return errors.As(err, &notFinite) }},
	}
	for i := range 6 {
		before, at := r.state()
		for _, f := range failures {
			if err := r.step(i, f.then); !f.want(err) {
				t.Fatalf("%s: error %v", f.name, err)
			}
			after, now := r.state()
			wantSame(t, f.name, after, before)
			if now != at {
				t.Errorf("%s: the random position moved from %v to %v", f.name, at, now)
			}
		}
		if err := r.step(i, fine); err != nil {
			t.Fatal(err)
		}
	}
	got, at := r.state()
	want, wantAt := calm.state()
	wantSame(t, "after failures, and without", got, want)
	if at != wantAt {
		t.Errorf("position %v, want %v", at, wantAt)
	}
}
