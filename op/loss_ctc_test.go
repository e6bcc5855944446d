package op_test

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

// ctcOf is −ln of the summed probability of every path of classes that reads as the labels.
func ctcOf(x optest.Array, n int, labels []float64, steps int, blank float64) float64 {
	var total float64
	var walk func(t, read int, last, logP float64)
	walk = func(t, read int, last, logP float64) {
		if t == steps {
			if read == len(labels) {
				total += math.Exp(logP)
			}
			return
		}
		for k := range x.Dim(2) {
			class, p, r := float64(k), logP+x.Data[x.Index(t, n, k)], read
			if class != blank && class != last {
				if read == len(labels) || class != labels[read] {
					continue
				}
				r++
			}
			walk(t+1, r, class, p)
		}
	}
	walk(0, 0, blank, 0)
	return -math.Log(total)
}

func TestCTC(t *testing.T) {
	// Lengths of 1 or 2 always fit 4 steps, or 3 where the two labels differ.
	ints := func(low, high float64, shape ...int) optest.Input {
		return optest.Input{Shape: shape, DType: tensor.I32, Low: low, High: high, Constant: true}
	}
	for name, how := range map[string]op.Reduction{"mean": op.ReduceMean, "sum": op.ReduceSum, "none": op.ReduceNone} {
		ref := func(in ...optest.Array) optest.Array {
			n := in[0].Dim(1)
			losses, total := optest.NewArray(n), 0.0
			for i := range n {
				k := int(in[3].Data[i])
				losses.Data[i] = ctcOf(in[0], i, in[1].Rows()[i][:k], int(in[2].Data[i]), 0)
				if how == op.ReduceMean {
					total += losses.Data[i] / float64(max(k, 1)) / float64(n)
				} else {
					total += losses.Data[i]
				}
			}
			if how == op.ReduceNone {
				return losses
			}
			return scalarOf(total)
		}
		t.Run(name, func(t *testing.T) {
			optest.Run(t, optest.Case{
				Name: "loss_ctc",
				Inputs: [][]optest.Input{
					{optest.In(-3, 0, 5, 3, 3), ints(1, 3, 3, 2), ints(4, 6, 3), ints(0, 3, 3)},
					{optest.In(-3, 0, 1, 2, 2), ints(1, 2, 2, 1), ints(1, 2, 2), ints(0, 2, 2)},
				},
				Large: []optest.Input{optest.In(-3, 0, 90, 7, 11), ints(1, 11, 7, 20), ints(60, 91, 7), ints(0, 21, 7)},
				Op: func(in ...grad.Value) grad.Value {
					return op.CTCLoss{Reduction: how}.Of(in[0], in[1], in[2], in[3])
				},
				Ref: ref,
				Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
					l := op.CTCLoss{Reduction: reductionOf(a), Blank: a.Int("blank"), ZeroInfinity: a.Bool("zero_infinity")}
					return l.Of(op.LogSoftmax(in[0], -1), in[1], in[2], in[3])
				},
			})
		})
	}
}

func TestCTCRefuses(t *testing.T) {
	of := func(l op.CTCLoss) loss {
		return func(in ...grad.Value) grad.Value { return l.Of(in[0], in[1], in[2], in[3]) }
	}
	x := tensor.New(tensor.F32, 3, 2, 4)
	labels := func(v ...int32) tensor.Tensor { return tensor.From(v, 2, len(v)/2) }
	refusedLosses(t, []badLoss{
		{of(op.CTCLoss{}), []tensor.Tensor{x, labels(1, 2, 3, 3), idsOf(3, 4), idsOf(2, 2)}, "op.CTCLoss at loss_ctc_test.go|sample 1 has 4 steps; 1 to 3 wanted, the length of x"},
		{of(op.CTCLoss{}), []tensor.Tensor{x, labels(1, 2, 3, 3), idsOf(0, 3), idsOf(2, 2)}, "sample 0 has 0 steps"},
		{of(op.CTCLoss{}), []tensor.Tensor{x, labels(1, 2, 3, 1), idsOf(3, 3), idsOf(2, 3)}, "sample 1 has 3 labels; 0 to 2 wanted"},
		{of(op.CTCLoss{}), []tensor.Tensor{x, labels(1, 2, 3, 1), idsOf(3, 3), idsOf(-1, 2)}, "sample 0 has -1 labels"},
		{of(op.CTCLoss{}), []tensor.Tensor{x, labels(1, 2, 3, 3), idsOf(3, 2), idsOf(2, 2)}, "sample 1 has 2 steps; its labels need 3, with a blank between"},
		{of(op.CTCLoss{}), []tensor.Tensor{x, labels(1, 0, 3, 1), idsOf(3, 3), idsOf(2, 2)}, "label 1 of sample 0 is 0; classes 0 to 3 other than the blank, 0, wanted"},
		{of(op.CTCLoss{Blank: 3}), []tensor.Tensor{x, labels(1, 0, 4, 1), idsOf(3, 3), idsOf(2, 2)}, "label 0 of sample 1 is 4"},
		{of(op.CTCLoss{Blank: 4}), []tensor.Tensor{x, labels(1, 2, 3, 1), idsOf(3, 3), idsOf(2, 2)}, "the blank is class 4; there are 4 classes"},
		{of(op.CTCLoss{}), []tensor.Tensor{x, idsOf(1, 2), idsOf(3, 3), idsOf(2, 2)}, "i32 labels [2 S], steps [2] and lengths [2] wanted"},
		{of(op.CTCLoss{}), []tensor.Tensor{vec(1, 2), labels(1, 2), idsOf(3, 3), idsOf(2, 2)}, "x [T N C] wanted"},
		{of(op.CTCLoss{}), []tensor.Tensor{tensor.New(tensor.F32, 3, 0, 4), tensor.New(tensor.I32, 0, 1), tensor.New(tensor.I32, 0), tensor.New(tensor.I32, 0)},
			"op.CTCLoss|the mean of an empty batch isn't defined"},
	})
}
