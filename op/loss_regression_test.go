package op_test

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
)

// lossCase proves a loss composed of ops: with each reduction and with weights.
type lossCase struct {
	name string
	in   []optest.Input
	// of applies the loss with the settings under test, or with those of a golden case.
	of func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value
	// each is the loss of ReduceNone in float64.
	each   func(in ...optest.Array) optest.Array
	golden func(a optest.Attrs, in ...grad.Value) grad.Value
	target target // what the operands drawn at random are made to be
	tol    float64
}

// target turns the last operand, drawn from [-1, 1), to one that the loss takes.
type target int

const (
	asDrawn target = iota
	toSigns
	toBits
	toRows // distributions
)

func (k target) value(x grad.Value) grad.Value {
	switch k {
	case toSigns:
		return op.Sign(x)
	case toBits:
		return op.Heaviside(x, 0)
	case toRows:
		return op.Softmax(x, -1)
	}
	return x
}

func (k target) array(x optest.Array) optest.Array {
	r := x.Map(func(v float64) float64 {
		switch {
		case k == asDrawn:
			return v
		case v > 0:
			return 1
		case k == toSigns:
			return -1
		}
		return 0
	})
	if k == toRows {
		for i, row := range x.Rows() {
			for j, l := range logSoftmaxOf(row) {
				r.Data[i*len(row)+j] = math.Exp(l)
			}
		}
	}
	return r
}

func (l lossCase) run(t *testing.T) {
	t.Helper()
	n := len(l.in)
	for _, how := range []op.Reduction{op.ReduceMean, op.ReduceSum, op.ReduceNone} {
		for _, weighted := range []bool{false, true} {
			name, in := how.String(), l.in
			if weighted {
				first := l.in[0].Shape[:1]
				name, in = name+", weighted", append(in[:n:n], optest.Const(optest.In(0.2, 3, first...)))
			}
			c := optest.Case{
				Name: "unnamed", VJP: true, Tol: max(l.tol, 2e-6), Inputs: [][]optest.Input{in},
				Op: func(in ...grad.Value) grad.Value {
					var w grad.Value
					if weighted {
						w = in[n]
					}
					in = append([]grad.Value(nil), in[:n]...)
					in[n-1] = l.target.value(in[n-1])
					return l.of(how, w, in...)
				},
				Ref: func(in ...optest.Array) optest.Array {
					var w optest.Array
					if weighted {
						w = in[n]
					}
					in = append([]optest.Array(nil), in[:n]...)
					in[n-1] = l.target.array(in[n-1])
					return reduced(how, l.each(in...), w)
				},
			}
			if how == op.ReduceMean && !weighted {
				c.Name, c.Golden = l.name, l.golden
			}
			t.Run(name, func(t *testing.T) { optest.Run(t, c) })
		}
	}
}

// reduced is the formula in the doc of Reduction.
func reduced(how op.Reduction, losses, w optest.Array) optest.Array {
	sum, total := 0.0, 0.0
	r := optest.NewArray(losses.Shape...)
	for i, v := range losses.Data {
		k := 1.0
		if w.Valid() {
			k = w.Data[i*len(w.Data)/len(losses.Data)]
		}
		r.Data[i] = k * v
		sum, total = sum+k*v, total+k
	}
	switch how {
	case op.ReduceNone:
		return r
	case op.ReduceSum:
		return scalarOf(sum)
	}
	return scalarOf(sum / total)
}

// byElements is a reference of two operands, element by element.
func byElements(f func(x, t float64) float64) func(in ...optest.Array) optest.Array {
	return func(in ...optest.Array) optest.Array { return optest.Broadcast(in[0], in[1], f) }
}

// byRows is a reference of the rows of all operands.
func byRows(f func(rows ...[]float64) float64) func(in ...optest.Array) optest.Array {
	return func(in ...optest.Array) optest.Array {
		r := optest.NewArray(in[0].Shape[:1]...)
		for i := range r.Data {
			rows := make([][]float64, len(in))
			for k, a := range in {
				w := len(a.Data) / len(r.Data)
				rows[k] = a.Data[i*w : (i+1)*w]
			}
			r.Data[i] = f(rows...)
		}
		return r
	}
}

// setting reads a golden case's number; what is missing is 0.
func setting(a optest.Attrs, name string) float64 {
	if _, ok := a[name]; ok {
		return a.Float(name)
	}
	return 0
}

// flag reads a golden case's truth value; what is missing is false.
func flag(a optest.Attrs, name string) bool {
	_, ok := a[name]
	return ok && a.Bool(name)
}

func TestMSE(t *testing.T) {
	optest.Run(t, optest.Case{
		Name: "short form", VJP: true,
		Inputs: [][]optest.Input{{optest.F32(), optest.F32()}, {optest.F32(37), optest.F32(37)}},
		Large:  []optest.Input{optest.F32(50000), optest.F32(50000)},
		Op:     func(in ...grad.Value) grad.Value { return op.MSE(in[0], in[1]) },
		Ref: func(in ...optest.Array) optest.Array {
			d := optest.Broadcast(in[0], in[1], func(a, b float64) float64 { return (a - b) * (a - b) })
			return scalarOf(average(d.Data))
		},
	})
	lossCase{
		name: "loss_mse", in: []optest.Input{optest.F32(4, 3), optest.F32(4, 3)},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.MSELoss{Reduction: r, Weights: w}.Of(in[0], in[1])
		},
		each: byElements(func(x, t float64) float64 { return (x - t) * (x - t) }),
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			l := op.MSELoss{Reduction: reductionOf(a)}
			if len(in) > 2 {
				l.Weights = in[2]
			}
			return l.Of(in[0], in[1])
		},
	}.run(t)
}

func TestL1(t *testing.T) {
	lossCase{
		name: "loss_l1", in: []optest.Input{optest.F32(4, 3), optest.F32(4, 3)},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.L1Loss{Reduction: r, Weights: w}.Of(in[0], in[1])
		},
		each: byElements(func(x, t float64) float64 { return math.Abs(x - t) }),
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			l := op.L1Loss{Reduction: reductionOf(a)}
			if len(in) > 2 {
				l.Weights = in[2]
			}
			return l.Of(in[0], in[1])
		},
	}.run(t)
}

func huber64(d, delta float64) float64 {
	if a := math.Abs(d); a >= delta {
		return delta * (a - delta/2)
	}
	return d * d / 2
}

func TestHuber(t *testing.T) {
	lossCase{
		name: "loss_huber", in: []optest.Input{optest.F32(5, 3), optest.F32(5, 3)},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.HuberLoss{Reduction: r, Weights: w, Delta: 0.75}.Of(in[0], in[1])
		},
		each: byElements(func(x, t float64) float64 { return huber64(x-t, 0.75) }),
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.HuberLoss{Reduction: reductionOf(a), Delta: setting(a, "delta")}.Of(in[0], in[1])
		},
	}.run(t)
}

func TestSmoothL1(t *testing.T) {
	lossCase{
		name: "loss_smooth_l1", in: []optest.Input{optest.F32(5, 3), optest.F32(5, 3)},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.SmoothL1Loss{Reduction: r, Weights: w, Beta: 0.5}.Of(in[0], in[1])
		},
		each: byElements(func(x, t float64) float64 { return huber64(x-t, 0.5) / 0.5 }),
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.SmoothL1Loss{Reduction: reductionOf(a), Beta: setting(a, "beta")}.Of(in[0], in[1])
		},
	}.run(t)
}

func TestLogCosh(t *testing.T) {
	lossCase{
		name: "loss_log_cosh", in: []optest.Input{optest.F32(5, 3), optest.F32(5, 3)},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.LogCoshLoss{Reduction: r, Weights: w}.Of(in[0], in[1])
		},
		each: byElements(func(x, t float64) float64 { return math.Log(math.Cosh(x - t)) }),
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.LogCoshLoss{Reduction: reductionOf(a)}.Of(in[0], in[1])
		},
	}.run(t)
}

func TestQuantile(t *testing.T) {
	lossCase{
		name: "loss_quantile", in: []optest.Input{optest.F32(5, 3), optest.F32(5, 3)},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.QuantileLoss{Reduction: r, Weights: w, Quantile: 0.9}.Of(in[0], in[1])
		},
		each: byElements(func(x, t float64) float64 {
			if t > x {
				return 0.9 * (t - x)
			}
			return 0.1 * (x - t)
		}),
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.QuantileLoss{Reduction: reductionOf(a), Quantile: setting(a, "quantile")}.Of(in[0], in[1])
		},
	}.run(t)
}

func TestPoissonNLL(t *testing.T) {
	golden := func(a optest.Attrs, in ...grad.Value) grad.Value {
		return op.PoissonNLLLoss{Reduction: reductionOf(a), Rates: !a.Bool("log_input"), Full: flag(a, "full")}.Of(in[0], in[1])
	}
	lossCase{
		name: "loss_poisson_nll", in: []optest.Input{optest.F32(4, 3), optest.Const(optest.In(0.5, 6, 4, 3))},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.PoissonNLLLoss{Reduction: r, Weights: w, Full: true}.Of(in[0], in[1])
		},
		each: byElements(func(x, t float64) float64 {
			s := 0.0
			if t > 1 {
				s = t*math.Log(t) - t + 0.5*math.Log(2*math.Pi*t)
			}
			return math.Exp(x) - t*x + s
		}),
		golden: golden,
	}.run(t)
	lossCase{
		name: "loss_poisson_nll", in: []optest.Input{optest.In(0.2, 4, 4, 3), optest.In(0.5, 6, 4, 3)},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.PoissonNLLLoss{Reduction: r, Weights: w, Rates: true}.Of(in[0], in[1])
		},
		each:   byElements(func(x, t float64) float64 { return x - t*math.Log(x+1e-8) }),
		golden: golden,
	}.run(t)
}

func TestGaussianNLL(t *testing.T) {
	lossCase{
		name: "loss_gaussian_nll", in: []optest.Input{optest.F32(4, 3), optest.F32(4, 3), optest.In(0.3, 3, 4, 3)},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.GaussianNLLLoss{Reduction: r, Weights: w, Full: true}.Of(in[0], in[1], in[2])
		},
		each: func(in ...optest.Array) optest.Array {
			d := optest.Broadcast(in[0], in[1], func(x, t float64) float64 { return (x - t) * (x - t) })
			return optest.Broadcast(d, in[2], func(d, v float64) float64 { return 0.5 * (math.Log(v) + d/v + math.Log(2*math.Pi)) })
		},
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.GaussianNLLLoss{Reduction: reductionOf(a), Full: flag(a, "full"), Eps: setting(a, "eps")}.Of(in[0], in[1], in[2])
		},
	}.run(t)
}
