package optim_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// A line through four points, exactly: a step of L-BFGS evaluates the loss of all data as often as it needs to.
func ExampleLBFGS() {
	line := nn.NewLinear(rng.NewSource(1), 1, 1)
	params, err := nn.Params(line)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := tensor.From([]float32{-1, 0, 1, 2}, 4, 1)
	y := tensor.From([]float32{-1, 1, 3, 5}, 4, 1) // 2x + 1
	grads, tape, opt := grad.NewGrads(params), grad.NewTape(grad.Config{Params: params}), &optim.LBFGS{}
	_, err = opt.Step(grads, func() (float64, error) {
		var loss float32
		err := tape.Step(grad.Train, func(s *grad.Step) error {
			l := op.MSE(line.Forward(s.Input(x)), s.Input(y))
			s.Backward(l, grads)
			s.Read(l, &loss)
			return nil
		})
		return float64(loss), err
	})
	fmt.Printf("%.3f x + %.3f %v\n", tensor.Of[float32](line.Weight.Data)[0], tensor.Of[float32](line.Bias.Data)[0], err)
	// Output: 2.000 x + 1.000 <nil>
}

// lossOf is the closure for a function of the bench's parameters.
func (b *bench) lossOf(f func(s *grad.Step, p []grad.Value) grad.Value) func() (float64, error) {
	return func() (float64, error) {
		var loss float32
		err := b.tape.Step(grad.Train, func(s *grad.Step) error {
			var p []grad.Value
			for i := range b.ps {
				p = append(p, s.Use(b.ps[i].Param))
			}
			l := f(s, p)
			s.Backward(l, b.g)
			s.Read(l, &loss)
			return nil
		})
		return float64(loss), err
	}
}

// rosenbrock is (1 − a)² + 10·(b − a²)², summed over pairs.
func rosenbrock(s *grad.Step, p []grad.Value) grad.Value {
	rest, valley := op.Sub(s.Scalar(1), p[0]), op.Sub(p[1], op.Mul(p[0], p[0]))
	return op.Sum(op.Add(op.Mul(rest, rest), op.Mul(s.Scalar(10), op.Mul(valley, valley))))
}

// TestLBFGSGolden holds ten steps, of one direction each and of three, to PyTorch's in float64. Every step starts from the
// rounding of the last: the tolerance is 10⁻⁴ of values of order 1.
func TestLBFGSGolden(t *testing.T) {
	for _, name := range []string{"lbfgs", "lbfgs_iterations"} {
		var f struct {
			Attrs struct {
				LR      float64
				Iter    int `json:"max_iter"`
				History int `json:"history_size"`
			}
			Params []array
			Steps  []struct {
				Loss   float64
				Params []array
			}
		}
		read(t, name, &f)
		if len(f.Steps) != 10 {
			t.Fatalf("%d steps", len(f.Steps))
		}
		b := newBench(f.Params[0].tensor(), f.Params[1].tensor())
		opt := &optim.LBFGS{LR: f.Attrs.LR, Iterations: f.Attrs.Iter, History: f.Attrs.History}
		for k, s := range f.Steps {
			loss, err := opt.Step(b.g, b.lossOf(rosenbrock))
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(loss-s.Loss) > 1e-4*max(1, s.Loss) {
				t.Errorf("%s: loss of step %d is %v, want %v", name, k, loss, s.Loss)
			}
			for i, got := range b.values() {
				for j, want := range s.Params[i].Data {
					if math.Abs(float64(got[j]-want)) > 1e-4 {
						t.Fatalf("%s: step %d, parameter %d[%d]: %v, want %v", name, k, i, j, got[j], want)
					}
				}
			}
		}
	}
}

// TestLBFGSOneStep goes by hand through f = 2x² from 3. The first direction is −12 and the first t 1/12, which leads to 2,
// where the loss fell from 18 to 8 and the slope from −144 to −96: enough of both. Then s = −1, y = −4, and d = −8·(s·y)/(y·y) = −2
// leads to 0.
func TestLBFGSOneStep(t *testing.T) {
	b := newBench(tensor.From([]float32{3}))
	square := b.lossOf(func(s *grad.Step, p []grad.Value) grad.Value { return op.Sum(op.Mul(s.Scalar(2), op.Mul(p[0], p[0]))) })
	opt := &optim.LBFGS{Iterations: 1}
	for k, want := range []struct{ loss, x float64 }{{18, 2}, {8, 0}} {
		loss, err := opt.Step(b.g, square)
		if x := float64(b.values()[0][0]); err != nil || math.Abs(loss-want.loss) > 1e-5 || math.Abs(x-want.x) > 1e-6 {
			t.Errorf("step %d: loss %v and x %v, want %v and %v; %v", k, loss, x, want.loss, want.x, err)
		}
	}
}

// TestLBFGSResume: three steps, saved, and three more elsewhere are the bits of six.
func TestLBFGSResume(t *testing.T) {
	start := []tensor.Tensor{normal(1, 40), normal(2, 40)}
	b := newBench(start...)
	opt := &optim.LBFGS{Iterations: 2, Evaluations: 20, History: 3}
	var saved optim.State
	var again *bench
	for k := range 6 {
		if k == 3 {
			saved, again = clone(opt.State()), newBench(b.ps[0].Data, b.ps[1].Data)
		}
		if _, err := opt.Step(b.g, b.lossOf(rosenbrock)); err != nil {
			t.Fatal(err)
		}
	}
	other := &optim.LBFGS{Iterations: 2, Evaluations: 20, History: 3}
	if err := other.LoadState(again.ps, saved); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := other.Step(again.g, again.lossOf(rosenbrock)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range b.ps {
		if !slices.Equal(b.ps[i].Data.Bytes(), again.ps[i].Data.Bytes()) {
			t.Errorf("parameter %d differs after resuming", i)
		}
	}
	if !same(opt.State(), other.State()) {
		t.Error("the states differ after resuming")
	}
	if n := len(saved.Entries); saved.Step != 6 || n != 3+2*3 {
		t.Errorf("a state of step %d with %d entries, want 6 and 9", saved.Step, n)
	}
	bad := clone(saved)
	bad.Entries[0].Tensor, bad.Entries[4].Name = tensor.New(tensor.F32, 7), "lbfgs.other"
	err := opt.LoadState(b.ps, bad)
	for _, want := range []string{"lbfgs.d is f32 [7], want f32 [80]", "lbfgs.old_dirs.0 is missing", "lbfgs.other is unexpected"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if !same(opt.State(), other.State()) {
		t.Error("a refused state changed the optimizer")
	}
}

// TestLBFGSFailure: an error in the middle of a search leaves parameters and state as they were.
func TestLBFGSFailure(t *testing.T) {
	b := newBench(normal(1, 5), normal(2, 5))
	opt, loss := &optim.LBFGS{}, b.lossOf(rosenbrock)
	if _, err := opt.Step(b.g, loss); err != nil {
		t.Fatal(err)
	}
	before, state := []tensor.Tensor{b.ps[0].Data.Clone(), b.ps[1].Data.Clone()}, clone(opt.State())
	stop, calls := errors.New("stop"), 0
	_, err := opt.Step(b.g, func() (float64, error) {
		if calls++; calls == 3 {
			return 0, stop
		}
		return loss()
	})
	if !errors.Is(err, stop) || calls != 3 {
		t.Fatalf("error %v after %d calls", err, calls)
	}
	for i, p := range b.ps {
		if !slices.Equal(p.Data.Bytes(), before[i].Bytes()) {
			t.Errorf("parameter %d changed", i)
		}
	}
	if !same(opt.State(), state) {
		t.Error("the state changed")
	}
}

// TestLBFGSTurnsBack: x − log(x) has its minimum at 1 and is NaN below 0, where a first t that is too long leads.
func TestLBFGSTurnsBack(t *testing.T) {
	b := newBench(tensor.From([]float32{4}))
	bad, barrier := 0, b.lossOf(func(s *grad.Step, p []grad.Value) grad.Value { return op.Sum(op.Sub(p[0], op.Log(p[0]))) })
	opt := &optim.LBFGS{LR: 20, Iterations: 40}
	if _, err := opt.Step(b.g, func() (float64, error) {
		f, err := barrier()
		if math.IsNaN(f) {
			bad++
		}
		return f, err
	}); err != nil {
		t.Fatal(err)
	}
	if x := b.values()[0][0]; bad == 0 || math.Abs(float64(x)-1) > 1e-3 {
		t.Errorf("ends at %v after %d losses that aren't numbers, want 1 after some", x, bad)
	}
}

func TestLBFGSRefused(t *testing.T) {
	b := newBench(tensor.From([]float32{1, 2}), tensor.From([]float32{1, 2}))
	good := b.lossOf(rosenbrock)
	for want, c := range map[string]struct {
		opt  *optim.LBFGS
		loss func() (float64, error)
	}{
		"LR is -1":                   {&optim.LBFGS{LR: -1}, good},
		"Iterations is -1":           {&optim.LBFGS{Iterations: -1}, good},
		"Evaluations is -2":          {&optim.LBFGS{Evaluations: -2}, good},
		"History is -1":              {&optim.LBFGS{History: -1}, good},
		"ToleranceGrad is NaN":       {&optim.LBFGS{ToleranceGrad: math.NaN()}, good},
		"ToleranceChange is +Inf":    {&optim.LBFGS{ToleranceChange: math.Inf(1)}, good},
		"no gradient reached layer0": {&optim.LBFGS{}, func() (float64, error) { return 1, nil }},
		"isn't finite at": {&optim.LBFGS{}, b.lossOf(func(s *grad.Step, p []grad.Value) grad.Value {
			return op.Sum(op.Add(op.Log(op.Neg(p[0])), p[1]))
		})},
	} {
		var e *tensor.Error
		if _, err := c.opt.Step(b.g, c.loss); !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if v := b.values(); v[0][0] != 1 || v[1][1] != 2 {
			t.Fatalf("%s: parameters changed", want)
		}
	}
	opt := &optim.LBFGS{}
	if _, err := opt.Step(b.g, good); err != nil {
		t.Fatal(err)
	}
	other := newBench(tensor.From([]float32{1}), tensor.From([]float32{1}))
	if _, err := opt.Step(other.g, other.lossOf(rosenbrock)); err == nil || !strings.Contains(err.Error(), "2 elements, those of its state 4") {
		t.Errorf("error %v, want one of the sizes", err)
	}
	half := newBench(tensor.New(tensor.BF16, 2), tensor.New(tensor.BF16, 2))
	if _, err := opt.Step(half.g, half.lossOf(rosenbrock)); err == nil || !strings.Contains(err.Error(), "layer0.weight is bf16; f32 is wanted") {
		t.Errorf("error %v, want one of bf16", err)
	}
}

// TestLBFGSSearchEnds: the loss −x falls for ever, and no t is flat enough. A search looks at most 25 places besides its first, as
// PyTorch's does: with the loss at the start, 27.
func TestLBFGSSearchEnds(t *testing.T) {
	b := newBench(tensor.From([]float32{0}))
	calls, loss := 0, b.lossOf(func(s *grad.Step, p []grad.Value) grad.Value { return op.Sum(op.Neg(p[0])) })
	opt := &optim.LBFGS{Iterations: 1, Evaluations: 1000}
	if _, err := opt.Step(b.g, func() (float64, error) { calls++; return loss() }); err != nil {
		t.Fatal(err)
	}
	if calls != 27 {
		t.Errorf("%d losses, want 27", calls)
	}
}
