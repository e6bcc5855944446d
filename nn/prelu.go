package nn

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
)

// PReLU passes what is above 0 and multiplies what isn't by a learned slope: x [N C …] → same.
//
//	y = x where x > 0, Weight·x elsewhere
//
// NewPReLU starts with slope 0.25, as the source and PyTorch's PReLU.
// Source: He, Zhang, Ren & Sun 2015, arXiv:1502.01852.
type PReLU struct {
	Weight *grad.Param // [1], one slope for all, or [C]
}

// NewPReLU returns a layer with so many slopes: 1, or one for each channel.
func NewPReLU(channels int) *PReLU {
	checkSizes("NewPReLU", size{"channels", channels})
	l := &PReLU{Weight: newParam("weight", channels)}
	Constant(l.Weight.Data, 0.25)
	return l
}

// Forward returns the layer's value.
func (l *PReLU) Forward(x grad.Value) grad.Value { return op.PReLU(x, x.Use(l.Weight)) }
