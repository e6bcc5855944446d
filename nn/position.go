package nn

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// RotaryEmbedding is the table that [MultiHeadAttention] turns queries and keys by; layers may share one. It isn't part of the state.
// Source: Su et al. 2021, arXiv:2104.09864.
type RotaryEmbedding struct {
	Table       *grad.Buffer `nn:"-"` // op.RotaryTable
	Interleaved bool         // which elements are pairs: see op.Rotary
}

// NewRotaryEmbedding returns the table for n positions and heads of dim values, of base 10000 as the source's.
func NewRotaryEmbedding(n, dim int) *RotaryEmbedding {
	return &RotaryEmbedding{Table: grad.NewBuffer("table", op.RotaryTable(n, dim, 10000))}
}

// SinusoidalEncoding adds a code of each position to x [B T E].
//
//	y[b, t, 2i] = x + sin(t·10000^(−2i/E)), y[b, t, 2i+1] = x + cos(t·10000^(−2i/E))
//
// It has no parameters, and its table isn't part of the state. Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.5.
type SinusoidalEncoding struct {
	Table *grad.Buffer `nn:"-"` // [N E]
}

// NewSinusoidalEncoding returns the codes of n positions of dim values.
func NewSinusoidalEncoding(n, dim int) *SinusoidalEncoding {
	checkSizes("NewSinusoidalEncoding", size{"n", n}, size{"dim", dim})
	table := tensor.New(tensor.F32, n, dim)
	for t := range n {
		row := tensor.Of[float32](table)[t*dim:][:dim]
		for i := range row {
			sin, cos := math.Sincos(float64(t) * math.Pow(10000, -float64(i/2*2)/float64(dim)))
			row[i] = float32(sin)
			if i%2 == 1 {
				row[i] = float32(cos)
			}
		}
	}
	return &SinusoidalEncoding{Table: grad.NewBuffer("table", table)}
}

// Forward returns x with the codes of positions 0, 1, ….
func (l *SinusoidalEncoding) Forward(x grad.Value) grad.Value { return l.From(x, 0) }

// From is Forward for rows whose first is at a position.
func (l *SinusoidalEncoding) From(x grad.Value, at int) grad.Value {
	return op.Add(x, op.Slice(x.Use(l.Table), 0, at, at+x.Dim(-2)))
}
