package op

import "github.com/ingot-ml/ingot/grad"

// KLDivLoss is the Kullback-Leibler divergence of the target from the distribution whose log-probabilities x has.
//
//	loss[i] = Σⱼ t[i, j]·(ln t[i, j] − x[i, j])
//	dx = −g·t, dt = g·(ln t − x + 1)
//
// A distribution is a row: the mean is that over the rows, which PyTorch calls batchmean; its mean also divides by C.
//
// Shapes: x [… C], target [… C], whose rows add up to 1 → [], or […] for ReduceNone.
// Source: Kullback & Leibler 1951, "On information and sufficiency", Annals of Mathematical Statistics 22.
type KLDivLoss struct {
	Reduction Reduction
	Weights   grad.Value // of the rows
	LogTarget bool       // the target has log-probabilities too
}

// Of returns the loss.
func (l KLDivLoss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"KLDivLoss", l.Reduction, l.Weights}
	of.rows("x target", x, target)
	of.alike("x target", x, target)
	if l.LogTarget {
		t := of.within(target, "target", logProbs)
		return of.reduce(Sum(Mul(Exp(t), Sub(t, x)), -1))
	}
	t := of.within(target, "target", distributions)
	return of.reduce(Sum(Mul(t, Sub(lossLog(t), x)), -1))
}

// JSDivLoss is the Jensen-Shannon divergence of the target and the distribution whose log-probabilities x has: how far both are
// from their mean m, from 0 to ln 2.
//
//	loss[i] = ½·Σⱼ eˣ·(x − ln m) + ½·Σⱼ t·(ln t − ln m), m = ½·(eˣ + t)
//	dx = ½·g·eˣ·(x − ln m), dt = ½·g·(ln t − ln m)
//
// Shapes: x [… C] of at most 0, target [… C], whose rows add up to 1 → [], or […] for ReduceNone.
// Source: Lin 1991, "Divergence measures based on the Shannon entropy", IEEE Transactions on Information Theory 37.
type JSDivLoss struct {
	Reduction Reduction
	Weights   grad.Value // of the rows
}

// Of returns the loss.
func (l JSDivLoss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"JSDivLoss", l.Reduction, l.Weights}
	of.rows("x target", x, target)
	of.alike("x target", x, target)
	x, t := of.within(x, "x", logProbs), of.within(target, "target", distributions)
	p := Exp(x)
	m := lossLog(times(Add(p, t), 0.5))
	both := Add(Mul(p, Sub(x, m)), Mul(t, Sub(lossLog(t), m)))
	return of.reduce(times(Sum(both, -1), 0.5))
}
