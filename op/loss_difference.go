package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
)

// L1Loss is the absolute difference.
//
//	loss = |x − t|
//	dx = g·sign(x − t), dt = −dx; 0 where they are equal
//
// Shapes: x, target of one shape → [], or the same for ReduceNone.
type L1Loss struct {
	Reduction Reduction
	Weights   grad.Value
}

// Of returns the loss.
func (l L1Loss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"L1Loss", l.Reduction, l.Weights}
	return of.reduce(Abs(of.difference(x, target)))
}

// difference is x − target of one shape.
func (l lossOf) difference(x, target grad.Value) grad.Value {
	l.alike("x target", x, target)
	return Sub(x, target)
}

// HuberLoss is half the square of small differences, and grows like the absolute one beyond Delta.
//
//	loss = d²/2 where |d| < δ, δ·(|d| − δ/2) elsewhere; d = x − t
//	dx = g·d, at most g·δ and at least −g·δ; dt = −dx
//
// Shapes: x, target of one shape → [], or the same for ReduceNone.
// Source: Huber 1964, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35.
type HuberLoss struct {
	Reduction Reduction
	Weights   grad.Value
	Delta     float64 // 0: 1
}

// Of returns the loss.
func (l HuberLoss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"HuberLoss", l.Reduction, l.Weights}
	delta := of.positive("Delta", l.Delta, 1)
	return of.reduce(huber(of.difference(x, target), delta))
}

// huber is c·(d − c/2), c being d clamped.
func huber(d grad.Value, delta float64) grad.Value {
	c := Clamp(d, -delta, delta)
	return Mul(c, Sub(d, times(c, 0.5)))
}

// SmoothL1Loss is the absolute difference with its corner rounded: HuberLoss over its Delta, which here is Beta.
//
//	loss = d²/(2β) where |d| < β, |d| − β/2 elsewhere; d = x − t
//	dx = g·d/β, at most g and at least −g; dt = −dx
//
// Shapes: x, target of one shape → [], or the same for ReduceNone.
// Source: Girshick 2015, arXiv:1504.08083.
type SmoothL1Loss struct {
	Reduction Reduction
	Weights   grad.Value
	Beta      float64 // 0: 1; for β = 0 there is L1Loss
}

// Of returns the loss.
func (l SmoothL1Loss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"SmoothL1Loss", l.Reduction, l.Weights}
	beta := of.positive("Beta", l.Beta, 1)
	return of.reduce(times(huber(of.difference(x, target), beta), 1/beta))
}

// LogCoshLoss is the logarithm of the difference's hyperbolic cosine: half the square of small differences, the absolute one less
// ln 2 of large ones.
//
//	loss = ln cosh d = |d| + ln(1 + (exp(−2|d|) − 1)/2); d = x − t
//	dx = g·tanh d, dt = −dx
//
// Shapes: x, target of one shape → [], or the same for ReduceNone. The second form neither overflows nor loses small differences.
// Source: Green 1990, "Bayesian reconstructions from emission tomography data using a modified EM algorithm", IEEE Transactions
// on Medical Imaging 9.
type LogCoshLoss struct {
	Reduction Reduction
	Weights   grad.Value
}

// Of returns the loss.
func (l LogCoshLoss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"LogCoshLoss", l.Reduction, l.Weights}
	a := Abs(of.difference(x, target))
	return of.reduce(Add(a, Log1p(times(Expm1(times(a, -2)), 0.5))))
}

// QuantileLoss is the pinball loss, least where x is the target's Quantile: a target above x costs q for each unit, one below
// 1 − q.
//
//	loss = max(q·(t − x), (q − 1)·(t − x))
//	dx = −g·q where t > x, g·(1 − q) where t < x, the mean of both where they are equal; dt = −dx
//
// Shapes: x, target of one shape → [], or the same for ReduceNone.
// Source: Koenker & Bassett 1978, "Regression quantiles", Econometrica 46.
type QuantileLoss struct {
	Reduction Reduction
	Weights   grad.Value
	Quantile  float64 // in (0, 1); 0: the median, ½
}

// Of returns the loss.
func (l QuantileLoss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"QuantileLoss", l.Reduction, l.Weights}
	q := of.positive("Quantile", l.Quantile, 0.5)
	of.setting(q < 1, "Quantile", q, "a number in (0, 1)")
	d := of.difference(target, x)
	return of.reduce(Maximum(times(d, q), times(d, q-1)))
}

// positive returns a setting that is to be above 0, or what 0 stands for.
func (l lossOf) positive(name string, v, usual float64) float64 {
	if v == 0 {
		return usual
	}
	l.setting(v > 0 && v <= math.MaxFloat32, name, v, "a positive number")
	return v
}
