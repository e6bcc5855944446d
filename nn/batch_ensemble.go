package nn

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// BatchEnsemble is a linear layer of K models that share a weight and differ in what they multiply its inputs and its values by:
// x [K N in] → y [K N out].
//
//	y[k] = ((x[k]⊙R[k])·Weightᵀ)⊙S[k] + Bias[k]
//
// NewBatchEnsemble draws Weight from U(−1/√in, 1/√in) and one bias, which all models start with, likewise; R and S start with 1, so
// that the models differ only where something before them, or the caller, makes them.
// Source: Wen, Tran & Ba 2020, arXiv:2002.06715, equation 5; first values: Gorishniy, Kotelnikov & Babenko 2024, arXiv:2410.24210.
type BatchEnsemble struct {
	Weight *grad.Param // [out in]
	R      *grad.Param // [K in]; nil: all 1
	S      *grad.Param // [K out]; nil: all 1
	Bias   *grad.Param // [K out]
}

// NewBatchEnsemble returns a layer of k models.
func NewBatchEnsemble(r *rng.Source, k, in, out int) *BatchEnsemble {
	checkSizes("NewBatchEnsemble", size{"k", k}, size{"in", in}, size{"out", out})
	l := &BatchEnsemble{
		Weight: newParam("weight", out, in), R: newParam("r", k, in), S: newParam("s", k, out), Bias: newParam("bias", k, out),
	}
	a := 1 / math.Sqrt(float64(in))
	symmetric(r.Next(), l.Weight.Data, a)
	bias := tensor.Of[float32](l.Bias.Data)
	r.Next().Uniform(bias[:out], float32(-a), float32(a))
	for i := 1; i < k; i++ {
		copy(bias[i*out:], bias[:out])
	}
	Constant(l.R.Data, 1)
	Constant(l.S.Data, 1)
	return l
}

// Forward returns the layer's value.
func (l *BatchEnsemble) Forward(x grad.Value) grad.Value {
	k, out := l.Bias.Data.Dim(0), l.Weight.Data.Dim(0)
	if l.R != nil {
		x = op.Mul(x, op.Reshape(x.Use(l.R), k, 1, l.R.Data.Dim(1)))
	}
	y := op.Linear(x, x.Use(l.Weight), grad.Value{}, op.ActNone)
	if l.S != nil {
		y = op.Mul(y, op.Reshape(x.Use(l.S), k, 1, out))
	}
	return op.Add(y, op.Reshape(x.Use(l.Bias), k, 1, out))
}
