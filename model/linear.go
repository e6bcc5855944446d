package model

import (
	"fmt"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// LinearConfig is the config of "linear".
type LinearConfig struct {
	TableInput
	Out int `json:"out"`

	MaxBytes int64 `json:"-"` // what training may take; 0: MemoryLimit
}

// Linear is linear regression, or logistic regression where its values are logits: a table's rows [N F] → [N Out].
//
//	y = numbers·Weightᵀ + Σᵢ Category[i][idᵢ] + Bias
//
// A category's table is a linear layer's weight for its one-hot columns. Numbers aren't embedded. All starts with 0.
type Linear struct {
	Weight     *grad.Param     // [Out numbers]; nil where there are none
	Categories []*nn.Embedding `nn:"cat"` // [ids Out] each
	Bias       *grad.Param     // [Out]

	in TableInput
}

// NewLinear returns a model with all values 0.
func NewLinear(_ *rng.Source, c LinearConfig) (*Linear, error) {
	in, err := c.TableInput.plan()
	if err != nil {
		return nil, err
	}
	if in.embeds() {
		return nil, fmt.Errorf("embedding %q; a linear model takes numbers as they are", in.Embedding)
	}
	if err := checkSizes(named{"out", c.Out}); err != nil {
		return nil, err
	}
	rows := float64(in.Numbers) + 1
	for _, n := range in.Categories {
		rows += float64(n)
	}
	if err := checkMemory(rows*float64(c.Out), c.MaxBytes); err != nil {
		return nil, err
	}
	m := &Linear{Bias: grad.NewParam("bias", tensor.New(tensor.F32, c.Out)), in: in}
	if in.Numbers > 0 {
		m.Weight = grad.NewParam("weight", tensor.New(tensor.F32, c.Out, in.Numbers))
	}
	for _, n := range in.Categories {
		m.Categories = append(m.Categories, &nn.Embedding{Weight: grad.NewParam("weight", tensor.New(tensor.F32, n, c.Out))})
	}
	return m, nil
}

// Forward returns the values or logits.
func (m *Linear) Forward(x grad.Value) grad.Value {
	numbers, ids := m.in.split(x)
	y := x.Use(m.Bias)
	if numbers.Valid() {
		y = op.Linear(numbers, x.Use(m.Weight), y, op.ActNone)
	}
	for i, e := range m.Categories {
		y = op.Add(e.Forward(op.Reshape(op.Slice(ids, 1, i, i+1), x.Dim(0))), y)
	}
	return y
}
