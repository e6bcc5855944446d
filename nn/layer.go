package nn

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// Layer is what goes into a [Sequential]: a value in, a value out.
type Layer interface {
	Forward(x grad.Value) grad.Value
}

// Func is a function as a Layer: nn.Func(op.ReLU).
type Func func(x grad.Value) grad.Value

// Forward calls f.
func (f Func) Forward(x grad.Value) grad.Value { return f(x) }

func newParam(name string, shape ...int) *grad.Param {
	return grad.NewParam(name, tensor.New(tensor.F32, shape...))
}

// use brings an optional parameter onto x's tape.
func use(x grad.Value, p *grad.Param) grad.Value {
	if p == nil {
		return grad.Value{}
	}
	return x.Use(p)
}

// size is a constructor's argument.
type size struct {
	name string
	n    int
}

// checkSizes refuses sizes that no layer can have.
func checkSizes(what string, sizes ...size) {
	for _, s := range sizes {
		if s.n < 1 {
			panic(tensor.Errorf("nn.%s: %s is %d; at least 1 is wanted", what, s.name, s.n))
		}
	}
}
