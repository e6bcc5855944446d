package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// DiceLoss is 1 less the Dice coefficient of a mask's probabilities and the mask: how little they overlap, whatever share of the
// whole the mask is.
//
//	loss[n] = 1 − (2·Σ x·t + s)/(Σ x + Σ t + s), or with Σ x² + Σ t² below; s is Smooth
//	dx = −g·(2t − q)/(Σ x + Σ t + s), q being the quotient, or −g·(2t − 2x·q)/…
//
// The sums are of all of a sample: a class that is to count for itself is a sample of its own.
//
// Shapes: x, target in [0, 1], of one shape [N …] → [], or [N] for ReduceNone.
// Source: Milletari, Navab & Ahmadi 2016, arXiv:1606.04797 (squared); Sudre et al. 2017, arXiv:1707.03237.
type DiceLoss struct {
	Reduction Reduction
	Weights   grad.Value // [N]
	Smooth    float64    // 0: 1; it defines the loss of empty masks
	Squared   bool
}

// Of returns the loss.
func (l DiceLoss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"DiceLoss", l.Reduction, l.Weights}
	s := of.positive("Smooth", l.Smooth, 1)
	of.alike("x target", x, target)
	if x.Rank() < 2 {
		of.fail("x target", []grad.Value{x, target}, "a sample along the first of at least two axes wanted: [N …]")
	}
	x, t := of.within(x, "x", probabilities), of.within(target, "target", probabilities)
	both, each := Mul(x, t), Add(x, t)
	if l.Squared {
		each = Add(Mul(x, x), Mul(t, t))
	}
	var buf [tensor.MaxRank]int
	axes := buf[:x.Rank()-1]
	for i := range axes {
		axes[i] = i + 1
	}
	q := Div(plus(times(Sum(both, axes...), 2), s), plus(Sum(each, axes...), s))
	return of.reduce(Sub(q.Scalar(1), q))
}
