package nn

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
)

// TransformerEncoderLayer is attention of a sequence to itself and two linear layers, each with a residual and a norm:
// x [B T E] → [B T E].
//
//	h = Norm1(x + SelfAttn(x)), y = Norm2(h + Linear2(act(Linear1(h))))
//	h = x + SelfAttn(Norm1(x)), y = h + Linear2(act(Linear1(Norm2(h)))) if NormFirst
//
// Its state has the names of PyTorch's TransformerEncoderLayer. With SelfAttn.Causal it is the layer of a language model,
// and can Decode. The values that PyTorch drops out are, but for the attention's weights.
// Source: Vaswani et al. 2017, arXiv:1706.03762; norms first: Xiong et al. 2020, arXiv:2002.04745.
type TransformerEncoderLayer struct {
	SelfAttn         *MultiHeadAttention
	Linear1, Linear2 *Linear
	Norm1, Norm2     *LayerNorm
	NormFirst        bool
	Dropout          float64 // the probability that a value of SelfAttn, act or Linear2 is dropped in training
	Act              Func    // nil: ReLU
}

// NewTransformerEncoderLayer returns a layer with its first values, those of the layers it is made of; hidden is the width
// between the linear layers.
func NewTransformerEncoderLayer(r *rng.Source, dim, heads, hidden int) *TransformerEncoderLayer {
	checkSizes("NewTransformerEncoderLayer", size{"hidden", hidden})
	return &TransformerEncoderLayer{
		SelfAttn: NewMultiHeadAttention(r, dim, heads, heads),
		Linear1:  NewLinear(r, dim, hidden), Linear2: NewLinear(r, hidden, dim),
		Norm1: NewLayerNorm(dim), Norm2: NewLayerNorm(dim),
	}
}

// Forward returns the layer's value.
func (l *TransformerEncoderLayer) Forward(x grad.Value) grad.Value { return l.Masked(x, grad.Value{}) }

// Masked is Forward with the attention's mask.
func (l *TransformerEncoderLayer) Masked(x, mask grad.Value) grad.Value {
	return l.around(x, func(x grad.Value) grad.Value { return l.SelfAttn.Masked(x, mask) })
}

// Decode returns rows at, at+1, … of Forward from those rows of x; see [MultiHeadAttention.Decode].
func (l *TransformerEncoderLayer) Decode(x grad.Value, cache *KVCache, at int) grad.Value {
	return l.around(x, func(x grad.Value) grad.Value { return l.SelfAttn.Decode(x, cache, at) })
}

func (l *TransformerEncoderLayer) around(x grad.Value, attend Func) grad.Value {
	h := residual(x, l.Norm1, l.NormFirst, l.Dropout, attend)
	return residual(h, l.Norm2, l.NormFirst, l.Dropout, feedForward(l.Linear1, l.Linear2, l.Dropout, l.Act))
}

// residual is norm(x + f(x)), or x + f(norm(x)) if first; what f gives is dropped out.
func residual(x grad.Value, norm *LayerNorm, first bool, p float64, f Func) grad.Value {
	if first {
		return op.Add(x, op.Dropout(f(norm.Forward(x)), p))
	}
	return norm.Forward(op.Add(x, op.Dropout(f(x), p)))
}

// feedForward is the two linear layers.
func feedForward(in, out *Linear, p float64, act Func) Func {
	return func(x grad.Value) grad.Value {
		if act == nil {
			x = op.Linear(x, x.Use(in.Weight), use(x, in.Bias), op.ActReLU)
		} else {
			x = act(in.Forward(x))
		}
		return out.Forward(op.Dropout(x, p))
	}
}

// TransformerEncoder applies layers one after the other, and a norm if there is one: x [B T E] → [B T E]. Its state has the
// names of PyTorch's TransformerEncoder.
type TransformerEncoder struct {
	Layers []*TransformerEncoderLayer
	Norm   *LayerNorm // nil: none
}

// Forward returns the last layer's value.
func (l *TransformerEncoder) Forward(x grad.Value) grad.Value { return l.Masked(x, grad.Value{}) }

// Masked is Forward with each attention's mask.
func (l *TransformerEncoder) Masked(x, mask grad.Value) grad.Value {
	for _, layer := range l.Layers {
		x = layer.Masked(x, mask)
	}
	return normed(l.Norm, x)
}

func normed(l *LayerNorm, x grad.Value) grad.Value {
	if l == nil {
		return x
	}
	return l.Forward(x)
}
