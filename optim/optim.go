// Package optim has the optimizers. Each is a struct whose literal is its configuration and which owns its state:
//
//	opt := &optim.AdamW{LR: 3e-4, WeightDecay: 0.1, Schedule: optim.Cosine{Steps: 1000, Warmup: 50}}
//	…
//	s.Update(opt, grads) // in a step; the parameters change at its commit
//
// The arithmetic is PyTorch's. An update runs over the parameters laid end to end and cut into pieces of fixed size, so
// that a small bias costs no wake-up of a worker and the bits don't depend on how many there are.
//
// A parameter stored in bf16 or f16 has a float32 master here, which the update changes and the parameter is rounded from.
// An optimizer belongs to one goroutine and to one set of parameters; a parameter that it meets later (one that was frozen)
// starts with empty moments and a step count of its own.
package optim

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// Optimizer is a grad.Optimizer whose state can be saved and restored.
type Optimizer interface {
	grad.Optimizer
	// State returns what the optimizer has learned. Its tensors are the optimizer's own: save them before the next step.
	State() State
	// LoadState replaces the state by one that State gave, for these parameters. An error lists every name that is
	// missing, unexpected or misshapen, and nothing is changed.
	LoadState(ps grad.Params, s State) error
	// Rate returns the learning rate of the next step.
	Rate() float64
}

// State is an optimizer's memory.
type State struct {
	Step    int     // updates made
	Entries []Entry // the tensors, such as fc1.weight.exp_avg, in the order of the parameters
}

// Entry is a named tensor.
type Entry struct {
	Name   string
	Tensor tensor.Tensor
}
