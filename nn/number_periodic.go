package nn

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
)

// PeriodicEmbedding makes of each number D values of waves whose frequencies are trained: x [N F] → y [N F D].
//
//	y[n, f] = ReLU(concat(cos v, sin v)·Weight[f] + Bias[f]),  v = 2π·x·Frequencies[f]
//
// NewPeriodicEmbedding draws Frequencies from N(0, σ²), and Weight and Bias from U(−1/√(2K), 1/√(2K)).
// Source: Gorishniy, Rubachev & Babenko 2022, arXiv:2203.05556, section 3.3 (PLR).
type PeriodicEmbedding struct {
	Frequencies *grad.Param // [F K]
	Weight      *grad.Param // [F 2K D]
	Bias        *grad.Param // [F D]
}

// NewPeriodicEmbedding returns a layer for numbers, each with so many frequencies of standard deviation sigma.
func NewPeriodicEmbedding(r *rng.Source, numbers, frequencies int, sigma float64, dim int) *PeriodicEmbedding {
	checkSizes("NewPeriodicEmbedding", size{"numbers", numbers}, size{"frequencies", frequencies}, size{"dim", dim})
	l := &PeriodicEmbedding{
		Frequencies: newParam("frequencies", numbers, frequencies),
		Weight:      newParam("weight", numbers, 2*frequencies, dim), Bias: newParam("bias", numbers, dim),
	}
	Normal(r.Next(), l.Frequencies.Data, 0, sigma)
	a := 1 / math.Sqrt(2*float64(frequencies))
	symmetric(r.Next(), l.Weight.Data, a)
	symmetric(r.Next(), l.Bias.Data, a)
	return l
}

// Forward returns the layer's value.
func (l *PeriodicEmbedding) Forward(x grad.Value) grad.Value {
	n, f, k, d := x.Dim(0), x.Dim(1), l.Frequencies.Data.Dim(1), l.Weight.Data.Dim(2)
	w := op.Reshape(op.Mul(x.Use(l.Frequencies), x.Scalar(2*math.Pi)), f, 1, k)
	v := op.Mul(op.Reshape(op.Permute(x, 1, 0), f, n, 1), w)
	y := op.MatMul(op.Concat(2, op.Cos(v), op.Sin(v)), x.Use(l.Weight))
	return op.Permute(op.ReLU(op.Add(y, op.Reshape(x.Use(l.Bias), f, 1, d))), 1, 0, 2)
}
