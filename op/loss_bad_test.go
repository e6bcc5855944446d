package op_test

import (
	"math"
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
		{plain, []tensor.Tensor{z(4, 0), z(4, 0)}, "op.CrossEntropy|rows of no classes"},
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
		{ce(op.CrossEntropyLoss{IgnoreIndex: 1}), []tensor.Tensor{z(1, 2), idsOf(0)}, "op.CrossEntropyLoss|IgnoreIndex is 1; it with Ignore, or neither, wanted"},
		{ce(op.CrossEntropyLoss{Ignore: true, IgnoreIndex: math.MaxInt}), []tensor.Tensor{z(1, 2), idsOf(0)}, "IgnoreIndex is 9.223372036854776e+18; an i32 wanted"},
		{ce(op.CrossEntropyLoss{Reduction: 3}), []tensor.Tensor{z(1, 2), idsOf(0)}, "reduction 3; ReduceMean, ReduceSum or ReduceNone wanted"},
	})
}

// every has each loss with its usual settings, and operands of n samples that it takes.
func every(how op.Reduction, n int) map[string]badLoss {
	f := func(v float32, shape ...int) tensor.Tensor {
		x := tensor.New(tensor.F32, shape...)
		for i := range tensor.Of[float32](x) {
			tensor.Of[float32](x)[i] = v
		}
		return x
	}
	ids := func(shape ...int) tensor.Tensor { return tensor.New(tensor.I32, shape...) }
	two := func(of func(a, b grad.Value) grad.Value, x, y tensor.Tensor) badLoss {
		return badLoss{func(in ...grad.Value) grad.Value { return of(in[0], in[1]) }, []tensor.Tensor{x, y}, ""}
	}
	three := func(of func(a, b, c grad.Value) grad.Value, x, y, z tensor.Tensor) badLoss {
		return badLoss{func(in ...grad.Value) grad.Value { return of(in[0], in[1], in[2]) }, []tensor.Tensor{x, y, z}, ""}
	}
	x, one := f(0.5, n, 2), f(1, n, 2)
	return map[string]badLoss{
		"L1Loss":                   two(op.L1Loss{Reduction: how}.Of, x, x),
		"MSELoss":                  two(op.MSELoss{Reduction: how}.Of, x, x),
		"HuberLoss":                two(op.HuberLoss{Reduction: how}.Of, x, x),
		"SmoothL1Loss":             two(op.SmoothL1Loss{Reduction: how}.Of, x, x),
		"LogCoshLoss":              two(op.LogCoshLoss{Reduction: how}.Of, x, x),
		"QuantileLoss":             two(op.QuantileLoss{Reduction: how}.Of, x, x),
		"PoissonNLLLoss":           two(op.PoissonNLLLoss{Reduction: how}.Of, x, x),
		"GaussianNLLLoss":          three(op.GaussianNLLLoss{Reduction: how}.Of, x, x, one),
		"BCELoss":                  two(op.BCELoss{Reduction: how}.Of, x, x),
		"BCEWithLogitsLoss":        two(op.BCEWithLogitsLoss{Reduction: how}.Of, x, x),
		"MultiLabelSoftMarginLoss": two(op.MultiLabelSoftMarginLoss{Reduction: how}.Of, x, x),
		"KLDivLoss":                two(op.KLDivLoss{Reduction: how}.Of, x, x),
		"JSDivLoss":                two(op.JSDivLoss{Reduction: how}.Of, f(-0.7, n, 2), x),
		"HingeLoss":                two(op.HingeLoss{Reduction: how}.Of, x, one),
		"HingeEmbeddingLoss":       two(op.HingeEmbeddingLoss{Reduction: how}.Of, x, one),
		"MarginRankingLoss":        three(op.MarginRankingLoss{Reduction: how}.Of, x, x, one),
		"SoftMarginLoss":           two(op.SoftMarginLoss{Reduction: how}.Of, x, one),
		"MultiMarginLoss":          two(op.MultiMarginLoss{Reduction: how}.Of, x, ids(n)),
		"FocalLoss":                two(op.FocalLoss{Reduction: how}.Of, x, ids(n)),
		"DiceLoss":                 two(op.DiceLoss{Reduction: how}.Of, x, x),
		"CosineEmbeddingLoss":      three(op.CosineEmbeddingLoss{Reduction: how}.Of, x, x, f(1, n)),
		"TripletMarginLoss":        three(op.TripletMarginLoss{Reduction: how}.Of, x, x, x),
		"ContrastiveLoss":          three(op.ContrastiveLoss{Reduction: how}.Of, x, x, f(1, n)),
		"InfoNCELoss":              two(op.InfoNCELoss{Reduction: how}.Of, x, x),
		"NLLLoss":                  two(op.NLLLoss{Reduction: how}.Of, x, ids(n)),
		"CrossEntropyLoss":         two(op.CrossEntropyLoss{Reduction: how}.Of, x, ids(n)),
	}
}

// Every loss names itself where the batch is empty, the reduction unknown, shapes differ or the dtype is wrong.
func TestEveryLossRefuses(t *testing.T) {
	for name, l := range every(op.ReduceMean, 0) {
		l.want = "op." + strings.TrimSuffix(name, "Loss") + "|the mean of an empty batch isn't defined; ReduceSum gives 0"
		refusedLosses(t, []badLoss{l})
	}
	for name, l := range every(op.Reduction(7), 3) {
		l.want = "op." + strings.TrimSuffix(name, "Loss") + "|reduction 7; ReduceMean, ReduceSum or ReduceNone wanted"
		refusedLosses(t, []badLoss{l})
	}
	for name, l := range every(op.ReduceMean, 3) { // the first operand has a row more than the others
		l.x[0], l.want = tensor.New(tensor.F32, 4, 2), "op."+strings.TrimSuffix(name, "Loss")+"|[4 2]"
		refusedLosses(t, []badLoss{l})
	}
	for name, l := range every(op.ReduceMean, 3) {
		l.x[0], l.want = tensor.New(tensor.I32, 3, 2), "op."+strings.TrimSuffix(name, "Loss")+"|[3 2] i32|f32"
		refusedLosses(t, []badLoss{l})
	}
}

// The sum of an empty batch is 0, and its losses are none.
func TestEveryLossOfNothing(t *testing.T) {
	for _, how := range []op.Reduction{op.ReduceSum, op.ReduceNone} {
		for name, l := range every(how, 0) {
			got := tensor.New(tensor.F32, 1)
			err := grad.NewTape(grad.Config{}).Eval(grad.Train, func(s *grad.Step) error {
				in := make([]grad.Value, len(l.x))
				for i := range l.x {
					in[i] = s.Input(l.x[i])
				}
				s.ReadTensor(l.f(in...), &got)
				return nil
			})
			if err != nil {
				t.Errorf("%s, %v: %v", name, how, err)
			} else if how == op.ReduceSum && (got.Numel() != 1 || tensor.Of[float32](got)[0] != 0) || how == op.ReduceNone && got.Numel() != 0 {
				t.Errorf("%s, %v: %v", name, how, got)
			}
		}
	}
}

func TestLossesRefuseElements(t *testing.T) {
	weighted := func(in ...grad.Value) grad.Value { return op.HuberLoss{Weights: in[2]}.Of(in[0], in[1]) }
	summed := func(in ...grad.Value) grad.Value {
		return op.HuberLoss{Weights: in[2], Reduction: op.ReduceSum}.Of(in[0], in[1])
	}
	two := func(of func(a, b grad.Value) grad.Value) loss {
		return func(in ...grad.Value) grad.Value { return of(in[0], in[1]) }
	}
	three := func(of func(a, b, c grad.Value) grad.Value) loss {
		return func(in ...grad.Value) grad.Value { return of(in[0], in[1], in[2]) }
	}
	nan := float32(math.NaN())
	x, m, z := vec(0.5, 0.5), mat(2, 1, 2, 3, 4), mat(2, 0, 0, 0, 0)
	refusedLosses(t, []badLoss{
		{weighted, []tensor.Tensor{x, x, vec(1, -2)}, "op.HuberLoss at loss_bad_test.go:|weights [2]|element 1 is -2; finite weights of at least 0, not all 0, wanted"},
		{weighted, []tensor.Tensor{x, x, vec(0, 0)}, "they add up to 0"},
		{weighted, []tensor.Tensor{x, x, vec(1, nan)}, "element 1 is NaN"},
		{summed, []tensor.Tensor{x, x, vec(1, float32(math.Inf(1)))}, "element 1 is +Inf; finite weights of at least 0 wanted"},
		{weighted, []tensor.Tensor{m, m, vec(1, 2, 3)}, "losses [2 2], weights [3]|of the losses' shape, or of its first dimensions"},
		{weighted, []tensor.Tensor{x, x, idsOf(1, 2)}, "weights [2] i32|f32 weights"},
		{two(op.BCELoss{}.Of), []tensor.Tensor{vec(0.5, 1.25), x}, "op.BCELoss|x [2]: element 1 is 1.25; probabilities from 0 to 1 wanted"},
		{two(op.BCELoss{}.Of), []tensor.Tensor{x, vec(0, -1)}, "target [2]: element 1 is -1"},
		{two(op.BCEWithLogits), []tensor.Tensor{x, vec(0, 2)}, "op.BCEWithLogitsLoss|target [2]: element 1 is 2"},
		{two(op.PoissonNLLLoss{}.Of), []tensor.Tensor{x, vec(-1, 2)}, "op.PoissonNLLLoss|target [2]: element 0 is -1; numbers of at least 0"},
		{two(op.PoissonNLLLoss{Rates: true}.Of), []tensor.Tensor{vec(1, -3), x}, "x [2]: element 1 is -3"},
		{three(op.GaussianNLLLoss{}.Of), []tensor.Tensor{x, x, vec(1, -1)}, "op.GaussianNLLLoss|variance [2]: element 1 is -1; numbers of at least 0"},
		{two(op.KLDivLoss{}.Of), []tensor.Tensor{m, mat(2, 0.5, 0.5, 0.5, 0.75)}, "op.KLDivLoss|target [2 2]: row 1 adds up to 1.25; probabilities of at least 0 that add up to 1 in each row"},
		{two(op.KLDivLoss{}.Of), []tensor.Tensor{m, mat(2, 1.5, -0.5, 1, 0)}, "element 1 is -0.5"},
		{two(op.KLDivLoss{LogTarget: true}.Of), []tensor.Tensor{m, m}, "element 0 is 1; logarithms of probabilities, at most 0, wanted"},
		{two(op.KLDivLoss{}.Of), []tensor.Tensor{tensor.New(tensor.F32, 2, 0), tensor.New(tensor.F32, 2, 0)}, "rows wanted: at least one element"},
		{two(op.JSDivLoss{}.Of), []tensor.Tensor{z, mat(2, 0.5, 0.5, 0.5, 0.75)}, "op.JSDivLoss|row 1 adds up to 1.25"},
		{two(op.JSDivLoss{}.Of), []tensor.Tensor{m, mat(2, 1, 0, 1, 0)}, "x [2 2]: element 0 is 1"},
		{two(op.HingeLoss{}.Of), []tensor.Tensor{x, vec(0, 1)}, "op.HingeLoss|element 0 is 0; -1 or 1 wanted"},
		{two(op.HingeEmbeddingLoss{}.Of), []tensor.Tensor{x, vec(1, 2)}, "op.HingeEmbeddingLoss|element 1 is 2"},
		{two(op.SoftMarginLoss{}.Of), []tensor.Tensor{x, vec(1, 2)}, "op.SoftMarginLoss|element 1 is 2"},
		{three(op.MarginRankingLoss{}.Of), []tensor.Tensor{x, x, vec(1, 0)}, "op.MarginRankingLoss|element 1 is 0"},
		{three(op.CosineEmbeddingLoss{}.Of), []tensor.Tensor{m, m, vec(1, 0)}, "op.CosineEmbeddingLoss|element 1 is 0; -1 or 1"},
		{three(op.ContrastiveLoss{}.Of), []tensor.Tensor{m, m, vec(1, -1)}, "op.ContrastiveLoss|element 1 is -1; 0 or 1 wanted"},
		{three(op.ContrastiveLoss{}.Of), []tensor.Tensor{m, m, vec(1)}, "op.ContrastiveLoss|distance [2], target [1]"},
		{two(op.MultiMarginLoss{}.Of), []tensor.Tensor{m, idsOf(0, 2)}, "op.MultiMarginLoss|ids [2]: the id at position 1 is 2; there are 2 classes, 0 to 1"},
		{two(op.FocalLoss{}.Of), []tensor.Tensor{m, idsOf(-1, 1)}, "op.FocalLoss|position 0 is -1"},
		{two(op.FocalLoss{}.Of), []tensor.Tensor{m, m}, "op.FocalLoss|element 1 is 2; probabilities"},
		{two(op.FocalLoss{Alpha: 0.25}.Of), []tensor.Tensor{m, idsOf(1, 1)}, "ids take ClassWeights, probabilities take Alpha"},
		{two(op.DiceLoss{}.Of), []tensor.Tensor{m, z}, "op.DiceLoss|x [2 2]: element 1 is 2"},
		{two(op.DiceLoss{}.Of), []tensor.Tensor{x, x}, "at least two axes wanted"},
		{two(op.InfoNCELoss{}.Of), []tensor.Tensor{x, x}, "queries and keys [N D] wanted"},
		{three(func(a, b, c grad.Value) grad.Value { return op.BCEWithLogitsLoss{PositiveWeights: c}.Of(a, b) }), []tensor.Tensor{x, x, vec(1, 2, 3)},
			"positive weights wanted, one for each class"},
		{three(func(a, b, c grad.Value) grad.Value { return op.BCEWithLogitsLoss{PositiveWeights: c}.Of(a, b) }), []tensor.Tensor{x, x, vec(1, -2)},
			"positive weights [2]: element 1 is -2"},
	})
}

func TestLossesRefuseSettings(t *testing.T) {
	x := vec(0.5, 0.5)
	two := func(of func(a, b grad.Value) grad.Value, want string) badLoss {
		return badLoss{func(in ...grad.Value) grad.Value { return of(in[0], in[1]) }, []tensor.Tensor{x, x}, want}
	}
	three := func(of func(a, b, c grad.Value) grad.Value, want string) badLoss {
		return badLoss{func(in ...grad.Value) grad.Value { return of(in[0], in[1], in[0]) }, []tensor.Tensor{x, x}, want}
	}
	refusedLosses(t, []badLoss{
		two(op.HuberLoss{Delta: -1}.Of, "op.HuberLoss|Delta is -1; a positive number wanted"),
		two(op.SmoothL1Loss{Beta: math.Inf(1)}.Of, "op.SmoothL1Loss|Beta is +Inf"),
		two(op.QuantileLoss{Quantile: 1}.Of, "op.QuantileLoss|Quantile is 1; a number in (0, 1) wanted"),
		two(op.PoissonNLLLoss{Eps: -1}.Of, "Eps is -1"),
		two(op.HingeEmbeddingLoss{Margin: math.NaN()}.Of, "Margin is NaN"),
		two(op.FocalLoss{Gamma: -2}.Of, "Gamma is -2"),
		two(op.FocalLoss{Alpha: 1}.Of, "Alpha is 1; a number in (0, 1), or 0 for none, wanted"),
		two(op.DiceLoss{Smooth: -1}.Of, "Smooth is -1"),
		two(op.InfoNCELoss{Temperature: -1}.Of, "Temperature is -1"),
		three(op.GaussianNLLLoss{Eps: -1}.Of, "Eps is -1"),
		three(op.MarginRankingLoss{Margin: math.Inf(1)}.Of, "Margin is +Inf; a finite number wanted"),
		three(op.CosineEmbeddingLoss{Margin: 1.5}.Of, "Margin is 1.5; a number from -1 to 1 wanted"),
		three(op.TripletMarginLoss{P: 3}.Of, "P is 3; 1, 2 or +Inf wanted"),
		three(op.ContrastiveLoss{Margin: -1}.Of, "Margin is -1"),
	})
}

// The gradient of weights is refused, of composed losses and of fused ones.
func TestWeightsAreConstants(t *testing.T) {
	x, w := tensor.From([]float32{1, 2}), param("w", 2)
	copy(tensor.Of[float32](w.Data), []float32{1, 1})
	losses := map[string]func(s *grad.Step) grad.Value{
		"L1Loss": func(s *grad.Step) grad.Value { return op.L1Loss{Weights: s.Use(w)}.Of(s.Input(x), s.Full(0, 2)) },
		"CrossEntropy": func(s *grad.Step) grad.Value {
			return op.CrossEntropyLoss{Weights: s.Use(w)}.Of(s.Full(0, 2, 3), s.Input(idsOf(0, 1)))
		},
	}
	for name, l := range losses {
		for _, asValue := range []bool{false, true} {
			err := grad.NewTape(grad.Config{}).Step(grad.Train, func(s *grad.Step) error {
				if asValue {
					s.Grad(l(s), s.Use(w))
				} else {
					s.Backward(l(s), grad.NewGrads(list(w)))
				}
				return nil
			})
			if err == nil || !strings.Contains(err.Error(), "no gradient with respect to weights; cut it off with op.Detach") {
				t.Errorf("%s: error %v", name, err)
			}
		}
	}
}
