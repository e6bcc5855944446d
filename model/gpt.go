package model

import (
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// GPTConfig is the config of "gpt".
type GPTConfig struct {
	Vocab      int     `json:"vocab"`                // V, ids of tokens
	Context    int     `json:"context"`              // the most tokens that are seen at once
	Layers     int     `json:"layers"`               // L
	Heads      int     `json:"heads"`                // of the queries; Dim is a multiple of it
	KVHeads    int     `json:"kv_heads,omitempty"`   // of keys and values; 0: Heads
	Dim        int     `json:"dim"`                  // D
	Hidden     int     `json:"hidden,omitempty"`     // width of a block's MLP; 0: 4·Dim, and of swiglu 8/3·Dim, rounded up to a multiple of 8
	Activation string  `json:"activation,omitempty"` // gelu (also empty), gelu_tanh (GPT-2's), relu or swiglu (arXiv:2002.05202)
	Positions  string  `json:"positions,omitempty"`  // learned (also empty) or rotary (arXiv:2104.09864)
	Untied     bool    `json:"untied,omitempty"`     // the head has a weight of its own, in place of the embedding's
	Dropout    float64 `json:"dropout,omitempty"`    // of the embedding and of what each branch adds; the attention's weights aren't dropped

	MaxBytes int64 `json:"-"` // what training may take; 0: MemoryLimit
}

// GPT is a decoder-only transformer with its norms before the branches: ids [B T] of i32 → logits [B T V] of each next token.
//
//	x = wte[ids] + wpe[0 … T);  x += attn(ln_1(x)), x += mlp(ln_2(x)) in each block;  logits = ln_f(x)·wteᵀ
//
// Its state has GPT-2's names: wte.weight, wpe.weight, h.0.ln_1.weight, h.0.attn.c_attn.weight, … ; weights are [out in], see
// [GPT.LoadGPT2]. The last half of the rows of swiglu's c_fc are the gate's, as op.SwiGLU wants them.
//
// NewGPT draws weights from N(0, 0.02²), those that end a branch from N(0, 0.02²/(2·Layers)), and starts with biases 0.
// Source: Radford et al. 2019, "Language models are unsupervised multitask learners", section 2.3, and its code.
type GPT struct {
	WTE    *nn.Embedding
	WPE    *nn.Embedding // nil: rotary
	H      []*GPTBlock
	LNF    *nn.LayerNorm `nn:"ln_f"`
	LMHead *nn.Linear    // its Weight is WTE's unless Untied

	Config GPTConfig
}

// GPTBlock is one layer of a [GPT].
type GPTBlock struct {
	LN1  *nn.LayerNorm `nn:"ln_1"`
	Attn *GPTAttention
	LN2  *nn.LayerNorm `nn:"ln_2"`
	MLP  *GPTMLP

	dropout float64
}

// GPTAttention is causal attention under GPT-2's names.
type GPTAttention struct {
	CAttn *nn.Linear // [(Heads+2·KVHeads)·D/Heads, D]
	CProj *nn.Linear

	heads *nn.MultiHeadAttention `nn:"-"` // of the same parameters
}

// GPTMLP is a block's two linear layers.
type GPTMLP struct {
	CFC   *nn.Linear `nn:"c_fc"`
	CProj *nn.Linear

	act func(grad.Value) grad.Value
}

// NewGPT returns a GPT with its first values.
func NewGPT(r *rng.Source, c GPTConfig) (*GPT, error) {
	p, err := c.plan()
	if err != nil {
		return nil, err
	}
	m := &GPT{WTE: nn.NewEmbedding(r, c.Vocab, c.Dim), LNF: nn.NewLayerNorm(c.Dim), Config: c}
	var rotary *nn.RotaryEmbedding
	if c.Positions == "rotary" {
		rotary = nn.NewRotaryEmbedding(c.Context, c.Dim/c.Heads)
	} else {
		m.WPE = nn.NewEmbedding(r, c.Context, c.Dim)
		nn.Normal(r.Next(), m.WPE.Weight.Data, 0, gptStd)
	}
	for range c.Layers {
		m.H = append(m.H, newGPTBlock(r, &c, p, rotary))
	}
	nn.Normal(r.Next(), m.WTE.Weight.Data, 0, gptStd)
	m.LMHead = &nn.Linear{Weight: m.WTE.Weight}
	if c.Untied {
		m.LMHead = gptLinear(r, c.Dim, c.Vocab, gptStd)
		m.LMHead.Bias = nil
	}
	return m, nil
}

// gptStd is GPT-2's standard deviation of first values.
const gptStd = 0.02

func newGPTBlock(r *rng.Source, c *GPTConfig, p gptPlan, rotary *nn.RotaryEmbedding) *GPTBlock {
	end := gptStd / math.Sqrt(2*float64(c.Layers))
	a := &GPTAttention{
		CAttn: gptLinear(r, c.Dim, c.Dim/c.Heads*(c.Heads+2*p.kvHeads), gptStd),
		CProj: gptLinear(r, c.Dim, c.Dim, end),
	}
	a.heads = &nn.MultiHeadAttention{
		InProjWeight: a.CAttn.Weight, InProjBias: a.CAttn.Bias, OutProj: a.CProj,
		Heads: c.Heads, KVHeads: p.kvHeads, Causal: true, Rotary: rotary,
	}
	mlp := &GPTMLP{
		CFC:   gptLinear(r, c.Dim, p.hidden*p.gates, gptStd),
		CProj: gptLinear(r, p.hidden, c.Dim, end),
		act:   p.act,
	}
	return &GPTBlock{LN1: nn.NewLayerNorm(c.Dim), Attn: a, LN2: nn.NewLayerNorm(c.Dim), MLP: mlp, dropout: c.Dropout}
}

func gptLinear(r *rng.Source, in, out int, std float64) *nn.Linear {
	l := nn.NewLinear(r, in, out)
	nn.Normal(r.Next(), l.Weight.Data, 0, std)
	nn.Constant(l.Bias.Data, 0)
	return l
}

// gptPlan is what a config says with its defaults in place.
type gptPlan struct {
	kvHeads, hidden int
	gates           int // rows of c_fc for each of hidden: 2 for swiglu
	act             func(grad.Value) grad.Value
}

func (c *GPTConfig) plan() (p gptPlan, err error) {
	p = gptPlan{kvHeads: c.KVHeads, hidden: c.Hidden, gates: 1}
	if c.Positions != "" && c.Positions != "learned" && c.Positions != "rotary" {
		return p, fmt.Errorf("unknown positions %q; there are learned and rotary", c.Positions)
	}
	if p.kvHeads == 0 {
		p.kvHeads = c.Heads
	}
	p.act = gptActivations[c.Activation]
	if p.act == nil {
		return p, fmt.Errorf("unknown activation %q; there are gelu, gelu_tanh, relu and swiglu", c.Activation)
	}
	if c.Activation == "swiglu" {
		p.gates = 2
	}
	for _, n := range []struct {
		name string
		n    int
	}{{"vocab", c.Vocab}, {"context", c.Context}, {"layers", c.Layers}, {"heads", c.Heads}, {"kv_heads", p.kvHeads}, {"dim", c.Dim}} {
		if n.n < 1 || n.n > math.MaxInt32 {
			return p, fmt.Errorf("%s is %d; at least 1 is wanted, and at most %d", n.name, n.n, math.MaxInt32)
		}
	}
	if p.hidden == 0 {
		p.hidden = 4 * c.Dim
		if p.gates == 2 {
			p.hidden = (8*c.Dim/3 + 7) / 8 * 8
		}
	}
	switch {
	case p.hidden < 1:
		return p, fmt.Errorf("hidden is %d; at least 1 is wanted", p.hidden)
	case c.Dim%c.Heads != 0:
		return p, fmt.Errorf("dim is %d and heads %d; a multiple of heads is wanted", c.Dim, c.Heads)
	case c.Heads%p.kvHeads != 0:
		return p, fmt.Errorf("heads is %d and kv_heads %d; a multiple of kv_heads is wanted", c.Heads, p.kvHeads)
	case c.Positions == "rotary" && c.Dim/c.Heads%2 != 0:
		return p, fmt.Errorf("heads of %d values can't turn in pairs; rotary positions want an even dim/heads", c.Dim/c.Heads)
	case !(c.Dropout >= 0 && c.Dropout < 1):
		return p, fmt.Errorf("dropout is %g; at least 0 and less than 1 is wanted", c.Dropout)
	}
	if err := checkMemory(c.params(p), c.MaxBytes); err != nil {
		return p, fmt.Errorf("%d layers of %d values: %w", c.Layers, c.Dim, err)
	}
	return p, nil
}

// params is how many parameters there are, in a float64 so that no size overflows.
func (c *GPTConfig) params(p gptPlan) float64 {
	d, h := float64(c.Dim), float64(p.hidden)
	qkv := d / float64(c.Heads) * float64(c.Heads+2*p.kvHeads)
	gates := float64(p.gates)
	block := qkv*(d+1) + d*(d+1) + gates*h*(d+1) + d*(h+1) + 4*d
	n := float64(c.Vocab)*d + float64(c.Layers)*block + 2*d
	if c.Positions != "rotary" {
		n += float64(c.Context) * d
	}
	if c.Untied {
		n += float64(c.Vocab) * d
	}
	return n
}

// Forward returns the logits. More than Context tokens are refused.
func (m *GPT) Forward(ids grad.Value) grad.Value { return m.LMHead.Forward(m.hidden(ids, nil, 0)) }

// GPTCache holds the keys and values of the tokens that a [GPT] has decoded.
type GPTCache []*nn.KVCache

// NewCache returns an empty cache for a batch of sequences.
func (m *GPT) NewCache(batch int) GPTCache {
	var c GPTCache
	for _, b := range m.H {
		c = append(c, b.Attn.heads.NewCache(batch, m.Config.Context))
	}
	return c
}

// Decode returns the logits [B V] after the last of ids [B t], which stand at positions at, at+1, …; the cache has those before
// and gets these. They have the bits that Forward gives for all tokens from the first.
func (m *GPT) Decode(ids grad.Value, cache GPTCache, at int) grad.Value {
	x := m.hidden(ids, cache, at)
	t := x.Dim(1)
	return m.LMHead.Forward(op.Reshape(op.Slice(x, 1, t-1, t), x.Dim(0), x.Dim(2)))
}

// hidden is what the head sees; a nil cache is none.
func (m *GPT) hidden(ids grad.Value, cache GPTCache, at int) grad.Value {
	if ids.Rank() != 2 || ids.Dim(1) == 0 {
		panic(tensor.Errorf("model.GPT: ids of shape %v; [B T] wanted, T at least 1", ids.Shape()))
	}
	t := ids.Dim(1)
	if at < 0 || at+t > m.Config.Context {
		panic(tensor.Errorf("model.GPT: tokens at positions %d to %d; the context is %d tokens, 0 to %d", at, at+t-1, m.Config.Context, m.Config.Context-1))
	}
	x := m.WTE.Forward(ids)
	if m.WPE != nil {
		x = op.Add(x, op.Slice(x.Use(m.WPE.Weight), 0, at, at+t))
	}
	x = op.Dropout(x, m.Config.Dropout)
	for i, b := range m.H {
		var c *nn.KVCache
		if cache != nil {
			c = cache[i]
		}
		x = b.forward(x, c, at)
	}
	return m.LNF.Forward(x)
}

func (b *GPTBlock) forward(x grad.Value, cache *nn.KVCache, at int) grad.Value {
	h := b.LN1.Forward(x)
	if cache == nil {
		h = b.Attn.heads.Forward(h)
	} else {
		h = b.Attn.heads.Decode(h, cache, at)
	}
	x = op.Add(x, op.Dropout(h, b.dropout))
	h = b.MLP.CProj.Forward(b.MLP.act(b.MLP.CFC.Forward(b.LN2.Forward(x))))
	return op.Add(x, op.Dropout(h, b.dropout))
}

// gptActivations are those of a block's MLP by name.
var gptActivations = map[string]func(grad.Value) grad.Value{
	"": op.GELU, "gelu": op.GELU, "gelu_tanh": op.GELUTanh, "relu": op.ReLU, "swiglu": op.SwiGLU,
}
