package optim

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// lbfgsRun is one call of LBFGS.Step.
type lbfgsRun struct {
	o           *LBFGS
	grads       *grad.Grads
	loss        func() (float64, error)
	ps          grad.Params
	n           int       // elements of all parameters
	x, d        []float32 // where the search began, and its direction
	size        float64   // the largest element of d
	evaluations int
}

// point is what is known at x + t·d.
type point struct {
	t, f  float64
	slope float64 // g·d
	g     []float32
}

// The constants of the Wolfe conditions, the length below which an interval isn't searched, and the most losses of a search
// besides its first: PyTorch's.
const (
	wolfe1, wolfe2  = 1e-4, 0.9
	lbfgsLeastRange = 1e-9
	lbfgsSearch     = 25
)

// here takes the parameters as the place where a search begins.
func (r *lbfgsRun) here() {
	r.x = make([]float32, 0, r.n)
	for _, p := range r.ps {
		r.x = append(r.x, tensor.Of[float32](p.Data)...)
	}
}

// move sets the parameters to x + t·d; a nil d is none.
func (r *lbfgsRun) move(t float64, d []float32) {
	at := 0
	for _, p := range r.ps {
		w := tensor.Of[float32](p.Data)
		copy(w, r.x[at:])
		if d != nil {
			vec.Axpy(w, float32(t), d[at:at+len(w)])
		}
		at += len(w)
	}
}

// evaluate computes loss and gradient where the parameters are. A loss or gradient that isn't finite counts as infinite.
func (r *lbfgsRun) evaluate(t float64) (point, error) {
	r.grads.Reset()
	f, err := r.loss()
	if err != nil {
		return point{}, err
	}
	r.evaluations++
	p := point{t: t, f: f, g: make([]float32, 0, r.n)}
	for _, w := range r.ps {
		g, ok := r.grads.Of(w.Param)
		if !ok {
			return p, tensor.Errorf("optim.LBFGS: no gradient reached %s; loss is to call Backward, and a parameter that it doesn't use is to be frozen", w.Name)
		}
		p.g = append(p.g, tensor.Of[float32](g)...)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) || vec.NonFinite(p.g) {
		p.f, p.slope = math.Inf(1), math.NaN()
	} else if r.d != nil {
		p.slope = reduce.Dot(p.g, r.d)
	}
	return p, nil
}

func (r *lbfgsRun) at(t float64) (point, error) {
	r.move(t, r.d)
	return r.evaluate(t)
}

// minimise makes the step; the loss is that of its beginning.
func (r *lbfgsRun) minimise() (float64, error) {
	o := r.o
	iterations := orInt(o.Iterations, 20)
	most := orInt(o.Evaluations, iterations*5/4)
	change := or(o.ToleranceChange, 1e-9)
	now, err := r.evaluate(0)
	if err != nil {
		return 0, err
	}
	first := now.f
	if math.IsInf(first, 0) {
		return first, tensor.Errorf("optim.LBFGS: the loss or its gradient isn't finite at the parameters given")
	}
	for n := 1; largestOf(now.g) > or(o.ToleranceGrad, 1e-7); n++ {
		t := or(o.LR, 1)
		if o.iterations == 0 {
			t *= min(1, 1/sumOfSizes(now.g))
		}
		r.d = o.turn(now.g)
		o.setT(t)
		now.t, now.slope, r.size = 0, reduce.Dot(now.g, r.d), largestOf(r.d)
		if now.slope > -change {
			break
		}
		r.here()
		next, err := r.search(now, t, min(most-r.evaluations, lbfgsSearch))
		if err != nil {
			return first, err
		}
		r.move(next.t, r.d)
		o.setT(next.t)
		was := now.f
		now = next
		if n == iterations || r.evaluations >= most || next.t*r.size <= change || math.Abs(now.f-was) < change {
			break
		}
	}
	return first, nil
}

func (o *LBFGS) setT(t float64) {
	o.t = tensor.New(tensor.F64)
	tensor.Of[float64](o.t)[0] = t
}

// search finds a t that meets the strong Wolfe conditions: the loss falls by a share of what the slope promises, and the slope
// is flatter. It gives the best it has after most evaluations besides the first.
func (r *lbfgsRun) search(from point, t float64, most int) (point, error) {
	prev := from
	now, err := r.at(t)
	if err != nil {
		return now, err
	}
	for used := 0; used < most; used++ {
		switch {
		case now.f > from.f+wolfe1*now.t*from.slope || used > 1 && now.f >= prev.f:
			return r.zoom(from, [2]point{prev, now}, most-used)
		case math.Abs(now.slope) <= -wolfe2*from.slope:
			return now, nil
		case now.slope >= 0:
			return r.zoom(from, [2]point{prev, now}, most-used)
		}
		t := cubic(prev, now, now.t+0.01*(now.t-prev.t), 10*now.t)
		prev = now
		if now, err = r.at(t); err != nil {
			return now, err
		}
	}
	if from.f <= now.f {
		return from, nil
	}
	return now, nil
}

// zoom narrows an interval that has a good t.
func (r *lbfgsRun) zoom(from point, p [2]point, most int) (point, error) {
	low, slow := lower(p), false
	for ; most > 0 && math.Abs(p[1].t-p[0].t)*r.size >= lbfgsLeastRange; most-- {
		left, right := min(p[0].t, p[1].t), max(p[0].t, p[1].t)
		t := cubic(p[0], p[1], left, right)
		// Near an end twice, or at one: a tenth of the interval away from it.
		if edge := 0.1 * (right - left); min(right-t, t-left) >= edge {
			slow = false
		} else if !slow && t < right && t > left {
			slow = true
		} else {
			slow = false
			if right-t < t-left {
				t = right - edge
			} else {
				t = left + edge
			}
		}
		now, err := r.at(t)
		if err != nil {
			return now, err
		}
		if now.f > from.f+wolfe1*t*from.slope || now.f >= p[low].f {
			p[1-low] = now
			low = lower(p)
			continue
		}
		if math.Abs(now.slope) <= -wolfe2*from.slope {
			return now, nil
		}
		if now.slope*(p[1-low].t-p[low].t) >= 0 {
			p[1-low] = p[low]
		}
		p[low] = now
	}
	return p[low], nil
}

func lower(p [2]point) int {
	if p[0].f <= p[1].f {
		return 0
	}
	return 1
}

// cubic is where the cubic through the losses and slopes of two points is least, within bounds; their middle where it has no
// least place.
func cubic(a, b point, low, high float64) float64 {
	if a.t > b.t {
		a, b = b, a
	}
	d1 := a.slope + b.slope - 3*(a.f-b.f)/(a.t-b.t)
	d2 := math.Sqrt(d1*d1 - a.slope*b.slope)
	t := b.t - (b.t-a.t)*((b.slope+d2-d1)/(b.slope-a.slope+2*d2))
	if math.IsNaN(t) {
		return (low + high) / 2
	}
	return min(max(t, low), high)
}

func largestOf(x []float32) float64 {
	top := float32(0)
	for _, v := range x {
		top = max(top, v, -v)
	}
	return float64(top)
}

func sumOfSizes(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Abs(float64(v))
	}
	return sum
}
