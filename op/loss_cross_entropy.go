package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// CrossEntropy is CrossEntropyLoss without settings: the mean over the rows of −ln softmax(x)[id], in one pass and without
// overflow. Shapes: logits [… C], ids […] i32 in [0, C), or probabilities [… C] → [].
func CrossEntropy(logits, target grad.Value) grad.Value { return CrossEntropyLoss{}.Of(logits, target) }

// CrossEntropyLoss compares logits x with a class or a distribution of each row.
//
//	loss[i] = Σⱼ p[i, j]·(ln Σₖ exp(x[i, k]) − x[i, j])
//	p[i, j] = c[j]·((1 − s)·t[i, j] + s/C), where t is the target's probabilities, or [j = idᵢ]
//	dx[i, :] = g[i]·(softmax(x[i, :])·Σⱼ p[i, j] − p[i, :])
//
// c are the class weights and s the label smoothing. The mean divides by the sum of w·c[id] of the rows whose class is an id, and
// by that of w where the target is probabilities, as in PyTorch; w are the rows' weights.
//
// Shapes: logits [… C], target […] i32 in [0, C), or [… C] with rows that add up to 1 → [], or […] for ReduceNone. Target and
// weights have no gradient. Saved: the operands, and each row's largest logit and sum of exponentials.
// Source: label smoothing: Szegedy et al. 2015, arXiv:1512.00567.
type CrossEntropyLoss struct {
	Reduction      Reduction
	Weights        grad.Value // of the rows
	ClassWeights   grad.Value // [C]
	LabelSmoothing float64    // in [0, 1)
	Ignore         bool       // rows whose id is IgnoreIndex count for nothing
	IgnoreIndex    int
}

// Of returns the loss.
func (l CrossEntropyLoss) Of(logits, target grad.Value) grad.Value {
	of := lossOf{"CrossEntropyLoss", l.Reduction, l.Weights}
	of.setting(l.LabelSmoothing >= 0 && l.LabelSmoothing < 1, "LabelSmoothing", l.LabelSmoothing, "a number in [0, 1)")
	a := classAttrs{l.Reduction, float32(l.LabelSmoothing), l.Ignore, of.ignored(l.Ignore, l.IgnoreIndex)}
	return crossEntropy.Apply(a, logits, target, l.ClassWeights, of.rowWeights(logits))
}

var crossEntropy = grad.Def[classAttrs]{
	Name: "cross_entropy", Args: "logits target class_weights weights",
	Infer: func(a *classAttrs, c *grad.Call) {
		inferClasses(a, c)
		rows, _ := rowsAndCols(c.In(0))
		c.Save(tensor.F32, rows, 2)
	},
	Forward:  func(a *classAttrs, c *grad.Call) { classLoss(a, c, saved(c, 0)) },
	Backward: func(a *classAttrs, c *grad.Call) { classLossGrad(a, c, saved(c, 0)) },
	VJP: func(a *classAttrs, v *grad.VJP) {
		x, p := v.In(0), classMasses(a, v)
		v.SetGradIn(0, Mul(eachRow(v.GradOut(0), x), Sub(Mul(Softmax(x, -1), SumKeep(p, -1)), p)))
	},
}
