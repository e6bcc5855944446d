package model

import (
	"fmt"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
)

// ResMLPConfig is the config of "resmlp".
type ResMLPConfig struct {
	TableInput
	Size            string  `json:"size,omitempty"`             // xs, s, m (also empty), l or xl: what Dim and Blocks are where they are 0
	Dim             int     `json:"dim,omitempty"`              // width between the blocks
	Hidden          int     `json:"hidden,omitempty"`           // width within a block; 0: 2·Dim
	Blocks          int     `json:"blocks,omitempty"`           // residual blocks
	Dropout         float64 `json:"dropout,omitempty"`          // of the values within a block
	ResidualDropout float64 `json:"residual_dropout,omitempty"` // of what a block adds
	Out             int     `json:"out"`

	MaxBytes int64 `json:"-"` // what training may take; 0: MemoryLimit
}

// resmlpSizes are Dim and Blocks of the sizes.
var resmlpSizes = [5][2]int{{64, 1}, {128, 2}, {256, 2}, {512, 4}, {1024, 6}}

// ResMLP is a residual multilayer perceptron, the ResNet of tables: rows of a table [N F] → logits [N Out].
//
//	x = Linear(features);  x += Dropout(Linear(Dropout(ReLU(Linear(BatchNorm(x)))))) in each block;  y = Linear(ReLU(BatchNorm(x)))
//
// A batch of one row, such as an epoch's last, is normalised by the running statistics in training too: it has none of its own.
// Source: Gorishniy, Rubachev, Khrulkov & Babenko 2021, arXiv:2106.11959, section 3.2.
type ResMLP struct {
	Features *TableFeatures
	First    *nn.Linear
	Blocks   []*ResMLPBlock
	Norm     *nn.BatchNorm1D
	Head     *nn.Linear
}

// ResMLPBlock is one block of a [ResMLP].
type ResMLPBlock struct {
	Norm             *nn.BatchNorm1D
	Linear1, Linear2 *nn.Linear

	dropout, residual float64
}

// NewResMLP returns a model with its layers' first values.
func NewResMLP(r *rng.Source, c ResMLPConfig) (*ResMLP, error) {
	width, err := c.plan()
	if err != nil {
		return nil, err
	}
	m := &ResMLP{Features: newTableFeatures(r, c.TableInput), First: nn.NewLinear(r, width, c.Dim)}
	for range c.Blocks {
		b := &ResMLPBlock{
			Norm: nn.NewBatchNorm1D(c.Dim), Linear1: nn.NewLinear(r, c.Dim, c.Hidden), Linear2: nn.NewLinear(r, c.Hidden, c.Dim),
			dropout: c.Dropout, residual: c.ResidualDropout,
		}
		b.Linear1.Act = op.ActReLU
		m.Blocks = append(m.Blocks, b)
	}
	m.Norm, m.Head = nn.NewBatchNorm1D(c.Dim), nn.NewLinear(r, c.Dim, c.Out)
	return m, nil
}

// plan fills in the config's defaults, checks it and returns the width of the features.
func (c *ResMLPConfig) plan() (width int, err error) {
	size, err := bySize(c.Size, resmlpSizes)
	if err != nil {
		return 0, err
	}
	c.Dim, c.Blocks = orDefault(c.Dim, size[0]), orDefault(c.Blocks, size[1])
	c.Hidden = orDefault(c.Hidden, 2*c.Dim)
	if c.TableInput, err = c.TableInput.plan(); err != nil {
		return 0, err
	}
	if err := checkSizes(named{"dim", c.Dim}, named{"blocks", c.Blocks}, named{"hidden", c.Hidden}, named{"out", c.Out}); err != nil {
		return 0, err
	}
	for _, p := range []float64{c.Dropout, c.ResidualDropout} {
		if err := checkDropout(p); err != nil {
			return 0, err
		}
	}
	w, params := c.TableInput.size()
	d, h := float64(c.Dim), float64(c.Hidden)
	params += (w+1)*d + float64(c.Blocks)*(2*d+(d+1)*h+(h+1)*d) + 2*d + (d+1)*float64(c.Out)
	if err := checkMemory(params, c.MaxBytes); err != nil {
		return 0, fmt.Errorf("%d blocks of %d and %d: %w", c.Blocks, c.Dim, c.Hidden, err)
	}
	return asInt(w)
}

// Forward returns the logits.
func (m *ResMLP) Forward(x grad.Value) grad.Value {
	x = m.First.Forward(m.Features.Forward(x))
	for _, b := range m.Blocks {
		h := op.Dropout(b.Linear1.Forward(batchNorm(b.Norm, x)), b.dropout)
		x = op.Add(x, op.Dropout(b.Linear2.Forward(h), b.residual))
	}
	return m.Head.Forward(op.ReLU(batchNorm(m.Norm, x)))
}

// batchNorm is the layer, by its running statistics where the batch has one row.
func batchNorm(l *nn.BatchNorm1D, x grad.Value) grad.Value {
	if x.Dim(0) > 1 {
		return l.Forward(x)
	}
	return op.BatchNormInfer(x, x.Use(l.Weight), x.Use(l.Bias), x.Use(l.RunningMean), x.Use(l.RunningVar), l.Eps)
}
