package nn

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// Dropout makes each element zero with probability P in training and multiplies the others by 1/(1 − P); otherwise it does
// nothing. It has no parameters.
// Source: Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, JMLR 15.
type Dropout struct {
	P float64
}

// NewDropout returns a layer; p is at least 0 and less than 1.
func NewDropout(p float64) *Dropout {
	if !(p >= 0 && p < 1) {
		panic(tensor.Errorf("nn.NewDropout: p is %g; at least 0 and less than 1 is wanted", p))
	}
	return &Dropout{P: p}
}

// Forward returns the layer's value.
func (d *Dropout) Forward(x grad.Value) grad.Value { return op.Dropout(x, d.P) }
