package grad

import (
	"fmt"

	"github.com/ingot-ml/ingot/tensor"
)

// Param is a trained tensor. It persists from step to step and holds no gradient: that is in a [Grads].
type Param struct {
	Data   tensor.Tensor
	Name   string // leaf name, "weight"; its path is the walk's to tell
	Frozen bool   // true: no gradient is computed, no optimizer changes it
}

// NewParam returns a Param of the leaf name that owns t.
func NewParam(name string, t tensor.Tensor) *Param { return &Param{Data: t, Name: name} }

// Buffer is a tensor that persists and isn't trained, such as BatchNorm's statistics or a key-value cache. It is named,
// saved with the model, and written at a step's commit by [Step.Write], [Step.WriteRows] and [Step.Lerp].
type Buffer struct {
	Data tensor.Tensor
	Name string
}

// NewBuffer returns a Buffer of the leaf name that owns t.
func NewBuffer(name string, t tensor.Tensor) *Buffer { return &Buffer{Data: t, Name: name} }

// Named is a Param with its path, such as fc1.weight.
type Named struct {
	Name string
	*Param
}

// Params is an ordered list of named parameters; nn.Params makes it from a model.
type Params []Named

// Numel returns the number of elements of all.
func (ps Params) Numel() int {
	n := 0
	for _, p := range ps {
		n += p.Data.Numel()
	}
	return n
}

// Get returns the parameter of a name, or an error that lists the names there are.
func (ps Params) Get(name string) (*Param, error) {
	for _, p := range ps {
		if p.Name == name {
			return p.Param, nil
		}
	}
	names := make([]string, len(ps))
	for i, p := range ps {
		names[i] = p.Name
	}
	return nil, fmt.Errorf("no parameter %q; there are %v", name, names)
}

// Filter returns those for which keep is true, in order.
func (ps Params) Filter(keep func(Named) bool) Params {
	var r Params
	for _, p := range ps {
		if keep(p) {
			r = append(r, p)
		}
	}
	return r
}

// Usable is what [Step.Use] brings onto the tape: a *Param or a *Buffer.
type Usable interface{ use(*Tape) int32 }
