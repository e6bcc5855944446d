package model

import (
	"fmt"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
)

// MLPConfig is the config of "mlp". Either In says how large an input is, or TableInput what a row of a table has.
type MLPConfig struct {
	In int `json:"in,omitempty"` // values of an input, all dimensions of it together
	TableInput
	Size       string  `json:"size,omitempty"`   // xs, s, m, l or xl, in place of Hidden; empty: as Hidden says
	Hidden     []int   `json:"hidden,omitempty"` // widths of the hidden layers; none: a linear model
	Out        int     `json:"out"`
	Activation string  `json:"activation,omitempty"` // of the hidden layers: relu (also empty), sigmoid, tanh or none
	Dropout    float64 `json:"dropout,omitempty"`    // of the hidden layers' values

	MaxBytes int64 `json:"-"` // what training may take; 0: MemoryLimit
}

// mlpSizes are the hidden layers of the sizes.
var mlpSizes = [5][]int{{64}, {128, 128}, {256, 256}, {512, 512, 512}, {1024, 1024, 1024}}

// MLP is a multilayer perceptron: [N In], images [N …] of In values each, or rows of a table → logits [N Out]. Its parameters are
// fc1.weight [Hidden[0] In], fc1.bias [Hidden[0]], fc2.weight, …, and those of the table's features.
type MLP struct {
	Features *TableFeatures `nn:"features"` // nil: not of a table
	Layers   []*nn.Linear   `nn:"fc#1"`

	dropout float64
}

// NewMLP returns an MLP with nn.Linear's first values.
func NewMLP(r *rng.Source, c MLPConfig) (*MLP, error) {
	act, err := activation(c.Activation)
	if err != nil {
		return nil, err
	}
	widths, params, err := c.plan()
	if err != nil {
		return nil, err
	}
	for i, w := range widths {
		if w < 1 {
			return nil, fmt.Errorf("%s is %d; at least 1 is wanted", c.field(i), w)
		}
		if i > 0 {
			params += (float64(widths[i-1]) + 1) * float64(w)
		}
	}
	if err := checkMemory(params, c.MaxBytes); err != nil {
		return nil, fmt.Errorf("layers of %v: %w", widths, err)
	}
	m := &MLP{dropout: c.Dropout}
	if c.In == 0 {
		m.Features = newTableFeatures(r, c.TableInput)
	}
	for i, out := range widths[1:] {
		l := nn.NewLinear(r, widths[i], out)
		if i+2 < len(widths) {
			l.Act = act
		}
		m.Layers = append(m.Layers, l)
	}
	return m, nil
}

// plan fills in the config's defaults and returns the widths of all layers and the parameters of the features.
func (c *MLPConfig) plan() (widths []int, params float64, err error) {
	if c.Size != "" {
		if c.Hidden != nil {
			return nil, 0, fmt.Errorf("size %q and hidden %v; one of them says how large the model is", c.Size, c.Hidden)
		}
		if c.Hidden, err = bySize(c.Size, mlpSizes); err != nil {
			return nil, 0, err
		}
	}
	if err := checkDropout(c.Dropout); err != nil {
		return nil, 0, err
	}
	in := c.In
	switch table := c.features() != 0; {
	case table && c.In != 0:
		return nil, 0, fmt.Errorf("in is %d beside %d numbers and %d categories; either is wanted", c.In, c.Numbers, len(c.Categories))
	case table:
		if c.TableInput, err = c.TableInput.plan(); err != nil {
			return nil, 0, err
		}
		var width float64
		width, params = c.TableInput.size()
		if in, err = asInt(width); err != nil {
			return nil, 0, err
		}
	}
	return append(append([]int{in}, c.Hidden...), c.Out), params, nil
}

// field is the config's name of width i.
func (c *MLPConfig) field(i int) string {
	switch i {
	case 0:
		return "in"
	case len(c.Hidden) + 1:
		return "out"
	}
	return fmt.Sprintf("hidden[%d]", i-1)
}

func activation(name string) (op.Activation, error) {
	if name == "" {
		return op.ActReLU, nil
	}
	for a := op.ActNone; a <= op.ActTanh; a++ {
		if a.String() == name {
			return a, nil
		}
	}
	return 0, fmt.Errorf("unknown activation %q; there are relu, sigmoid, tanh and none", name)
}

// Forward returns the logits.
func (m *MLP) Forward(x grad.Value) grad.Value {
	switch {
	case m.Features != nil:
		x = m.Features.Forward(x)
	case x.Rank() > 2:
		features := 1
		for i := 1; i < x.Rank(); i++ {
			features *= x.Dim(i)
		}
		x = op.Reshape(x, x.Dim(0), features)
	}
	for i, l := range m.Layers {
		x = l.Forward(x)
		if i+1 < len(m.Layers) && m.dropout > 0 {
			x = op.Dropout(x, m.dropout)
		}
	}
	return x
}
