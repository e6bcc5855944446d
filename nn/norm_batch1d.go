package nn

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// BatchNorm1D normalises each feature over the batch, then scales and shifts: x [N C] → y [N C].
//
//	y = (x − mean) / √(var + Eps) · Weight + Bias
//
// In training mean and var are the batch's, and the running ones move towards them at the step's commit:
// running ← (1 − Momentum)·running + Momentum·batch, with the variance unbiased (over N − 1). Otherwise they are the running
// ones. A state has weight, bias, running_mean and running_var; PyTorch's num_batches_tracked isn't kept: only its
// momentum=None, a plain average, reads it, which isn't offered.
//
// NewBatchNorm1D starts with weight 1, bias 0, mean 0 and variance 1, as PyTorch's BatchNorm1d.
// Source: Ioffe & Szegedy 2015, arXiv:1502.03167.
type BatchNorm1D struct {
	Weight      *grad.Param  // [C]
	Bias        *grad.Param  // [C]
	RunningMean *grad.Buffer // [C]
	RunningVar  *grad.Buffer // [C]
	Momentum    float64      // 0.1, PyTorch's
	Eps         float64      // 1e-5, PyTorch's and the source's order
}

// NewBatchNorm1D returns a layer for c features.
func NewBatchNorm1D(c int) *BatchNorm1D {
	checkSizes("NewBatchNorm1D", size{"c", c})
	b := &BatchNorm1D{
		Weight: newParam("weight", c), Bias: newParam("bias", c),
		RunningMean: grad.NewBuffer("running_mean", tensor.New(tensor.F32, c)),
		RunningVar:  grad.NewBuffer("running_var", tensor.New(tensor.F32, c)),
		Momentum:    0.1, Eps: 1e-5,
	}
	Constant(b.Weight.Data, 1)
	Constant(b.RunningVar.Data, 1)
	return b
}

// Forward returns the layer's value; in training a batch has at least two rows.
func (b *BatchNorm1D) Forward(x grad.Value) grad.Value {
	s := x.Step()
	weight, bias := s.Use(b.Weight), s.Use(b.Bias)
	if s.Mode() != grad.Train {
		return op.BatchNormInfer(x, weight, bias, s.Use(b.RunningMean), s.Use(b.RunningVar), b.Eps)
	}
	y, mean, variance := op.BatchNorm(x, weight, bias, b.Eps)
	s.Lerp(b.RunningMean, mean, b.Momentum)
	s.Lerp(b.RunningVar, variance, b.Momentum)
	return y
}
