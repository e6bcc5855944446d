package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// NLLLoss compares log-probabilities x with a class of each row.
//
//	loss[i] = −c[idᵢ]·x[i, idᵢ]
//	dx[i, idᵢ] = −g[i]·c[idᵢ], 0 elsewhere
//
// c are the class weights; the mean divides by the sum of w·c[id], as in PyTorch; w are the rows' weights.
//
// Shapes: x [… C], ids […] i32 in [0, C) → [], or […] for ReduceNone. Ids and weights have no gradient. Saved: ids, weights.
type NLLLoss struct {
	Reduction    Reduction
	Weights      grad.Value // of the rows
	ClassWeights grad.Value // [C]
	Ignore       bool       // rows whose id is IgnoreIndex count for nothing
	IgnoreIndex  int
}

// Of returns the loss.
func (l NLLLoss) Of(x, ids grad.Value) grad.Value {
	of := lossOf{"NLLLoss", l.Reduction, l.Weights}
	if ids.DType() == tensor.F32 {
		of.fail("x ids", []grad.Value{x, ids}, "i32 ids wanted")
	}
	return nll.Apply(classAttrs{l.Reduction, 0, l.Ignore, of.ignored(l.Ignore, l.IgnoreIndex)}, x, ids, l.ClassWeights, of.rowWeights(x))
}

var nll = grad.Def[classAttrs]{
	Name: "nll_loss", Args: "x ids class_weights weights",
	Infer:    inferClasses,
	Forward:  func(a *classAttrs, c *grad.Call) { classLoss(a, c, nil) },
	Backward: func(a *classAttrs, c *grad.Call) { classLossGrad(a, c, nil) },
	VJP: func(a *classAttrs, v *grad.VJP) {
		v.SetGradIn(0, Neg(Mul(eachRow(v.GradOut(0), v.In(0)), classMasses(a, v))))
	},
}
