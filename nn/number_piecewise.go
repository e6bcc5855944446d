package nn

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// PiecewiseLinearEmbedding makes of each number D values that are piecewise linear in it, with a slope of its own in each of the
// number's bins: x [N F] → y [N F D].
//
//	y[n, f] = x·Weight[f] + Bias[f] + Σₜ eₜ(x)·Bins[f, t],  eₜ(x) = (x − bₜ₋₁)/(bₜ − bₜ₋₁) held to [0, 1]
//
// where b₀ < b₁ < … < b_T are the edges of number f. The first bin's e isn't held to at least 0 nor the last one's to at most 1, so
// that what lies outside the edges still shows.
//
// NewPiecewiseLinearEmbedding draws Weight and Bias from U(−1/√D, 1/√D) and starts with Bins of 0: a linear layer that training bends.
// Source: Gorishniy, Rubachev & Babenko 2022, arXiv:2203.05556, equation 1; the sum with a linear part that starts alone:
// Gorishniy, Kotelnikov & Babenko 2024, arXiv:2410.24210.
type PiecewiseLinearEmbedding struct {
	Weight, Bias *grad.Param // [F D]
	Bins         *grad.Param // [F T D]; rows past a number's own bins aren't used

	Scale, Shift *grad.Buffer `nn:"-"` // [F 1 T]: e = x·Scale + Shift, held to [Low, High]
	Low, High    *grad.Buffer `nn:"-"`
}

// NewPiecewiseLinearEmbedding returns a layer for numbers with these edges, two or more of each in rising order.
func NewPiecewiseLinearEmbedding(r *rng.Source, edges [][]float32, dim int) *PiecewiseLinearEmbedding {
	checkSizes("NewPiecewiseLinearEmbedding", size{"numbers", len(edges)}, size{"dim", dim})
	bins := 0
	for f, b := range edges {
		if len(b) < 2 {
			panic(tensor.Errorf("nn.NewPiecewiseLinearEmbedding: number %d has %d edges; at least 2 are wanted", f, len(b)))
		}
		bins = max(bins, len(b)-1)
	}
	l := &PiecewiseLinearEmbedding{
		Weight: newParam("weight", len(edges), dim), Bias: newParam("bias", len(edges), dim), Bins: newParam("bins", len(edges), bins, dim),
	}
	a := 1 / math.Sqrt(float64(dim))
	symmetric(r.Next(), l.Weight.Data, a)
	symmetric(r.Next(), l.Bias.Data, a)
	for _, b := range []struct {
		to   **grad.Buffer
		name string
	}{{&l.Scale, "scale"}, {&l.Shift, "shift"}, {&l.Low, "low"}, {&l.High, "high"}} {
		*b.to = grad.NewBuffer(b.name, tensor.New(tensor.F32, len(edges), 1, bins))
	}
	for f, b := range edges {
		l.place(f, b)
	}
	return l
}

// place sets what number f's bins are computed with. Bins that it hasn't got stay 0·x + 0, held to [0, 0].
func (l *PiecewiseLinearEmbedding) place(f int, edges []float32) {
	inf, last := float32(math.Inf(1)), len(edges)-2
	row := func(b *grad.Buffer) []float32 { n := b.Data.Dim(2); return tensor.Of[float32](b.Data)[f*n:][:n] }
	for t := range last + 1 {
		lo, hi := edges[t], edges[t+1]
		scale := 1 / (float64(hi) - float64(lo))
		if !(hi > lo) || scale > math.MaxFloat32 {
			panic(tensor.Errorf("nn.NewPiecewiseLinearEmbedding: edges %v and %v of number %d; rising ones are wanted", lo, hi, f))
		}
		row(l.Scale)[t], row(l.Shift)[t] = float32(scale), float32(-float64(lo)*scale)
		row(l.High)[t] = 1
		if t == 0 {
			row(l.Low)[t] = -inf
		}
		if t == last {
			row(l.High)[t] = inf
		}
	}
}

// Forward returns the layer's value.
func (l *PiecewiseLinearEmbedding) Forward(x grad.Value) grad.Value {
	n, f := x.Dim(0), x.Dim(1)
	x = op.Reshape(op.Permute(x, 1, 0), f, n, 1)
	e := op.Add(op.Mul(x, x.Use(l.Scale)), x.Use(l.Shift))
	e = op.Minimum(op.Maximum(e, x.Use(l.Low)), x.Use(l.High))
	return byNumber(x, op.MatMul(e, x.Use(l.Bins)), l.Weight, l.Bias)
}

// byNumber adds the numbers x [F N 1] times weight [F D], plus bias [F D], to y [F N D], and puts the rows first.
func byNumber(x, y grad.Value, weight, bias *grad.Param) grad.Value {
	f, d := y.Dim(0), y.Dim(2)
	line := op.Add(op.Mul(x, op.Reshape(x.Use(weight), f, 1, d)), op.Reshape(x.Use(bias), f, 1, d))
	return op.Permute(op.Add(y, line), 1, 0, 2)
}
