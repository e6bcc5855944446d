package metric

import (
	"fmt"
	"math"
)

// ECE is the expected calibration error: how far the probability of the predicted class is from the share of predictions that are
// right, over bins of that probability, from 0, the best, to 1. Bin b of M is ((b−1)/M, b/M].
//
//	Σ_b |right_b − Σ p|/N, the inner sum over the rows of bin b
//
// Source: Naeini, Cooper & Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning", AAAI; in this form
// Guo, Pleiss, Sun & Weinberger 2017, arXiv:1706.04599, eq. 3.
type ECE struct {
	Bins int // zero: 15, Guo et al.'s

	bins []bin
}

type bin struct {
	right int
	probs mean
}

// Add takes rows of probabilities [N classes] and the true class ids [N]; the first of the highest is what is predicted.
func (e *ECE) Add(probs []float32, classes int, target []int32) error {
	if e.Bins < 0 {
		return fmt.Errorf("metric: ECE: Bins is %d; at least 0 wanted (0: 15)", e.Bins)
	}
	if err := checkProbs("ECE", probs, classes, target); err != nil {
		return err
	}
	e.open()
	for i, id := range target {
		row, best := probs[i*classes:(i+1)*classes], 0
		for k, p := range row {
			if p > row[best] {
				best = k
			}
		}
		p := float64(row[best])
		b := &e.bins[min(int(math.Ceil(p*float64(len(e.bins)))), len(e.bins))-1]
		b.probs.add(p)
		if best == int(id) {
			b.right++
		}
	}
	return nil
}

func (e *ECE) size() int {
	if e.Bins == 0 {
		return 15
	}
	return e.Bins
}

func (e *ECE) open() {
	if e.bins == nil {
		e.bins = make([]bin, e.size())
	}
}

// Merge adds what o, of as many bins, has seen.
func (e *ECE) Merge(o *ECE) error {
	if o.size() != e.size() {
		return fmt.Errorf("metric: ECE of %d bins merged with one of %d", e.size(), o.size())
	}
	e.open()
	for i := range o.bins {
		e.bins[i].right += o.bins[i].right
		e.bins[i].probs.merge(&o.bins[i].probs)
	}
	return nil
}

// Value returns the error.
func (e *ECE) Value() float64 {
	gap, rows := 0.0, 0
	for i := range e.bins {
		b := &e.bins[i]
		rows += b.probs.Total
		p, _ := b.probs.sum.exact().Float64()
		gap += math.Abs(float64(b.right) - p)
	}
	return gap / float64(rows)
}
