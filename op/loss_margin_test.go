package op_test

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
)

func bce64(x, t float64) float64 { return max(x, 0) - x*t + math.Log1p(math.Exp(-math.Abs(x))) }

func TestBCE(t *testing.T) {
	lossCase{
		name: "loss_bce", in: []optest.Input{optest.In(0.1, 0.9, 4, 3), optest.In(0, 1, 4, 3)},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.BCELoss{Reduction: r, Weights: w}.Of(in[0], in[1])
		},
		each: byElements(func(x, t float64) float64 { return -t*math.Log(x) - (1-t)*math.Log(1-x) }),
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			l := op.BCELoss{Reduction: reductionOf(a)}
			if len(in) > 2 {
				l.Weights = in[2]
			}
			return l.Of(in[0], in[1])
		},
		tol: 5e-6,
	}.run(t)
}

func TestBCEWithLogits(t *testing.T) {
	lossCase{
		name: "loss_bce_with_logits", in: []optest.Input{optest.In(-9, 9, 5, 3), optest.Const(optest.In(0.2, 4, 3)), optest.In(0, 1, 5, 3)},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.BCEWithLogitsLoss{Reduction: r, Weights: w, PositiveWeights: in[1]}.Of(in[0], in[2])
		},
		each: func(in ...optest.Array) optest.Array {
			r := optest.NewArray(in[0].Shape...)
			for i, x := range in[0].Data {
				t, p := in[2].Data[i], in[1].Data[i%len(in[1].Data)]
				r.Data[i] = p*t*bce64(x, 1) + (1-t)*bce64(x, 0)
			}
			return r
		},
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			l := op.BCEWithLogitsLoss{Reduction: reductionOf(a)}
			if len(in) > 2 {
				l.PositiveWeights = in[2]
			}
			return l.Of(in[0], in[1])
		},
	}.run(t)
	optest.Run(t, optest.Case{
		Name: "short form", VJP: true,
		Inputs: [][]optest.Input{{optest.In(-30, 30, 35), optest.Const(optest.In(0, 1, 35))}},
		Large:  []optest.Input{optest.F32(50000), optest.Const(optest.In(0, 1, 50000))},
		Op:     func(in ...grad.Value) grad.Value { return op.BCEWithLogits(in[0], in[1]) },
		Ref: func(in ...optest.Array) optest.Array {
			return scalarOf(average(optest.Broadcast(in[0], in[1], bce64).Data))
		},
		LargeTol: 1e-5,
	})
}

func TestMultiLabelSoftMargin(t *testing.T) {
	lossCase{
		name: "loss_multi_label_soft_margin", in: []optest.Input{optest.F32(4, 3), optest.Const(optest.In(0.2, 4, 3)), optest.Const(optest.In(-1, 1, 4, 3))},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.MultiLabelSoftMarginLoss{Reduction: r, Weights: w, ClassWeights: in[1]}.Of(in[0], in[2])
		},
		each: func(in ...optest.Array) optest.Array {
			weights := in[1].Data
			return byRows(func(rows ...[]float64) (s float64) {
				for j, x := range rows[0] {
					s += weights[j] * bce64(x, rows[1][j]) / float64(len(rows[0]))
				}
				return s
			})(in[0], in[2])
		},
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			l := op.MultiLabelSoftMarginLoss{Reduction: reductionOf(a)}
			if len(in) > 2 {
				l.ClassWeights = in[2]
			}
			return l.Of(in[0], in[1])
		},
		target: toBits,
	}.run(t)
}

func TestKLDiv(t *testing.T) {
	lossCase{
		name: "loss_kl_div", in: []optest.Input{optest.In(-4, 0, 4, 5), optest.In(-1, 1, 4, 5)},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.KLDivLoss{Reduction: r, Weights: w}.Of(in[0], in[1])
		},
		each: byRows(func(rows ...[]float64) (s float64) {
			for j, t := range rows[1] {
				s += t * (math.Log(t) - rows[0][j])
			}
			return s
		}),
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.KLDivLoss{Reduction: reductionOf(a), LogTarget: a.Bool("log_target")}.Of(in[0], in[1])
		},
		target: toRows,
	}.run(t)
}

func TestJSDiv(t *testing.T) {
	lossCase{
		name: "loss_js_div", in: []optest.Input{optest.F32(4, 5), optest.In(-1, 1, 4, 5)},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.JSDivLoss{Reduction: r, Weights: w}.Of(op.LogSoftmax(in[0], -1), in[1])
		},
		each: byRows(func(rows ...[]float64) (s float64) {
			for j, lp := range logSoftmaxOf(rows[0]) {
				p, q := math.Exp(lp), rows[1][j]
				m := (p + q) / 2
				s += (p*math.Log(p/m) + q*math.Log(q/m)) / 2
			}
			return s
		}),
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.JSDivLoss{Reduction: reductionOf(a)}.Of(op.LogSoftmax(in[0], -1), in[1])
		},
		target: toRows,
	}.run(t)
}

func TestHinge(t *testing.T) {
	for _, squared := range []bool{false, true} {
		lossCase{
			name: "loss_hinge", in: []optest.Input{optest.F32(5, 3), optest.Const(optest.In(-1, 1, 5, 3))},
			of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
				return op.HingeLoss{Reduction: r, Weights: w, Squared: squared}.Of(in[0], in[1])
			},
			each: byElements(func(x, t float64) float64 {
				h := max(0, 1-t*x)
				if squared {
					return h * h
				}
				return h
			}),
			golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
				return op.HingeLoss{Reduction: reductionOf(a), Squared: a.Bool("squared")}.Of(in[0], in[1])
			},
			target: toSigns,
		}.run(t)
	}
}

func TestHingeEmbedding(t *testing.T) {
	lossCase{
		name: "loss_hinge_embedding", in: []optest.Input{optest.F32(5, 3), optest.Const(optest.In(-1, 1, 5, 3))},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.HingeEmbeddingLoss{Reduction: r, Weights: w, Margin: 0.5}.Of(in[0], in[1])
		},
		each: byElements(func(x, t float64) float64 {
			if t == 1 {
				return x
			}
			return max(0, 0.5-x)
		}),
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.HingeEmbeddingLoss{Reduction: reductionOf(a), Margin: setting(a, "margin")}.Of(in[0], in[1])
		},
		target: toSigns,
	}.run(t)
}

func TestMarginRanking(t *testing.T) {
	lossCase{
		name: "loss_margin_ranking", in: []optest.Input{optest.F32(5, 3), optest.F32(5, 3), optest.Const(optest.In(-1, 1, 5, 3))},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.MarginRankingLoss{Reduction: r, Weights: w, Margin: 0.5}.Of(in[0], in[1], in[2])
		},
		each: func(in ...optest.Array) optest.Array {
			d := optest.Broadcast(in[0], in[1], func(a, b float64) float64 { return a - b })
			return optest.Broadcast(d, in[2], func(d, t float64) float64 { return max(0, 0.5-t*d) })
		},
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.MarginRankingLoss{Reduction: reductionOf(a), Margin: setting(a, "margin")}.Of(in[0], in[1], in[2])
		},
		target: toSigns,
	}.run(t)
}

func TestSoftMargin(t *testing.T) {
	lossCase{
		name: "loss_soft_margin", in: []optest.Input{optest.F32(5, 3), optest.Const(optest.In(-1, 1, 5, 3))},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.SoftMarginLoss{Reduction: r, Weights: w}.Of(in[0], in[1])
		},
		each: byElements(func(x, t float64) float64 { return math.Log1p(math.Exp(-t * x)) }),
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.SoftMarginLoss{Reduction: reductionOf(a)}.Of(in[0], in[1])
		},
		target: toSigns,
	}.run(t)
}

func TestMultiMargin(t *testing.T) {
	for _, squared := range []bool{false, true} {
		lossCase{
			name: "loss_multi_margin", in: []optest.Input{optest.F32(5, 4), optest.Const(optest.In(0.2, 4, 4)), optest.IDs(4, 5)},
			of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
				return op.MultiMarginLoss{Reduction: r, Weights: w, ClassWeights: in[1], Margin: 0.5, Squared: squared}.Of(in[0], in[2])
			},
			each: func(in ...optest.Array) optest.Array {
				weights := in[1].Data
				return byRows(func(rows ...[]float64) (s float64) {
					x, y := rows[0], int(rows[1][0])
					for j, v := range x {
						h := max(0, 0.5-x[y]+v)
						if j == y {
							continue
						}
						if squared {
							h *= h
						}
						s += weights[y] * h / float64(len(x))
					}
					return s
				})(in[0], in[2])
			},
			golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
				l := op.MultiMarginLoss{Reduction: reductionOf(a), Margin: setting(a, "margin"), Squared: setting(a, "p") == 2}
				if len(in) > 2 {
					l.ClassWeights = in[2]
				}
				return l.Of(in[0], in[1])
			},
		}.run(t)
	}
}
