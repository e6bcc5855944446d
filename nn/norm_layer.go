package nn

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
)

// LayerNorm normalises the last axis of each element of a batch, then scales and shifts: x [… D] → y [… D].
//
//	y = (x − mean(x)) / √(var(x) + Eps) · Weight + Bias
//
// NewLayerNorm starts with weight 1 and bias 0, as the source and PyTorch's LayerNorm.
// Source: Ba, Kiros & Hinton 2016, arXiv:1607.06450.
type LayerNorm struct {
	Weight *grad.Param // [D]
	Bias   *grad.Param // [D]
	Eps    float64     // 1e-5, PyTorch's
}

// NewLayerNorm returns a layer for dim values.
func NewLayerNorm(dim int) *LayerNorm {
	checkSizes("NewLayerNorm", size{"dim", dim})
	l := &LayerNorm{Weight: newParam("weight", dim), Bias: newParam("bias", dim), Eps: 1e-5}
	Constant(l.Weight.Data, 1)
	return l
}

// Forward returns the layer's value.
func (l *LayerNorm) Forward(x grad.Value) grad.Value {
	return op.LayerNorm(x, x.Use(l.Weight), x.Use(l.Bias), l.Eps)
}
