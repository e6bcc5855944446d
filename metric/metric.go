// Package metric measures predictions. Each metric is a struct that takes them as they come: Add a batch, Merge the counts
// of another worker, read Value at the end. The zero struct is an empty metric, unless a New says otherwise; the Value of a
// metric that has seen nothing is NaN. Sums are in float64 and in the order of the calls.
//
// Class ids are int32, from 0; probabilities are float32 in rows of one value a class.
package metric

import "fmt"

func checkLengths(metric string, pred, target int) error {
	if pred != target {
		return fmt.Errorf("metric: %s of %d predictions and %d targets", metric, pred, target)
	}
	return nil
}

func ratio(a, b int) float64 { return float64(a) / float64(b) } // 0/0 is NaN
