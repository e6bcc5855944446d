package op_test

import (
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// loss applies a loss to the operands of a test.
type loss func(in ...grad.Value) grad.Value

// badLoss is an input that a loss refuses, and what its error says; parts are separated by |.
type badLoss struct {
	f    loss
	x    []tensor.Tensor
	want string
}

func vec(v ...float32) tensor.Tensor { return tensor.From(v) }

func mat(rows int, v ...float32) tensor.Tensor { return tensor.From(v, rows, len(v)/rows) }

func idsOf(v ...int32) tensor.Tensor { return tensor.From(v) }

func refusedLosses(t *testing.T, cases []badLoss) {
	t.Helper()
	for _, c := range cases {
		got := fails(t, func(in ...grad.Value) { c.f(in...) }, c.x...)
		for _, part := range strings.Split(c.want, "|") {
			if !strings.Contains(got, part) {
				t.Errorf("error %q, %q wanted in it", got, part)
			}
		}
	}
}

func TestLossesOfClassesRefuse(t *testing.T) {
	ce := func(l op.CrossEntropyLoss) loss {
		return func(in ...grad.Value) grad.Value {
			if len(in) > 2 {
				l.ClassWeights = in[2]
			}
			if len(in) > 3 {
				l.Weights = in[3]
			}
			return l.Of(in[0], in[1])
		}
	}
	nll := func(in ...grad.Value) grad.Value { return op.NLLLoss{}.Of(in[0], in[1]) }
	plain, sum := ce(op.CrossEntropyLoss{}), ce(op.CrossEntropyLoss{Reduction: op.ReduceSum})
	z := func(shape ...int) tensor.Tensor { return tensor.New(tensor.F32, shape...) }
	ignoring := op.CrossEntropyLoss{Ignore: true, IgnoreIndex: -100}
	refusedLosses(t, []badLoss{
		{plain, []tensor.Tensor{z(2, 3), idsOf(0, 3)}, "op.CrossEntropy at loss_bad_test.go:|logits [2 3], target [2] i32|the id at position 1 is 3; there are 3 classes, 0 to 2"},
		{ce(ignoring), []tensor.Tensor{z(2, 3), idsOf(-100, -1)}, "position 1 is -1"},
		{ce(ignoring), []tensor.Tensor{z(2, 3), idsOf(-100, -100)}, "the mean isn't defined: all rows are ignored"},
		{ce(ignoring), []tensor.Tensor{z(2, 2), mat(2, 0, 1, 1, 0)}, "give probabilities weights of 0"},
		{plain, []tensor.Tensor{z(2, 3), idsOf(1)}, "one id for each row of logits wanted: shape [2]"},
		{plain, []tensor.Tensor{z(2, 3), z(2)}, "ids are i32"},
		{plain, []tensor.Tensor{z(2, 3), tensor.New(tensor.I64, 2)}, "the target is i64; i32 ids"},
		{plain, []tensor.Tensor{z(2, 3), mat(2, 0.5, 0.25, 0.25, 0.5, 0.25, 0.5)}, "row 1 adds up to 1.25; probabilities of at least 0 that add up to 1"},
		{plain, []tensor.Tensor{z(1, 2), mat(1, 1.5, -0.5)}, "element 1 is -0.5"},
		{plain, []tensor.Tensor{z(0, 3), tensor.New(tensor.I32, 0)}, "the mean of an empty batch isn't defined"},
		{nll, []tensor.Tensor{z(0, 3), tensor.New(tensor.I32, 0)}, "op.NLLLoss|the mean of an empty batch isn't defined"},
		{nll, []tensor.Tensor{z(2, 3), idsOf(0, 3)}, "op.NLLLoss|position 1 is 3"},
		{nll, []tensor.Tensor{z(2, 3), z(2, 3)}, "op.NLLLoss|i32 ids wanted"},
		{plain, []tensor.Tensor{z(1, 3), idsOf(0), vec(1, 1)}, "one weight for each of 3 classes"},
		{plain, []tensor.Tensor{z(1, 3), idsOf(0), vec(1, -1, 1)}, "of the weights of classes, element 1 is -1; finite weights of at least 0"},
		{sum, []tensor.Tensor{z(1, 2), idsOf(0), vec(1, 1), vec(-1)}, "of the weights of rows, element 0 is -1"},
		{plain, []tensor.Tensor{z(1, 2), idsOf(0), vec(1, 1), vec(0)}, "have weights of 0"},
		{plain, []tensor.Tensor{z(2, 2), idsOf(0, 0), vec(1, 1), vec(1)}, "weights of the rows' shape [2], or of its first dimensions"},
		{ce(op.CrossEntropyLoss{LabelSmoothing: 1}), []tensor.Tensor{z(1, 2), idsOf(0)}, "op.CrossEntropyLoss|LabelSmoothing is 1; a number in [0, 1) wanted"},
		{ce(op.CrossEntropyLoss{Reduction: 3}), []tensor.Tensor{z(1, 2), idsOf(0)}, "reduction 3; ReduceMean, ReduceSum or ReduceNone wanted"},
	})
}
