package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// HingeLoss is 0 for scores on the target's side of 0 by at least 1, and what they lack elsewhere: that of a support vector machine.
//
//	loss = max(0, 1 − t·x), or its square
//	dx = −g·t where t·x < 1, or −2g·t·(1 − t·x); 0 elsewhere
//
// Shapes: x, target of −1 and 1, of one shape → [], or the same for ReduceNone.
// Source: Cortes & Vapnik 1995, "Support-vector networks", Machine Learning 20.
type HingeLoss struct {
	Reduction Reduction
	Weights   grad.Value
	Squared   bool
}

// Of returns the loss.
func (l HingeLoss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"HingeLoss", l.Reduction, l.Weights}
	of.alike("x target", x, target)
	h := ReLU(Sub(x.Scalar(1), Mul(of.within(target, "target", signs), x)))
	if l.Squared {
		h = Mul(h, h)
	}
	return of.reduce(h)
}

// HingeEmbeddingLoss draws distances x of like pairs to 0 and those of unlike ones beyond Margin.
//
//	loss = x where t = 1, max(0, m − x) where t = −1
//	dx = g where t = 1, −g where t = −1 and x < m, 0 elsewhere
//
// Shapes: x, target of −1 and 1, of one shape → [], or the same for ReduceNone. As PyTorch's.
type HingeEmbeddingLoss struct {
	Reduction Reduction
	Weights   grad.Value
	Margin    float64 // 0: 1
}

// Of returns the loss.
func (l HingeEmbeddingLoss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"HingeEmbeddingLoss", l.Reduction, l.Weights}
	m := of.positive("Margin", l.Margin, 1)
	of.alike("x target", x, target)
	return of.reduce(of.bySign(target, x, ReLU(Sub(x.Scalar(m), x))))
}

// bySign gives like where the target is 1 and unlike where it is −1.
func (l lossOf) bySign(target, like, unlike grad.Value) grad.Value {
	half := times(l.within(target, "target", signs), 0.5)
	return Add(Mul(plus(half, 0.5), like), Mul(Sub(half.Scalar(0.5), half), unlike))
}

// MarginRankingLoss wants a above b by Margin where the target is 1, and below it where it is −1.
//
//	loss = max(0, m − t·(a − b))
//	da = −g·t where the loss isn't 0, db = −da
//
// Shapes: a, b, target of −1 and 1, of one shape → [], or the same for ReduceNone. As PyTorch's.
type MarginRankingLoss struct {
	Reduction Reduction
	Weights   grad.Value
	Margin    float64
}

// Of returns the loss.
func (l MarginRankingLoss) Of(a, b, target grad.Value) grad.Value {
	of := lossOf{"MarginRankingLoss", l.Reduction, l.Weights}
	of.setting(finite(l.Margin), "Margin", l.Margin, "a finite number")
	of.alike("a b target", a, b, target)
	t := of.within(target, "target", signs)
	return of.reduce(ReLU(Sub(t.Scalar(l.Margin), Mul(t, Sub(a, b)))))
}

// SoftMarginLoss is the logistic loss of scores x of two classes.
//
//	loss = ln(1 + exp(−t·x))
//	dx = −g·t·σ(−t·x)
//
// Shapes: x, target of −1 and 1, of one shape → [], or the same for ReduceNone. As PyTorch's.
type SoftMarginLoss struct {
	Reduction Reduction
	Weights   grad.Value
}

// Of returns the loss.
func (l SoftMarginLoss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"SoftMarginLoss", l.Reduction, l.Weights}
	of.alike("x target", x, target)
	return of.reduce(Softplus(Neg(Mul(of.within(target, "target", signs), x)), 1))
}

// MultiMarginLoss wants the score of the right class above each other by Margin.
//
//	loss[i] = c[y]/C·Σ over j ≠ y of max(0, m − x[i, y] + x[i, j]), or of its square; y = idᵢ
//	dx[i, j] = g·c[y]/C where the term isn't 0, or 2g·c[y]/C times it; dx[i, y] = −Σ of these
//
// c are the class weights; the mean divides by the number of rows all the same, as in PyTorch.
//
// Shapes: x [… C], ids […] i32 in [0, C) → [], or […] for ReduceNone.
// Source: Crammer & Singer 2001, "On the algorithmic implementation of multiclass kernel-based vector machines", JMLR 2.
type MultiMarginLoss struct {
	Reduction    Reduction
	Weights      grad.Value // of the rows
	ClassWeights grad.Value // [C]
	Margin       float64    // 0: 1
	Squared      bool       // PyTorch's p = 2
}

// Of returns the loss.
func (l MultiMarginLoss) Of(x, ids grad.Value) grad.Value {
	of := lossOf{"MultiMarginLoss", l.Reduction, l.Weights}
	m := of.positive("Margin", l.Margin, 1)
	hot := OneHot(of.classes("x ids", x, ids), x.Dim(-1))
	right := SumKeep(Mul(hot, x), -1)
	h := Mul(ReLU(plus(Sub(x, right), m)), Sub(hot.Scalar(1), hot))
	if l.Squared {
		h = Mul(h, h)
	}
	loss := Mean(h, -1)
	if l.ClassWeights.Valid() {
		loss = Mul(loss, of.ofClass(hot, l.ClassWeights))
	}
	return of.reduce(loss)
}

// ofClass gives each row the weight of its class.
func (l lossOf) ofClass(hot, weights grad.Value) grad.Value {
	return Sum(Mul(hot, l.lastAxisWeights("class weights", hot, weights)), -1)
}

// classes checks a class's id for each row of x.
func (l lossOf) classes(names string, x, ids grad.Value) grad.Value {
	l.rows(names, x, ids)
	if x.DType() != tensor.F32 || ids.DType() != tensor.I32 || ids.Rank() != x.Rank()-1 || !startsWith(x, ids) {
		l.fail(names, []grad.Value{x, ids}, "f32 rows [… C] and an i32 id for each wanted")
	}
	return within.Apply(withinAttrs{wordOf(l.name), wordOf("ids"), classIDs, int32(x.Dim(-1))}, ids)
}
