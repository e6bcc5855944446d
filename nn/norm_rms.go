package nn

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
)

// RMSNorm divides the last axis of each element of a batch by the root of its mean square, then scales: x [… D] → y [… D].
//
//	y = x / √(mean(x²) + Eps) · Weight
//
// NewRMSNorm starts with weight 1, as the source and PyTorch's RMSNorm.
// Source: Zhang & Sennrich 2019, arXiv:1910.07467.
type RMSNorm struct {
	Weight *grad.Param // [D]
	Eps    float64     // 2⁻²³, PyTorch's for float32; Llama has 1e-5 or 1e-6
}

// NewRMSNorm returns a layer for dim values.
func NewRMSNorm(dim int) *RMSNorm {
	checkSizes("NewRMSNorm", size{"dim", dim})
	l := &RMSNorm{Weight: newParam("weight", dim), Eps: 0x1p-23}
	Constant(l.Weight.Data, 1)
	return l
}

// Forward returns the layer's value.
func (l *RMSNorm) Forward(x grad.Value) grad.Value { return op.RMSNorm(x, x.Use(l.Weight), l.Eps) }
