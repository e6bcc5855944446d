package op_test

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
)

func goldenFocal(a optest.Attrs, in ...grad.Value) grad.Value {
	l := op.FocalLoss{Reduction: reductionOf(a), Gamma: setting(a, "gamma"), Alpha: setting(a, "alpha")}
	if len(in) > 2 {
		l.ClassWeights = in[2]
	}
	return l.Of(in[0], in[1])
}

func TestFocal(t *testing.T) {
	for _, gamma := range []float64{2, 0.5} {
		lossCase{
			name: "loss_focal", in: []optest.Input{optest.F32(5, 4), optest.Const(optest.In(0.2, 4, 4)), optest.IDs(4, 5)},
			of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
				return op.FocalLoss{Reduction: r, Weights: w, ClassWeights: in[1], Gamma: gamma}.Of(in[0], in[2])
			},
			each: func(in ...optest.Array) optest.Array {
				weights := in[1].Data
				return byRows(func(rows ...[]float64) float64 {
					y := int(rows[1][0])
					lp := logSoftmaxOf(rows[0])[y]
					return -weights[y] * math.Pow(1-math.Exp(lp), gamma) * lp
				})(in[0], in[2])
			},
			golden: goldenFocal,
		}.run(t)
		lossCase{
			name: "loss_focal", in: []optest.Input{optest.F32(5, 3), optest.Const(optest.In(0.1, 0.9, 5, 3))},
			of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
				return op.FocalLoss{Reduction: r, Weights: w, Alpha: 0.25, Gamma: gamma}.Of(in[0], in[1])
			},
			each: byElements(func(x, t float64) float64 {
				p := 1 / (1 + math.Exp(-x))
				return (0.25*t + 0.75*(1-t)) * math.Pow(1-(p*t+(1-p)*(1-t)), gamma) * bce64(x, t)
			}),
			golden: goldenFocal,
		}.run(t)
	}
}

func TestDice(t *testing.T) {
	for _, squared := range []bool{false, true} {
		lossCase{
			name: "loss_dice", in: []optest.Input{optest.In(0, 1, 3, 2, 4), optest.In(0, 1, 3, 2, 4)},
			of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
				return op.DiceLoss{Reduction: r, Weights: w, Smooth: 0.5, Squared: squared}.Of(in[0], in[1])
			},
			each: byRows(func(rows ...[]float64) float64 {
				both, each := 0.0, 0.0
				for j, x := range rows[0] {
					y := rows[1][j]
					both += x * y
					if squared {
						each += x*x + y*y
					} else {
						each += x + y
					}
				}
				return 1 - (2*both+0.5)/(each+0.5)
			}),
			golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
				return op.DiceLoss{Reduction: reductionOf(a), Smooth: setting(a, "smooth"), Squared: a.Bool("squared")}.Of(in[0], in[1])
			},
		}.run(t)
	}
}

func cosine64(a, b []float64) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
	}
	return ab / math.Sqrt(aa*bb)
}

func distance64(a, b []float64, eps float64) float64 {
	s := 0.0
	for i := range a {
		d := a[i] - b[i] + eps
		s += d * d
	}
	return math.Sqrt(s)
}

func TestCosineEmbedding(t *testing.T) {
	lossCase{
		name: "loss_cosine_embedding", in: []optest.Input{optest.F32(6, 3), optest.F32(6, 3), optest.Const(optest.In(-1, 1, 6))},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.CosineEmbeddingLoss{Reduction: r, Weights: w, Margin: 0.25}.Of(in[0], in[1], in[2])
		},
		each: byRows(func(rows ...[]float64) float64 {
			c := cosine64(rows[0], rows[1])
			if rows[2][0] == 1 {
				return 1 - c
			}
			return max(0, c-0.25)
		}),
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.CosineEmbeddingLoss{Reduction: reductionOf(a), Margin: setting(a, "margin")}.Of(in[0], in[1], in[2])
		},
		target: toSigns,
	}.run(t)
}

func TestTripletMargin(t *testing.T) {
	for _, swap := range []bool{false, true} {
		lossCase{
			name: "loss_triplet_margin", in: []optest.Input{optest.F32(6, 3), optest.F32(6, 3), optest.F32(6, 3)},
			of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
				return op.TripletMarginLoss{Reduction: r, Weights: w, Margin: 0.75, Swap: swap}.Of(in[0], in[1], in[2])
			},
			each: byRows(func(rows ...[]float64) float64 {
				near, far := distance64(rows[0], rows[1], 1e-6), distance64(rows[0], rows[2], 1e-6)
				if swap {
					far = min(far, distance64(rows[1], rows[2], 1e-6))
				}
				return max(0, near-far+0.75)
			}),
			golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
				p := setting(a, "p")
				if p < 0 {
					p = math.Inf(1)
				}
				l := op.TripletMarginLoss{Reduction: reductionOf(a), Margin: setting(a, "margin"), P: p, Swap: flag(a, "swap")}
				return l.Of(in[0], in[1], in[2])
			},
		}.run(t)
	}
}

func TestContrastive(t *testing.T) {
	lossCase{
		name: "loss_contrastive", in: []optest.Input{optest.F32(6, 3), optest.F32(6, 3), optest.Const(optest.In(-1, 1, 6))},
		of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
			return op.ContrastiveLoss{Reduction: r, Weights: w, Margin: 3}.Of(in[0], in[1], in[2])
		},
		each: byRows(func(rows ...[]float64) float64 {
			d := distance64(rows[0], rows[1], 0)
			if rows[2][0] == 1 {
				return d * d / 2
			}
			return max(0, 3-d) * max(0, 3-d) / 2
		}),
		golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.ContrastiveLoss{Reduction: reductionOf(a), Margin: setting(a, "margin")}.Of(in[0], in[1], in[2])
		},
		target: toBits,
	}.run(t)
}

func TestInfoNCE(t *testing.T) {
	for _, symmetric := range []bool{false, true} {
		lossCase{
			name: "loss_info_nce", in: []optest.Input{optest.F32(4, 3), optest.F32(4, 3)},
			of: func(r op.Reduction, w grad.Value, in ...grad.Value) grad.Value {
				return op.InfoNCELoss{Reduction: r, Weights: w, Temperature: 0.5, Symmetric: symmetric}.Of(in[0], in[1])
			},
			each: func(in ...optest.Array) optest.Array {
				q, k := in[0].Rows(), in[1].Rows()
				r := optest.NewArray(len(q))
				own := func(i int, from []float64, to [][]float64) float64 {
					s := make([]float64, len(to))
					for j := range to {
						s[j] = cosine64(from, to[j]) / 0.5
					}
					return -logSoftmaxOf(s)[i]
				}
				for i := range q {
					r.Data[i] = own(i, q[i], k)
					if symmetric {
						r.Data[i] = (r.Data[i] + own(i, k[i], q)) / 2
					}
				}
				return r
			},
			golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
				l := op.InfoNCELoss{Reduction: reductionOf(a), Temperature: setting(a, "temperature"), Symmetric: a.Bool("symmetric")}
				return l.Of(in[0], in[1])
			},
			tol: 5e-6,
		}.run(t)
	}
}
