package nn

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// MultiHeadAttention attends with several heads of D = E/Heads values: x [B T E] → y [B T E].
//
//	q, k, v = x·Wᵢᵀ + bᵢ, cut in heads;  y = concat(softmax(q·kᵀ/√D + bias)·v)·Wₒᵀ + bₒ
//
// Its state has the names of PyTorch's MultiheadAttention where keys and values are as wide as queries. With fewer KVHeads the rows
// of keys and values in InProjWeight are fewer. The weights of the keys aren't dropped out.
//
// NewMultiHeadAttention draws InProjWeight by XavierUniform, OutProj.Weight as Linear, and starts with biases 0, as PyTorch.
// Source: Vaswani et al. 2017, arXiv:1706.03762; KVHeads: Ainslie et al. 2023, arXiv:2305.13245.
type MultiHeadAttention struct {
	InProjWeight *grad.Param // [(Heads+2·KVHeads)·D E]: the rows of the queries, of the keys, of the values
	InProjBias   *grad.Param // [(Heads+2·KVHeads)·D]; nil: none
	OutProj      *Linear
	Heads        int
	KVHeads      int
	Causal       bool             // of a sequence with itself: a query sees no later key
	Rotary       *RotaryEmbedding `nn:"-"` // turns queries and keys; nil: not
	Slopes       *grad.Buffer     `nn:"-"` // [Heads], op.ALiBiSlopes: biases that grow with the distance; nil: none
}

// NewMultiHeadAttention returns a layer with its first values; heads divides dim, and kvHeads divides heads, to which it is
// mostly equal.
func NewMultiHeadAttention(r *rng.Source, dim, heads, kvHeads int) *MultiHeadAttention {
	checkSizes("NewMultiHeadAttention", size{"dim", dim}, size{"heads", heads}, size{"kvHeads", kvHeads})
	if dim%heads != 0 || heads%kvHeads != 0 {
		panic(tensor.Errorf("nn.NewMultiHeadAttention: %d values in %d heads, %d of keys; each is to divide the one before", dim, heads, kvHeads))
	}
	rows := dim / heads * (heads + 2*kvHeads)
	l := &MultiHeadAttention{
		InProjWeight: newParam("in_proj_weight", rows, dim), InProjBias: newParam("in_proj_bias", rows),
		Heads: heads, KVHeads: kvHeads,
	}
	XavierUniform(r.Next(), l.InProjWeight.Data, 1)
	l.OutProj = NewLinear(r, dim, dim)
	Constant(l.OutProj.Bias.Data, 0)
	return l
}

// Forward returns what each element of x sees of x.
func (l *MultiHeadAttention) Forward(x grad.Value) grad.Value { return l.Masked(x, grad.Value{}) }

// Masked is Forward with a mask that broadcasts to [B H T T]: f32 to be added, or u8 of which 0 hides.
func (l *MultiHeadAttention) Masked(x, mask grad.Value) grad.Value {
	qkv := op.Linear(x, x.Use(l.InProjWeight), use(x, l.InProjBias), op.ActNone)
	if l.Rotary != nil {
		qkv = op.Reshape(l.turn(l.heads(qkv), 0, l.Heads+l.KVHeads), qkv.Shape()...)
	}
	return l.OutProj.Forward(op.SDPAPacked(qkv, mask, l.slopes(x), l.Heads, l.KVHeads, op.Attention{Causal: l.Causal}))
}

// Cross returns what each element of x [B T E] sees of memory [B S E]; the mask broadcasts to [B H T S], a zero one leaves it out.
// Positions say nothing here: there is no turning, and no bias.
func (l *MultiHeadAttention) Cross(x, memory, mask grad.Value) grad.Value {
	w, bias := x.Use(l.InProjWeight), use(x, l.InProjBias)
	rows := w.Dim(0) / (l.Heads + 2*l.KVHeads) * l.Heads
	project := func(x grad.Value, from, to int) grad.Value {
		var b grad.Value
		if bias.Valid() {
			b = op.Slice(bias, 0, from, to)
		}
		return l.heads(op.Linear(x, op.Slice(w, 0, from, to), b, op.ActNone))
	}
	kv := project(memory, rows, w.Dim(0))
	k, v := op.Slice(kv, 2, 0, l.KVHeads), op.Slice(kv, 2, l.KVHeads, 2*l.KVHeads)
	return l.out(op.SDPA(project(x, 0, rows), k, v, mask, grad.Value{}, op.Attention{TimeFirst: true}))
}

// KVCache holds the keys and values of what was decoded.
type KVCache struct {
	Keys, Values *grad.Buffer // [T B KVHeads D]
}

// NewCache returns a cache for sequences of at most so many elements.
func (l *MultiHeadAttention) NewCache(batch, most int) *KVCache {
	checkSizes("MultiHeadAttention.NewCache", size{"batch", batch}, size{"most", most})
	d := l.InProjWeight.Data.Dim(0) / (l.Heads + 2*l.KVHeads)
	return &KVCache{
		grad.NewBuffer("keys", tensor.New(tensor.F32, most, batch, l.KVHeads, d)),
		grad.NewBuffer("values", tensor.New(tensor.F32, most, batch, l.KVHeads, d)),
	}
}

// Decode returns rows at, at+1, … of Forward, with the same bits, from those rows of x [B t E]: their keys and values are
// added to the cache, which has those before. Only a Causal layer can. It writes the cache, once in a step.
func (l *MultiHeadAttention) Decode(x grad.Value, cache *KVCache, at int) grad.Value {
	t, most := x.Dim(1), cache.Keys.Data.Dim(0)
	if !l.Causal || at < 0 || at+t > most {
		panic(tensor.Errorf("MultiHeadAttention.Decode of rows %d to %d: the layer is to be causal (it says %v), and the cache has %d rows", at, at+t-1, l.Causal, most))
	}
	qkv := l.heads(op.Linear(x, x.Use(l.InProjWeight), use(x, l.InProjBias), op.ActNone))
	if l.Rotary != nil {
		qkv = l.turn(qkv, at, l.Heads+l.KVHeads)
	}
	s := x.Step()
	seen := func(b *grad.Buffer, from, to int) grad.Value {
		s.WriteRows(b, at, op.Permute(op.Slice(qkv, 2, from, to), 1, 0, 2, 3))
		return op.Permute(op.Slice(s.Use(b), 0, 0, at+t), 1, 0, 2, 3)
	}
	k := seen(cache.Keys, l.Heads, l.Heads+l.KVHeads)
	v := seen(cache.Values, l.Heads+l.KVHeads, l.Heads+2*l.KVHeads)
	q := op.Slice(qkv, 2, 0, l.Heads)
	return l.out(op.SDPA(q, k, v, grad.Value{}, l.slopes(x), op.Attention{Causal: true, TimeFirst: true}))
}

// heads sees x [B T C] as [B T C/D D].
func (l *MultiHeadAttention) heads(x grad.Value) grad.Value {
	d := l.InProjWeight.Data.Dim(0) / (l.Heads + 2*l.KVHeads)
	return op.Reshape(x, x.Dim(0), x.Dim(1), x.Dim(2)/d, d)
}

// turn turns the first n heads of x [B T … D], whose first row is at a position.
func (l *MultiHeadAttention) turn(x grad.Value, at, n int) grad.Value {
	return op.RoPE(x, x.Use(l.Rotary.Table), op.Rotary{From: at, Interleaved: l.Rotary.Interleaved, TimeFirst: true, Heads: n})
}

func (l *MultiHeadAttention) slopes(x grad.Value) grad.Value {
	if l.Slopes == nil {
		return grad.Value{}
	}
	return x.Use(l.Slopes)
}

// out projects [B T H D].
func (l *MultiHeadAttention) out(y grad.Value) grad.Value {
	return l.OutProj.Forward(op.Reshape(y, y.Dim(0), y.Dim(1), y.Dim(2)*y.Dim(3)))
}
