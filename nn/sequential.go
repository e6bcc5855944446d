package nn

import "github.com/ingot-ml/ingot/grad"

// Sequential applies layers one after the other. Its parameters are named by the layers' places: 0.weight, 0.bias,
// 2.weight, …; a [Func] takes a place too, as in PyTorch.
type Sequential []Layer

// NewSequential returns the layers as one.
func NewSequential(layers ...Layer) Sequential { return layers }

// Forward returns the last layer's value, or x where there is no layer.
func (s Sequential) Forward(x grad.Value) grad.Value {
	for _, l := range s {
		x = l.Forward(x)
	}
	return x
}
