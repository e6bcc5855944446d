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

// TabMConfig is the config of "tabm".
type TabMConfig struct {
	TableInput
	Size    string  `json:"size,omitempty"`    // xs, s, m (also empty), l or xl: what Dim, Blocks and Heads are where they are 0
	Dim     int     `json:"dim,omitempty"`     // width of the hidden layers
	Blocks  int     `json:"blocks,omitempty"`  // hidden layers
	Heads   int     `json:"heads,omitempty"`   // k, the models of the ensemble
	Mini    bool    `json:"mini,omitempty"`    // TabM-mini: the models differ in one product at the start, and in their heads
	Dropout float64 `json:"dropout,omitempty"` // of the hidden layers' values
	Out     int     `json:"out"`

	MaxBytes int64 `json:"-"` // what training may take; 0: MemoryLimit
}

// tabmSizes are Dim, Blocks and Heads of the sizes.
var tabmSizes = [5][3]int{{64, 2, 8}, {128, 2, 16}, {256, 2, 32}, {512, 3, 32}, {1024, 3, 32}}

// TabM is k multilayer perceptrons in one, which share their weights but for cheap products with vectors: rows of a table [N F] → logits
// [N k Out], one row for each of the k models. Each is to be trained by its own loss; a prediction is the mean of theirs, of
// probabilities where there are classes. Package task does both for a model whose result has such a dimension.
//
// The layers are nn.BatchEnsemble, then ReLU and dropout; R of the first layer starts at random, one number for each column and model:
// −1 or 1 each, or from N(0, 1) where numbers are embedded. With Mini that R is all that differs in the hidden layers.
// Source: Gorishniy, Kotelnikov & Babenko 2024, arXiv:2410.24210.
type TabM struct {
	Features *TableFeatures
	Adapter  *grad.Param         // [k W], of Mini
	Blocks   []*nn.BatchEnsemble // not of Mini
	Shared   []*nn.Linear        // of Mini
	Head     *grad.Param         `nn:"head.weight"` // [k Dim Out]
	HeadBias *grad.Param         `nn:"head.bias"`   // [k Out]

	dropout float64
}

// NewTabM returns a model with its first values.
func NewTabM(r *rng.Source, c TabMConfig) (*TabM, error) {
	width, err := c.plan()
	if err != nil {
		return nil, err
	}
	m := &TabM{Features: newTableFeatures(r, c.TableInput), dropout: c.Dropout}
	in := width
	for range c.Blocks {
		if c.Mini {
			l := nn.NewLinear(r, in, c.Dim)
			l.Act = op.ActReLU
			m.Shared = append(m.Shared, l)
		} else {
			m.Blocks = append(m.Blocks, nn.NewBatchEnsemble(r, c.Heads, in, c.Dim))
		}
		in = c.Dim
	}
	first := grad.NewParam("adapter", tensor.New(tensor.F32, c.Heads, width))
	if c.Mini {
		m.Adapter = first
	} else {
		first = m.Blocks[0].R
	}
	drawSections(r.Next(), tensor.Of[float32](first.Data), c.sections(), c.embeds())
	a := 1 / math.Sqrt(float64(in))
	m.Head = grad.NewParam("weight", tensor.New(tensor.F32, c.Heads, in, c.Out))
	m.HeadBias = grad.NewParam("bias", tensor.New(tensor.F32, c.Heads, c.Out))
	nn.Uniform(r.Next(), m.Head.Data, -a, a)
	nn.Uniform(r.Next(), m.HeadBias.Data, -a, a)
	return m, nil
}

// plan fills in the config's defaults, checks it and returns the width of the features.
func (c *TabMConfig) plan() (width int, err error) {
	size, err := bySize(c.Size, tabmSizes)
	if err != nil {
		return 0, err
	}
	c.Dim, c.Blocks, c.Heads = orDefault(c.Dim, size[0]), orDefault(c.Blocks, size[1]), orDefault(c.Heads, size[2])
	if c.TableInput, err = c.TableInput.plan(); err != nil {
		return 0, err
	}
	if err := checkSizes(named{"dim", c.Dim}, named{"blocks", c.Blocks}, named{"heads", c.Heads}, named{"out", c.Out}); err != nil {
		return 0, err
	}
	if err := checkDropout(c.Dropout); err != nil {
		return 0, err
	}
	w, params := c.TableInput.size()
	in, d, k := w, float64(c.Dim), float64(c.Heads)
	for range c.Blocks {
		if params += d * (in + 1); !c.Mini {
			params += k * (in + 2*d)
		}
		if in = d; params > math.MaxInt64 {
			break // more blocks don't make it fit
		}
	}
	params += k * (w + (d+1)*float64(c.Out))
	if err := checkMemory(params, c.MaxBytes); err != nil {
		return 0, fmt.Errorf("%d models of %d layers of %d: %w", c.Heads, c.Blocks, c.Dim, err)
	}
	return asInt(w)
}

// drawSections fills each row with one number a section: from N(0, 1), or −1 or 1.
func drawSections(s rng.Stream, rows []float32, sections []int, normal bool) {
	width := 0
	for _, n := range sections {
		width += n
	}
	draws := make([]float32, len(rows)/width*len(sections))
	s.Normal(draws, 0, 1)
	for i := 0; len(rows) > 0; i++ {
		x := draws[i]
		if !normal {
			x = float32(math.Copysign(1, float64(x)))
		}
		n := sections[i%len(sections)]
		for j := range n {
			rows[j] = x
		}
		rows = rows[n:]
	}
}

// Forward returns the logits of each model.
func (m *TabM) Forward(x grad.Value) grad.Value {
	x = m.Features.Forward(x)
	n, k, out := x.Dim(0), m.Head.Data.Dim(0), m.Head.Data.Dim(2)
	x = op.Reshape(x, 1, n, x.Dim(1))
	if m.Adapter != nil {
		x = op.Mul(x, op.Reshape(x.Use(m.Adapter), k, 1, x.Dim(2)))
	}
	for _, l := range m.Shared {
		x = op.Dropout(l.Forward(x), m.dropout)
	}
	for _, l := range m.Blocks {
		x = op.Dropout(op.ReLU(l.Forward(x)), m.dropout)
	}
	y := op.Add(op.MatMul(x, x.Use(m.Head)), op.Reshape(x.Use(m.HeadBias), k, 1, out))
	return op.Permute(y, 1, 0, 2)
}
