package op_test

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
)

// overAxis applies f to each line of x along the axis.
func overAxis(x optest.Array, axis int, f func([]float64) []float64) optest.Array {
	if axis < 0 {
		axis += len(x.Shape)
	}
	y := optest.NewArray(x.Shape...)
	n, stride := x.Shape[axis], 1
	for _, d := range x.Shape[axis+1:] {
		stride *= d
	}
	x.Each(func(at []int, place int) {
		if at[axis] != 0 {
			return
		}
		line := make([]float64, n)
		for i := range line {
			line[i] = x.Data[place+i*stride]
		}
		for i, v := range f(line) {
			y.Data[place+i*stride] = v
		}
	})
	return y
}

func softmaxCase(name string, axis int, f func(grad.Value, int) grad.Value, ref func([]float64) []float64) optest.Case {
	return optest.Case{
		Name: name, VJP: true, Tol: 2e-6,
		Inputs: [][]optest.Input{{optest.F32(3, 5)}, {optest.In(-30, 30, 2, 7, 3)}, {optest.F32(1, 1)}, {optest.F32(0, 3)}, {optest.F32(3, 33)}},
		Large:  []optest.Input{optest.F32(300, 101)},
		Op:     func(in ...grad.Value) grad.Value { return f(in[0], axis) },
		Ref:    func(in ...optest.Array) optest.Array { return overAxis(in[0], axis, ref) },
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value { return f(in[0], a.Int("axis")) },
	}
}

func TestSoftmax(t *testing.T) {
	ref := func(row []float64) []float64 {
		r := logSoftmaxOf(row)
		for i, v := range r {
			r[i] = math.Exp(v)
		}
		return r
	}
	optest.Run(t, softmaxCase("softmax", -1, op.Softmax, ref))
	optest.Run(t, softmaxCase("softmax", 1, op.Softmax, ref))
	c := softmaxCase("none", 0, op.Softmax, ref)
	c.Inputs, c.Golden = c.Inputs[:3], nil
	optest.Run(t, c)
}

func TestLogSoftmax(t *testing.T) {
	optest.Run(t, softmaxCase("log_softmax", 1, op.LogSoftmax, logSoftmaxOf))
}
