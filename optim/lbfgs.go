package optim

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// LBFGS minimises a loss over the whole data set by steps along d, an estimate of −H⁻¹·g from the last History changes of weights
// and gradient, each as long as a line search finds good. It evaluates the loss wherever the search looks, so that it isn't for
// Step.Update; loss makes a step of its own that only calls Backward:
//
//	f, err := opt.Step(grads, func() (float64, error) {
//		var f float32
//		err := tape.Step(grad.Train, func(s *grad.Step) error {
//			l := op.MSE(net.Forward(s.Input(x)), s.Input(y))
//			s.Backward(l, grads)
//			s.Read(l, &f)
//			return nil
//		})
//		return float64(f), err
//	})
//
// The loss must be the same function each time: the same data, no dropout. With sₖ and yₖ the changes, ρₖ = 1/(sₖ·yₖ):
//
//	q ← −g;  for k = newest … oldest: αₖ = ρₖ·sₖ·q, q ← q − αₖ·yₖ
//	d ← q·(s·y)/(y·y) of the newest;  for k = oldest … newest: d ← d + sₖ·(αₖ − ρₖ·yₖ·d)
//	p ← p + t·d, t by the strong Wolfe conditions
//
// The arithmetic is that of PyTorch's LBFGS with strong_wolfe, in float32 with scalars in float64.
// Source: Liu & Nocedal 1989, "On the limited memory BFGS method for large scale optimization"; the search: Nocedal & Wright 2006,
// "Numerical optimization", algorithms 3.5 and 3.6.
type LBFGS struct {
	LR              float64 // the first t that a search tries; zero: 1, PyTorch's
	Iterations      int     // the most directions of a Step; zero: 20, PyTorch's
	Evaluations     int     // the most losses of a Step; zero: Iterations·5/4, PyTorch's
	History         int     // changes kept, two vectors each; zero: 100, PyTorch's
	ToleranceGrad   float64 // it stops where no element of g is larger; zero: 1e-7, PyTorch's
	ToleranceChange float64 // it stops where neither a weight nor the loss changes by more; zero: 1e-9, PyTorch's

	lbfgsState
}

// lbfgsState is what it has learned. Vectors are never changed, only replaced.
type lbfgsState struct {
	iterations int
	d, g       tensor.Tensor // the last direction, and the gradient where it was taken from
	t          tensor.Tensor // f64 []: the step along d
	s, y       []tensor.Tensor
}

func (o *LBFGS) check() error {
	for _, f := range []struct {
		name  string
		value float64
	}{{"LR", o.LR}, {"Iterations", float64(o.Iterations)}, {"Evaluations", float64(o.Evaluations)}, {"History", float64(o.History)},
		{"ToleranceGrad", o.ToleranceGrad}, {"ToleranceChange", o.ToleranceChange}} {
		if !(f.value >= 0) || math.IsInf(f.value, 0) {
			return tensor.Errorf("optim.LBFGS: %s is %g; a positive number is wanted (zero: the default)", f.name, f.value)
		}
	}
	return nil
}

// Step makes up to Iterations changes of the parameters of grads and returns the loss before the first. An error of loss,
// or one that isn't finite to begin with, leaves the parameters and the state as they were; where the loss isn't finite
// on the way, the search turns back.
func (o *LBFGS) Step(grads *grad.Grads, loss func() (float64, error)) (float64, error) {
	if err := o.check(); err != nil {
		return 0, err
	}
	r := lbfgsRun{o: o, grads: grads, loss: loss, ps: trained(grads.Params())}
	for _, p := range r.ps {
		if err := trainable(p); err != nil {
			return 0, err
		}
		if p.Data.DType() != tensor.F32 {
			return 0, tensor.Errorf("optim.LBFGS: parameter %s is %s; f32 is wanted", p.Name, p.Data.DType())
		}
		r.n += p.Data.Numel()
	}
	if o.iterations > 0 && o.d.Numel() != r.n {
		return 0, tensor.Errorf("optim.LBFGS: the parameters have %d elements, those of its state %d: make a new one", r.n, o.d.Numel())
	}
	before := o.lbfgsState
	r.here()
	start := r.x
	f, err := r.minimise()
	if err != nil {
		o.lbfgsState = before
		r.x = start
		r.move(0, nil)
	}
	grads.Reset()
	return f, err
}

// turn makes the direction for the gradient g, and remembers what changed since the last.
func (o *LBFGS) turn(g []float32) []float32 {
	d := make([]float32, len(g))
	vec.Neg(d, g)
	if o.iterations > 0 {
		o.remember(g)
		alpha := make([]float64, len(o.s))
		for k := len(o.s) - 1; k >= 0; k-- {
			s, y := tensor.Of[float32](o.s[k]), tensor.Of[float32](o.y[k])
			alpha[k] = reduce.Dot(s, d) / reduce.Dot(s, y)
			vec.Axpy(d, float32(-alpha[k]), y)
		}
		if k := len(o.s) - 1; k >= 0 {
			s, y := tensor.Of[float32](o.s[k]), tensor.Of[float32](o.y[k])
			vec.Scale(d, float32(reduce.Dot(s, y)/reduce.Dot(y, y)))
		}
		for k := range o.s {
			s, y := tensor.Of[float32](o.s[k]), tensor.Of[float32](o.y[k])
			vec.Axpy(d, float32(alpha[k]-reduce.Dot(y, d)/reduce.Dot(s, y)), s)
		}
	}
	o.d, o.g = tensor.From(d, len(d)), tensor.From(g, len(g))
	o.iterations++
	return d
}

// remember adds the last step and its change of the gradient to the history, where the curvature along it is positive.
func (o *LBFGS) remember(g []float32) {
	s, y := make([]float32, len(g)), make([]float32, len(g))
	vec.MulScalar(s, tensor.Of[float32](o.d), float32(tensor.Of[float64](o.t)[0]))
	vec.Sub(y, g, tensor.Of[float32](o.g))
	if !(reduce.Dot(s, y) > 1e-10) { // PyTorch's
		return
	}
	drop := max(len(o.s)+1-orInt(o.History, 100), 0)
	o.s = append(slices.Clone(o.s[drop:]), tensor.From(s, len(s)))
	o.y = append(slices.Clone(o.y[drop:]), tensor.From(y, len(y)))
}

func orInt(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// The names of state tensors: PyTorch's.
const lbfgsD, lbfgsG, lbfgsT, lbfgsS, lbfgsY = "lbfgs.d", "lbfgs.prev_flat_grad", "lbfgs.t", "lbfgs.old_stps.", "lbfgs.old_dirs."

// State returns what it has learned; Step counts directions. See [Optimizer].
func (o *LBFGS) State() State {
	s := State{Step: o.iterations}
	if o.iterations == 0 {
		return s
	}
	s.Entries = []Entry{{lbfgsD, o.d}, {lbfgsG, o.g}, {lbfgsT, o.t}}
	for k := range o.s {
		s.Entries = append(s.Entries, Entry{lbfgsS + fmt.Sprint(k), o.s[k]}, Entry{lbfgsY + fmt.Sprint(k), o.y[k]})
	}
	return s
}

// LoadState restores what State gave, for these parameters. An error lists every name that is missing, unexpected or
// misshapen, and nothing is changed.
func (o *LBFGS) LoadState(ps grad.Params, s State) error {
	fresh := lbfgsState{iterations: s.Step}
	n := trained(ps).Numel()
	want := fresh.slots(s, n)
	var wrong []string
	for _, e := range s.Entries {
		t, known := want[e.Name]
		switch {
		case !known:
			wrong = append(wrong, e.Name+" is unexpected")
		case e.Tensor.DType() != t.DType() || !tensor.SameShape(&e.Tensor, t):
			wrong = append(wrong, fmt.Sprintf("%s is %s %v, want %s %v", e.Name, e.Tensor.DType(), e.Tensor.Shape(), t.DType(), t.Shape()))
		default:
			tensor.Copy(*t, e.Tensor)
		}
		delete(want, e.Name)
	}
	for name := range want {
		wrong = append(wrong, name+" is missing")
	}
	if wrong != nil || s.Step < 0 {
		slices.Sort(wrong)
		return tensor.Errorf("L-BFGS state of step %d doesn't fit: %s", s.Step, strings.Join(wrong, "; "))
	}
	o.lbfgsState = fresh
	return nil
}

// slots makes the tensors that a state of vectors of n elements has, by their names: as many changes as s has entries for.
func (f *lbfgsState) slots(s State, n int) map[string]*tensor.Tensor {
	if s.Step <= 0 {
		return nil
	}
	f.d, f.g, f.t = tensor.New(tensor.F32, n), tensor.New(tensor.F32, n), tensor.New(tensor.F64)
	pairs := max(len(s.Entries)-3, 0) / 2
	f.s, f.y = make([]tensor.Tensor, pairs), make([]tensor.Tensor, pairs)
	want := map[string]*tensor.Tensor{lbfgsD: &f.d, lbfgsG: &f.g, lbfgsT: &f.t}
	for k := range pairs {
		f.s[k], f.y[k] = tensor.New(tensor.F32, n), tensor.New(tensor.F32, n)
		want[lbfgsS+fmt.Sprint(k)], want[lbfgsY+fmt.Sprint(k)] = &f.s[k], &f.y[k]
	}
	return want
}
