// Package metric measures predictions. Each metric is a struct that takes them as they come: Add a batch, Merge what another
// worker has seen, read Value at the end. The zero struct is an empty metric, unless a New says otherwise. What is counted of
// predicted classes is one [Confusion]; precision, recall and their like are its methods.
//
// A value doesn't depend on how the rows were cut in batches and workers, nor on their order, to the bit ([Perplexity] excepted):
// counts are integers, and sums over rows are exact and rounded once, when the value is read. Memory doesn't grow with the rows, but for [ROCAUC] and
// [AveragePrecision], which keep the scores.
//
// What is undefined is NaN, the value of a metric that has seen nothing above all. Where the field counts an undefined share as 0,
// the comment says so. Bad input, a NaN among it, is an error, and nothing of that batch is counted.
//
// Class ids are int32, from 0; probabilities are float32 in rows of one value a class.
package metric

import (
	"fmt"
	"math"
)

func checkLengths(metric string, pred, target int) error {
	if pred != target {
		return fmt.Errorf("metric: %s of %d predictions and %d targets", metric, pred, target)
	}
	return nil
}

// checkRows wants rows of n values a class and one id of a class for each.
func checkRows(metric string, n, classes int, target []int32) error {
	if classes < 1 || n != len(target)*classes {
		return fmt.Errorf("metric: %s of %d values for %d targets of %d classes", metric, n, len(target), classes)
	}
	for i, id := range target {
		if id < 0 || int(id) >= classes {
			return fmt.Errorf("metric: %s: row %d has class %d; there are %d classes", metric, i, id, classes)
		}
	}
	return nil
}

// slack is how far float32 probabilities of a row may be from a sum of 1: those of a softmax over 100,000 classes stay well within.
const slack = 1e-3

// checkProbs is checkRows, and wants each row to be probabilities.
func checkProbs(metric string, probs []float32, classes int, target []int32) error {
	if err := checkRows(metric, len(probs), classes, target); err != nil {
		return err
	}
	for i := range target {
		total := 0.0
		for _, p := range probs[i*classes : (i+1)*classes] {
			if !(p >= 0 && p <= 1+slack) {
				return fmt.Errorf("metric: %s: row %d has the probability %g; logits go through softmax first", metric, i, p)
			}
			total += float64(p)
		}
		if math.Abs(total-1) > slack {
			return fmt.Errorf("metric: %s: row %d has probabilities of sum %g, 1 wanted", metric, i, total)
		}
	}
	return nil
}

// checkFinite wants as many finite predictions as finite targets.
func checkFinite(metric string, pred, target []float32) error {
	if err := checkLengths(metric, len(pred), len(target)); err != nil {
		return err
	}
	for i, p := range pred {
		for _, x := range [...]float32{p, target[i]} {
			if x-x != 0 {
				return fmt.Errorf("metric: %s: row %d has prediction %g and target %g; finite numbers wanted", metric, i, p, target[i])
			}
		}
	}
	return nil
}

func ratio(a, b int) float64 { return float64(a) / float64(b) } // 0/0 is NaN

// orZero returns the share a of b, and 0 where it is of nothing.
func orZero(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
