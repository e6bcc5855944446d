package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// BCELoss is the cross-entropy of probabilities that something is so with how probable it should be. BCEWithLogitsLoss of what
// the probabilities are the sigmoid of is more precise.
//
//	loss = −(t·ln x + (1 − t)·ln(1 − x)), where no logarithm is below −100
//	dx = g·((1 − t)/(1 − x) − t/x), where no divisor is below 1e-12; dt = g·(ln(1 − x) − ln x)
//
// Shapes: x, target in [0, 1], of one shape → [], or the same for ReduceNone.
type BCELoss struct {
	Reduction Reduction
	Weights   grad.Value
}

// Of returns the loss.
func (l BCELoss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"BCELoss", l.Reduction, l.Weights}
	of.alike("x target", x, target)
	x, t := of.within(x, "x", probabilities), of.within(target, "target", probabilities)
	one := x.Scalar(1)
	return of.reduce(Neg(Add(Mul(t, lossLog(x)), Mul(Sub(one, t), lossLog(Sub(one, x))))))
}

// The bounds of a loss's logarithm: PyTorch's in binary_cross_entropy and its backward.
const (
	leastLog     = -100
	leastDivisor = 1e-12
)

// lossLog is ln x of a probability, but at least −100, so that what is held impossible costs much, not everything.
//
//	dx = g/max(x, 1e-12)
//
// Shapes: any → same. Saved: x.
func lossLog(x grad.Value) grad.Value { return flooredLog.Apply(grad.None{}, x) }

var flooredLog = grad.Def[grad.None]{
	Name: "floored_log", Args: "x",
	Infer: inferSame,
	Forward: func(_ *grad.None, c *grad.Call) {
		y := out(c, 0)
		vec.Log(y, in(c, 0))
		vec.MaxScalar(y, y, leastLog)
	},
	Backward: func(_ *grad.None, c *grad.Call) {
		g := gradOut(c, 0)
		t := scratch(c, len(g))
		vec.MaxScalar(t, in(c, 0), leastDivisor)
		if gx, add := gradIn(c, 0); add {
			vec.DivAcc(gx, g, t)
		} else {
			vec.Div(gx, g, t)
		}
	},
	VJP: func(_ *grad.None, v *grad.VJP) {
		v.SetGradIn(0, Div(v.GradOut(0), Clamp(v.In(0), leastDivisor, math.Inf(1))))
	},
}

// BCEWithLogits is BCEWithLogitsLoss without settings. Shapes: logits, target in [0, 1], of one shape → [].
func BCEWithLogits(logits, target grad.Value) grad.Value {
	return BCEWithLogitsLoss{}.Of(logits, target)
}

// BCEWithLogitsLoss is the binary cross-entropy of σ(x), without overflow and precise however sure x is.
//
//	loss = −(p·t·ln σ(x) + (1 − t)·ln σ(−x)), −ln σ(x) = ln(1 + exp(−x))
//	dx = g·((1 − t)·σ(x) − p·t·σ(−x)), which is g·(σ(x) − t) for p = 1; dt = g·(p·ln(1 + exp(−x)) − ln(1 + exp x))
//
// p are the PositiveWeights: above 1 they raise recall, below 1 precision.
//
// Shapes: logits, target in [0, 1], of one shape → [], or the same for ReduceNone.
type BCEWithLogitsLoss struct {
	Reduction       Reduction
	Weights         grad.Value
	PositiveWeights grad.Value // [C], of the last axis, or []: PyTorch's pos_weight
}

// Of returns the loss.
func (l BCEWithLogitsLoss) Of(logits, target grad.Value) grad.Value {
	of := lossOf{"BCEWithLogitsLoss", l.Reduction, l.Weights}
	return of.reduce(of.binary(logits, target, l.PositiveWeights))
}

// binary is the cross-entropy of each σ(x), given weights of the positive targets or a zero Value.
func (l lossOf) binary(x, target, positive grad.Value) grad.Value {
	l.alike("logits target", x, target)
	t := l.within(target, "target", probabilities)
	hit := Mul(t, Softplus(Neg(x), 1))
	if positive.Valid() {
		hit = Mul(hit, l.lastAxisWeights("positive weights", x, positive))
	}
	return Add(hit, Mul(Sub(t.Scalar(1), t), Softplus(x, 1)))
}

// lastAxisWeights checks weights of the classes along x's last axis.
func (l lossOf) lastAxisWeights(name string, x, w grad.Value) grad.Value {
	if w.DType() != tensor.F32 || w.Rank() > 1 || w.Rank() == 1 && (x.Rank() == 0 || w.Dim(0) != x.Dim(-1)) {
		l.fail("x weights", []grad.Value{x, w}, "f32 %s wanted, one for each class along x's last axis", name)
	}
	return l.within(w, name, weightsAllowed)
}

// MultiLabelSoftMarginLoss is the mean over the classes of BCEWithLogitsLoss, where each row may be of several classes.
//
//	loss[i] = mean over j of c[j]·BCEWithLogits(x[i, j], t[i, j]), c being the class weights
//
// Shapes: logits [… C], target of 0 to 1 [… C] → [], or […] for ReduceNone.
type MultiLabelSoftMarginLoss struct {
	Reduction    Reduction
	Weights      grad.Value // of the rows
	ClassWeights grad.Value // [C]
}

// Of returns the loss.
func (l MultiLabelSoftMarginLoss) Of(logits, target grad.Value) grad.Value {
	of := lossOf{"MultiLabelSoftMarginLoss", l.Reduction, l.Weights}
	of.rows("logits target", logits, target)
	each := of.binary(logits, target, grad.Value{})
	if l.ClassWeights.Valid() {
		each = Mul(each, of.lastAxisWeights("class weights", logits, l.ClassWeights))
	}
	return of.reduce(Mean(each, -1))
}

// rows refuses operands without a last axis of at least one element.
func (l lossOf) rows(names string, operands ...grad.Value) {
	if x := operands[0]; x.Rank() == 0 || x.Dim(-1) == 0 {
		l.fail(names, operands, "rows wanted: at least one element along the last axis")
	}
}
