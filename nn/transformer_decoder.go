package nn

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/rng"
)

// TransformerDecoderLayer is attention of a sequence to what came before, attention to a memory, and two linear layers, each with
// a residual and a norm: x [B T E], memory [B S E] → [B T E].
//
//	h = Norm1(x + SelfAttn(x)), u = Norm2(h + MultiheadAttn(h, memory)), y = Norm3(u + Linear2(act(Linear1(u))))
//	h = x + SelfAttn(Norm1(x)), u = h + MultiheadAttn(Norm2(h), memory), y = u + Linear2(act(Linear1(Norm3(u)))) if NormFirst
//
// Its state has the names of PyTorch's TransformerDecoderLayer. The values that PyTorch drops out are, but for the attentions'
// weights. Source: Vaswani et al. 2017, arXiv:1706.03762; norms first: Xiong et al. 2020, arXiv:2002.04745.
type TransformerDecoderLayer struct {
	SelfAttn            *MultiHeadAttention // causal
	MultiheadAttn       *MultiHeadAttention // to the memory
	Linear1, Linear2    *Linear
	Norm1, Norm2, Norm3 *LayerNorm
	NormFirst           bool
	Dropout             float64 // the probability that a value of an attention, act or Linear2 is dropped in training
	Act                 Func    // nil: ReLU
}

// NewTransformerDecoderLayer returns a layer with its first values, those of the layers it is made of; hidden is the width
// between the linear layers.
func NewTransformerDecoderLayer(r *rng.Source, dim, heads, hidden int) *TransformerDecoderLayer {
	checkSizes("NewTransformerDecoderLayer", size{"hidden", hidden})
	l := &TransformerDecoderLayer{
		SelfAttn: NewMultiHeadAttention(r, dim, heads, heads), MultiheadAttn: NewMultiHeadAttention(r, dim, heads, heads),
		Linear1: NewLinear(r, dim, hidden), Linear2: NewLinear(r, hidden, dim),
		Norm1: NewLayerNorm(dim), Norm2: NewLayerNorm(dim), Norm3: NewLayerNorm(dim),
	}
	l.SelfAttn.Causal = true
	return l
}

// Forward returns the layer's value.
func (l *TransformerDecoderLayer) Forward(x, memory grad.Value) grad.Value {
	return l.Masked(x, memory, grad.Value{}, grad.Value{})
}

// Masked is Forward with the masks of the two attentions; a zero one leaves it out.
func (l *TransformerDecoderLayer) Masked(x, memory, selfMask, memoryMask grad.Value) grad.Value {
	return l.around(x, memory, memoryMask, func(x grad.Value) grad.Value { return l.SelfAttn.Masked(x, selfMask) })
}

// Decode returns rows at, at+1, … of Forward from those rows of x; see [MultiHeadAttention.Decode].
func (l *TransformerDecoderLayer) Decode(x, memory grad.Value, cache *KVCache, at int) grad.Value {
	return l.around(x, memory, grad.Value{}, func(x grad.Value) grad.Value { return l.SelfAttn.Decode(x, cache, at) })
}

func (l *TransformerDecoderLayer) around(x, memory, mask grad.Value, attend Func) grad.Value {
	h := residual(x, l.Norm1, l.NormFirst, l.Dropout, attend)
	u := residual(h, l.Norm2, l.NormFirst, l.Dropout, func(x grad.Value) grad.Value { return l.MultiheadAttn.Cross(x, memory, mask) })
	return residual(u, l.Norm3, l.NormFirst, l.Dropout, feedForward(l.Linear1, l.Linear2, l.Dropout, l.Act))
}

// TransformerDecoder applies layers one after the other, and a norm if there is one: x [B T E], memory [B S E] → [B T E]. Its
// state has the names of PyTorch's TransformerDecoder.
type TransformerDecoder struct {
	Layers []*TransformerDecoderLayer
	Norm   *LayerNorm // nil: none
}

// Forward returns the last layer's value.
func (l *TransformerDecoder) Forward(x, memory grad.Value) grad.Value {
	return l.Masked(x, memory, grad.Value{}, grad.Value{})
}

// Masked is Forward with the masks of each layer's two attentions; a zero one leaves it out.
func (l *TransformerDecoder) Masked(x, memory, selfMask, memoryMask grad.Value) grad.Value {
	for _, layer := range l.Layers {
		x = layer.Masked(x, memory, selfMask, memoryMask)
	}
	return normed(l.Norm, x)
}
