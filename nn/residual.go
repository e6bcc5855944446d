package nn

import (
	"slices"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// Identity gives back x: a layer that was left out, in a place that wants one. It has no state.
type Identity struct{}

// Forward returns x.
func (Identity) Forward(x grad.Value) grad.Value { return x }

// Residual computes y = Shortcut(x) + Layer(x); the two have the same shape.
//
// Source: He, Zhang, Ren & Sun 2016, arXiv:1512.03385, equations 1 and 2.
type Residual struct {
	Layer    Layer
	Shortcut Layer // nil: x itself; a [Linear] without bias where Layer's value is wider
}

// NewResidual returns x + layer(x).
func NewResidual(layer Layer) *Residual { return &Residual{Layer: layer} }

// Forward returns the sum.
func (l *Residual) Forward(x grad.Value) grad.Value {
	y, short := l.Layer.Forward(x), x
	if l.Shortcut != nil {
		short = l.Shortcut.Forward(x)
	}
	if !slices.Equal(y.Shape(), short.Shape()) {
		panic(tensor.Errorf("nn.Residual: the layer made %v of x %v, the shortcut has %v; the same shape is wanted", y.Shape(), x.Shape(), short.Shape()))
	}
	return op.Add(short, y)
}
