package op_test

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
)

func scalarOf(v float64) optest.Array {
	a := optest.NewArray()
	a.Data[0] = v
	return a
}

// logSoftmaxOf is the plain one of a row.
func logSoftmaxOf(row []float64) []float64 {
	m, s := math.Inf(-1), 0.0
	for _, v := range row {
		m = max(m, v)
	}
	for _, v := range row {
		s += math.Exp(v - m)
	}
	r := make([]float64, len(row))
	for i, v := range row {
		r[i] = v - m - math.Log(s)
	}
	return r
}

// classes are the settings of a loss of classes for its reference.
type classes struct {
	how       op.Reduction
	smoothing float64
	ignored   int // −1: none
	logs      bool
}

// ref is the plain loss: x, ids or probabilities, and weights of classes and rows, which may be left out.
func (k classes) ref(in ...optest.Array) optest.Array {
	at := func(i, j int) float64 {
		if len(in) <= i || !in[i].Valid() {
			return 1
		}
		return in[i].Data[j]
	}
	ids := len(in[1].Shape) < len(in[0].Shape)
	losses := optest.NewArray(in[0].Shape[:len(in[0].Shape)-1]...)
	var sum, total float64
	for i, row := range in[0].Rows() {
		lp, w := row, at(3, i)
		if !k.logs {
			lp = logSoftmaxOf(row)
		}
		if ids && int(in[1].Data[i]) == k.ignored {
			continue
		}
		for j, l := range lp {
			t := 0.0
			if !ids {
				t = in[1].Data[i*len(row)+j]
			} else if int(in[1].Data[i]) == j {
				t = 1
			}
			losses.Data[i] -= w * at(2, j) * ((1-k.smoothing)*t + k.smoothing/float64(len(row))) * l
		}
		sum += losses.Data[i]
		if ids {
			w *= at(2, int(in[1].Data[i]))
		}
		total += w
	}
	switch k.how {
	case op.ReduceSum:
		return scalarOf(sum)
	case op.ReduceNone:
		return losses
	}
	return scalarOf(sum / total)
}

// crossEntropyOf is the loss of these settings, of weights where they are given, of probabilities made to add up to 1.
func crossEntropyOf(k classes) func(in ...grad.Value) grad.Value {
	return func(in ...grad.Value) grad.Value {
		l := op.CrossEntropyLoss{Reduction: k.how, LabelSmoothing: k.smoothing, Ignore: k.ignored >= 0, IgnoreIndex: max(k.ignored, 0)}
		if len(in) > 2 {
			l.ClassWeights = in[2]
		}
		if len(in) > 3 {
			l.Weights = in[3]
		}
		return l.Of(in[0], in[1])
	}
}

func TestCrossEntropy(t *testing.T) {
	classWeights, weights := optest.Const(optest.In(0.2, 4, 7)), optest.Const(optest.In(0.1, 3, 5))
	halves := optest.Const(optest.In(0.5, 0.5, 5, 2)) // rows that add up to 1
	for name, k := range map[string]classes{
		"mean": {ignored: -1}, "sum": {how: op.ReduceSum, ignored: -1}, "none": {how: op.ReduceNone, ignored: -1},
		"smoothed": {smoothing: 0.3, ignored: -1}, "ignoring": {ignored: 2}, "all": {how: op.ReduceNone, smoothing: 0.1, ignored: 1},
	} {
		c := optest.Case{
			Name: "loss_cross_entropy", VJP: true,
			Inputs: [][]optest.Input{
				{optest.F32(5, 7), optest.IDs(7, 5)}, {optest.In(-40, 40, 9, 7), optest.IDs(7, 9), classWeights},
				{optest.F32(2, 3, 19), optest.IDs(19, 2, 3)}, {optest.F32(5, 7), optest.IDs(7, 5), optest.None(), weights},
				{optest.F32(5, 7), optest.IDs(7, 5), classWeights, weights}, {optest.F32(7), optest.IDs(1)},
			},
			Large: []optest.Input{optest.F32(3000, 10), optest.IDs(10, 3000)},
			Op:    crossEntropyOf(k), Ref: k.ref,
			Golden: goldenCrossEntropy, Tol: 2e-6, LargeTol: 1e-5,
		}
		if k.ignored < 0 {
			c.Inputs = append(c.Inputs, []optest.Input{optest.F32(1), optest.IDs(1)}, []optest.Input{optest.F32(5, 2), halves},
				[]optest.Input{optest.F32(5, 2), halves, optest.Const(optest.In(0.2, 4, 2)), weights})
		}
		if k.how != op.ReduceMean {
			c.Inputs = append(c.Inputs, []optest.Input{optest.F32(0, 3), optest.IDs(3, 0)})
		}
		t.Run(name, func(t *testing.T) { optest.Run(t, c) })
	}
}

// reductionOf reads a golden case's.
func reductionOf(a optest.Attrs) op.Reduction {
	return map[any]op.Reduction{nil: op.ReduceMean, "mean": op.ReduceMean, "sum": op.ReduceSum, "none": op.ReduceNone}[a["reduction"]]
}

func goldenCrossEntropy(a optest.Attrs, in ...grad.Value) grad.Value {
	l := op.CrossEntropyLoss{Reduction: reductionOf(a)}
	if _, ok := a["label_smoothing"]; ok {
		l.LabelSmoothing = a.Float("label_smoothing")
	}
	if _, ok := a["ignore_index"]; ok {
		l.Ignore, l.IgnoreIndex = true, a.Int("ignore_index")
	}
	if len(in) > 2 {
		l.ClassWeights = in[2]
	}
	return l.Of(in[0], in[1])
}

func TestNLL(t *testing.T) {
	classWeights, weights := optest.Const(optest.In(0.2, 4, 7)), optest.Const(optest.In(0.1, 3, 5))
	for name, k := range map[string]classes{
		"mean": {ignored: 3}, "sum": {how: op.ReduceSum, ignored: -1}, "none": {how: op.ReduceNone, ignored: 0},
	} {
		k.logs = true
		of := func(in ...grad.Value) grad.Value {
			l := op.NLLLoss{Reduction: k.how, Ignore: k.ignored >= 0, IgnoreIndex: max(k.ignored, 0)}
			if len(in) > 2 {
				l.ClassWeights = in[2]
			}
			if len(in) > 3 {
				l.Weights = in[3]
			}
			return l.Of(in[0], in[1])
		}
		t.Run(name, func(t *testing.T) {
			optest.Run(t, optest.Case{
				Name: "loss_nll", VJP: true,
				Inputs: [][]optest.Input{
					{optest.F32(5, 7), optest.IDs(7, 5)}, {optest.F32(2, 5, 7), optest.IDs(7, 2, 5), classWeights},
					{optest.F32(5, 7), optest.IDs(7, 5), classWeights, weights},
				},
				Large: []optest.Input{optest.F32(3000, 10), optest.IDs(10, 3000)},
				Op:    of, Ref: k.ref,
				Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
					l := op.NLLLoss{Reduction: reductionOf(a)}
					if _, ok := a["ignore_index"]; ok {
						l.Ignore, l.IgnoreIndex = true, a.Int("ignore_index")
					}
					if len(in) > 2 {
						l.ClassWeights = in[2]
					}
					return l.Of(in[0], in[1])
				},
				LargeTol: 1e-5,
			})
		})
	}
}
