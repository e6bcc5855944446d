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

func TestMSE(t *testing.T) {
	optest.Run(t, optest.Case{
		Name: "loss_mse", VJP: true,
		Inputs: [][]optest.Input{{optest.F32(4, 3), optest.F32(4, 3)}, {optest.F32(), optest.F32()}, {optest.F32(37), optest.F32(37)}},
		Large:  []optest.Input{optest.F32(50000), optest.F32(50000)},
		Op:     func(in ...grad.Value) grad.Value { return op.MSE(in[0], in[1]) },
		Ref: func(in ...optest.Array) optest.Array {
			d := optest.Broadcast(in[0], in[1], func(a, b float64) float64 { return (a - b) * (a - b) })
			return scalarOf(average(d.Data))
		},
	})
}

func TestBCEWithLogits(t *testing.T) {
	optest.Run(t, optest.Case{
		Name: "loss_bce_with_logits", VJP: true,
		Inputs: [][]optest.Input{
			{optest.F32(4, 3), optest.Const(optest.In(0, 1, 4, 3))}, {optest.In(-30, 30, 35), optest.Const(optest.In(0, 1, 35))},
		},
		Large: []optest.Input{optest.F32(50000), optest.Const(optest.In(0, 1, 50000))},
		Op:    func(in ...grad.Value) grad.Value { return op.BCEWithLogits(in[0], in[1]) },
		Ref: func(in ...optest.Array) optest.Array {
			d := optest.Broadcast(in[0], in[1], func(x, t float64) float64 {
				return max(x, 0) - x*t + math.Log1p(math.Exp(-math.Abs(x)))
			})
			return scalarOf(average(d.Data))
		},
		LargeTol: 1e-5,
	})
}

// crossEntropyRef is the plain loss; ids or probabilities; weights may be left out.
func crossEntropyRef(in ...optest.Array) optest.Array {
	w := func(j int) float64 {
		if len(in) > 2 {
			return in[2].Data[j]
		}
		return 1
	}
	var loss, n float64
	for i, row := range in[0].Rows() {
		l := logSoftmaxOf(row)
		if len(in[1].Shape) < len(in[0].Shape) {
			id := int(in[1].Data[i])
			loss, n = loss-w(id)*l[id], n+w(id)
			continue
		}
		for j := range l {
			loss -= w(j) * in[1].Data[i*len(row)+j] * l[j]
		}
		n++
	}
	return scalarOf(loss / n)
}

func crossEntropy(in ...grad.Value) grad.Value {
	ids := in[1].Rank() < in[0].Rank()
	switch {
	case ids && len(in) == 2:
		return op.CrossEntropy(in[0], in[1])
	case ids:
		return op.CrossEntropyWeighted(in[0], in[1], in[2])
	case len(in) == 2:
		return op.CrossEntropyProbs(in[0], in[1])
	}
	return op.CrossEntropyProbsWeighted(in[0], in[1], in[2])
}

func TestCrossEntropy(t *testing.T) {
	weights := optest.Const(optest.In(0.2, 4, 7))
	optest.Run(t, optest.Case{
		Name: "loss_cross_entropy",
		Inputs: [][]optest.Input{
			{optest.F32(5, 7), optest.IDs(7, 5)}, {optest.In(-40, 40, 9, 7), optest.IDs(7, 9), weights}, {optest.F32(2, 3, 19), optest.IDs(19, 2, 3)},
			{optest.F32(5, 7), optest.Const(optest.In(0, 1, 5, 7))}, {optest.F32(5, 7), optest.Const(optest.In(0, 1, 5, 7)), weights},
			{optest.F32(1), optest.IDs(1)}, {optest.F32(0, 3), optest.IDs(3, 0)},
		},
		Large: []optest.Input{optest.F32(3000, 10), optest.IDs(10, 3000)},
		Op:    crossEntropy, Ref: crossEntropyRef,
		Golden:   func(_ optest.Attrs, in ...grad.Value) grad.Value { return crossEntropy(in...) },
		Tol:      2e-6,
		LargeTol: 1e-5,
	})
}
