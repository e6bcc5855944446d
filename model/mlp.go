package model

import (
	"fmt"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
)

// MLPConfig is the config of "mlp".
type MLPConfig struct {
	In         int    `json:"in"`               // values of an input, all dimensions of it together
	Hidden     []int  `json:"hidden,omitempty"` // widths of the hidden layers; none: a linear model
	Out        int    `json:"out"`
	Activation string `json:"activation,omitempty"` // of the hidden layers: relu (also empty), sigmoid, tanh or none

	MaxBytes int64 `json:"-"` // what training may take; 0: MemoryLimit
}

// MLP is a multilayer perceptron: [N In], or images [N …] of In values each → logits [N Out]. Its parameters are fc1.weight
// [Hidden[0] In], fc1.bias [Hidden[0]], fc2.weight, … .
type MLP struct {
	Layers []*nn.Linear `nn:"fc#1"`
}

// NewMLP returns an MLP with nn.Linear's first values.
func NewMLP(r *rng.Source, c MLPConfig) (*MLP, error) {
	act, err := activation(c.Activation)
	if err != nil {
		return nil, err
	}
	widths := append(append([]int{c.In}, c.Hidden...), c.Out)
	params := 0.0
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
	m := &MLP{}
	for i, out := range widths[1:] {
		l := nn.NewLinear(r, widths[i], out)
		if i+2 < len(widths) {
			l.Act = act
		}
		m.Layers = append(m.Layers, l)
	}
	return m, nil
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
	if x.Rank() > 2 {
		features := 1
		for i := 1; i < x.Rank(); i++ {
			features *= x.Dim(i)
		}
		x = op.Reshape(x, x.Dim(0), features)
	}
	for _, l := range m.Layers {
		x = l.Forward(x)
	}
	return x
}
