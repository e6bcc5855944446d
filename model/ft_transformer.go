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

// FTTransformerConfig is the config of "ft_transformer". A number's embedding has Dim values, so that embedding_dim isn't set.
type FTTransformerConfig struct {
	TableInput
	Size            string  `json:"size,omitempty"`             // xs, s, m (also empty), l or xl: what Dim and Blocks are where they are 0
	Dim             int     `json:"dim,omitempty"`              // D, of a token; a multiple of Heads
	Blocks          int     `json:"blocks,omitempty"`           // layers
	Heads           int     `json:"heads,omitempty"`            // of the attention; 0: 8
	Hidden          int     `json:"hidden,omitempty"`           // within a block; 0: 4/3·Dim
	Dropout         float64 `json:"dropout,omitempty"`          // of the values within a block; the attention's weights aren't dropped
	ResidualDropout float64 `json:"residual_dropout,omitempty"` // of what a block adds
	Out             int     `json:"out"`

	MaxBytes int64 `json:"-"` // what training may take; 0: MemoryLimit
}

// ftSizes are Dim and Blocks of the sizes.
var ftSizes = [5][2]int{{32, 1}, {64, 2}, {96, 3}, {192, 3}, {384, 4}}

// FTTransformer is a transformer over the columns of a table: rows [N F] → logits [N Out].
//
// Each column becomes a token of D values: a number x·Weight + Bias, or its embedding; a category a row of its table. The last token,
// Class, is the same for all rows. Layers with their norms first, the first of all left out, let tokens see each other; the last
// layer computes Class's token only, of which the head makes Linear(ReLU(LayerNorm(token))).
// Source: Gorishniy, Rubachev, Khrulkov & Babenko 2021, arXiv:2106.11959, section 3.3; op.ReGLU in the blocks, as there.
type FTTransformer struct {
	Tokens *FeatureTokens
	Blocks []*FTBlock
	Norm   *nn.LayerNorm
	Head   *nn.Linear
}

// FeatureTokens makes a row's tokens: x [N F] → [N F+1 D].
type FeatureTokens struct {
	Numbers    nn.Layer        `nn:"num"` // an embedding; nil: Weight and Bias are used
	Weight     *grad.Param     // [numbers D]
	Bias       *grad.Param     // [numbers D]
	Categories []*nn.Embedding `nn:"cat"`
	Class      *grad.Param     // [D]

	in TableInput
}

// FTBlock is one layer of an [FTTransformer].
type FTBlock struct {
	Norm1            *nn.LayerNorm // nil: none, of the first
	Attn             *nn.MultiHeadAttention
	Norm2            *nn.LayerNorm
	Linear1, Linear2 *nn.Linear // Linear1 has the gates in its last half, as op.ReGLU wants them

	dropout, residual float64
}

// NewFTTransformer returns a model with its first values: tokens from U(−1/√D, 1/√D), and those of the layers.
func NewFTTransformer(r *rng.Source, c FTTransformerConfig) (*FTTransformer, error) {
	if err := c.plan(); err != nil {
		return nil, err
	}
	m := &FTTransformer{Tokens: newFeatureTokens(r, c.TableInput, c.Dim)}
	for i := range c.Blocks {
		b := &FTBlock{
			Attn: nn.NewMultiHeadAttention(r, c.Dim, c.Heads, c.Heads), Norm2: nn.NewLayerNorm(c.Dim),
			Linear1: nn.NewLinear(r, c.Dim, 2*c.Hidden), Linear2: nn.NewLinear(r, c.Hidden, c.Dim),
			dropout: c.Dropout, residual: c.ResidualDropout,
		}
		if i > 0 {
			b.Norm1 = nn.NewLayerNorm(c.Dim)
		}
		m.Blocks = append(m.Blocks, b)
	}
	m.Norm, m.Head = nn.NewLayerNorm(c.Dim), nn.NewLinear(r, c.Dim, c.Out)
	return m, nil
}

func newFeatureTokens(r *rng.Source, in TableInput, dim int) *FeatureTokens {
	a := 1 / math.Sqrt(float64(dim))
	draw := func(name string, shape ...int) *grad.Param {
		p := grad.NewParam(name, tensor.New(tensor.F32, shape...))
		nn.Uniform(r.Next(), p.Data, -a, a)
		return p
	}
	t := &FeatureTokens{Numbers: newNumbers(r, in), in: in}
	if in.Numbers > 0 && t.Numbers == nil {
		t.Weight, t.Bias = draw("weight", in.Numbers, dim), draw("bias", in.Numbers, dim)
	}
	for _, n := range in.Categories {
		t.Categories = append(t.Categories, &nn.Embedding{Weight: draw("weight", n, dim)})
	}
	t.Class = draw("class", dim)
	return t
}

// plan fills in the config's defaults and checks it.
func (c *FTTransformerConfig) plan() error {
	size, err := bySize(c.Size, ftSizes)
	if err != nil {
		return err
	}
	c.Dim, c.Blocks, c.Heads = orDefault(c.Dim, size[0]), orDefault(c.Blocks, size[1]), orDefault(c.Heads, 8)
	c.Hidden = orDefault(c.Hidden, c.Dim/3*4+c.Dim%3*4/3)
	if err := checkSizes(named{"dim", c.Dim}, named{"blocks", c.Blocks}, named{"heads", c.Heads}, named{"hidden", c.Hidden}, named{"out", c.Out}); err != nil {
		return err
	}
	if c.Dim%c.Heads != 0 {
		return fmt.Errorf("dim is %d and heads %d; a multiple of heads is wanted", c.Dim, c.Heads)
	}
	if c.EmbeddingDim != 0 && c.EmbeddingDim != c.Dim {
		return fmt.Errorf("embedding_dim is %d; a token has %d values, dim", c.EmbeddingDim, c.Dim)
	}
	c.EmbeddingDim = c.Dim
	for _, p := range []float64{c.Dropout, c.ResidualDropout} {
		if err := checkDropout(p); err != nil {
			return err
		}
	}
	if c.TableInput, err = c.TableInput.plan(); err != nil {
		return err
	}
	_, params := c.TableInput.size()
	d, h := float64(c.Dim), float64(c.Hidden)
	for _, n := range c.Categories {
		params += float64(n) * d
	}
	params += 2*d*float64(c.Numbers) + float64(c.Blocks)*(4*d*(d+1)+2*h*(d+1)+d*(h+1)+4*d) + 3*d + (d+1)*float64(c.Out)
	if err := checkMemory(params, c.MaxBytes); err != nil {
		return fmt.Errorf("%d blocks of %d and %d: %w", c.Blocks, c.Dim, c.Hidden, err)
	}
	return nil
}

// Forward returns the tokens.
func (t *FeatureTokens) Forward(x grad.Value) grad.Value {
	numbers, ids := t.in.split(x)
	n, d := x.Dim(0), t.Class.Data.Dim(0)
	var parts []grad.Value
	switch {
	case !numbers.Valid():
	case t.Numbers != nil:
		parts = append(parts, t.Numbers.Forward(numbers))
	default:
		parts = append(parts, op.Add(op.Mul(op.Reshape(numbers, n, t.in.Numbers, 1), x.Use(t.Weight)), x.Use(t.Bias)))
	}
	for i, e := range t.Categories {
		parts = append(parts, e.Forward(op.Slice(ids, 1, i, i+1)))
	}
	parts = append(parts, op.Expand(op.Reshape(x.Use(t.Class), 1, 1, d), n, 1, d))
	return op.Concat(1, parts...)
}

// Forward returns the logits.
func (m *FTTransformer) Forward(x grad.Value) grad.Value {
	x = m.Tokens.Forward(x)
	for i, b := range m.Blocks {
		x = b.forward(x, i+1 == len(m.Blocks))
	}
	return m.Head.Forward(op.ReLU(m.Norm.Forward(op.Reshape(x, x.Dim(0), x.Dim(2)))))
}

// forward is the layer's value, of the last token only where it is the last layer.
func (b *FTBlock) forward(x grad.Value, last bool) grad.Value {
	h := x
	if b.Norm1 != nil {
		h = b.Norm1.Forward(x)
	}
	if last {
		t := x.Dim(1)
		h = b.Attn.Cross(op.Slice(h, 1, t-1, t), h, grad.Value{})
		x = op.Slice(x, 1, t-1, t)
	} else {
		h = b.Attn.Forward(h)
	}
	x = op.Add(x, op.Dropout(h, b.residual))
	h = op.Dropout(op.ReGLU(b.Linear1.Forward(b.Norm2.Forward(x))), b.dropout)
	return op.Add(x, op.Dropout(b.Linear2.Forward(h), b.residual))
}
