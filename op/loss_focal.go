package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// FocalLoss is the cross-entropy, less of what is predicted well already: for many easy negatives beside few positives.
//
//	loss = −α·(1 − p)^γ·ln p, p being the probability of what is so
//
// The target says what x has. Ids: x [… C] are logits of classes, p = softmax(x)[id], and α the weight of the class. Numbers from 0
// to 1 of x's shape: each element is a logit of its own, and loss = −α·t·σ(−x)^γ·ln σ(x) − (1 − α)·(1 − t)·σ(x)^γ·ln σ(−x),
// without the α where it is 0; for a t between, (1 − p) is that of the mean p.
//
// Shapes: logits [… C], ids […] i32 → [], or […] for ReduceNone; logits, target of one shape → [], or the same for ReduceNone.
// Source: Lin et al. 2017, arXiv:1708.02002; γ = 2 and α = 0.25 were its best.
type FocalLoss struct {
	Reduction    Reduction
	Weights      grad.Value
	Gamma        float64    // 0: 2; for γ = 0 there are CrossEntropyLoss and BCEWithLogitsLoss
	Alpha        float64    // of positive targets, in (0, 1); 0: none. Not for ids
	ClassWeights grad.Value // [C], for ids
}

// Of returns the loss.
func (l FocalLoss) Of(logits, target grad.Value) grad.Value {
	of := lossOf{"FocalLoss", l.Reduction, l.Weights}
	gamma := of.positive("Gamma", l.Gamma, 2)
	of.setting(l.Alpha >= 0 && l.Alpha < 1, "Alpha", l.Alpha, "a number in (0, 1), or 0 for none,")
	ids := target.DType() != tensor.F32
	if ids && l.Alpha != 0 || !ids && l.ClassWeights.Valid() {
		of.fail("logits target", []grad.Value{logits, target}, "ids take ClassWeights, probabilities take Alpha")
	}
	if ids {
		id := of.classes("logits target", logits, target)
		logP := Neg(NLLLoss{Reduction: ReduceNone}.Of(LogSoftmax(logits, -1), id))
		loss := Neg(Mul(power(Neg(Expm1(logP)), gamma), logP))
		if l.ClassWeights.Valid() {
			loss = Mul(loss, of.ofClass(OneHot(id, logits.Dim(-1)), l.ClassWeights))
		}
		return of.reduce(loss)
	}
	loss := of.binary(logits, target, grad.Value{})
	f := Sub(target.Scalar(1), target)
	miss := Add(Mul(target, Sigmoid(Neg(logits))), Mul(f, Sigmoid(logits)))
	loss = Mul(loss, power(miss, gamma))
	if l.Alpha != 0 {
		loss = Mul(loss, Add(times(target, l.Alpha), times(f, 1-l.Alpha)))
	}
	return of.reduce(loss)
}

// power is xᵖ of x from 0 to 1, with a gradient of 0 at 0 for p below 1 too.
func power(x grad.Value, p float64) grad.Value {
	if p < 1 {
		x = Clamp(x, tiny, math.Inf(1))
	}
	return PowScalar(x, p)
}
