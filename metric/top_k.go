package metric

import "fmt"

// TopK is the share of rows whose true class is among the K with the highest scores, from 0 to 1. Of classes with equal scores the
// one with the lower id goes first, so that K = 1 is the accuracy of the first best class.
type TopK struct {
	K            int // at least 1
	Right, Total int
}

// Add takes rows of scores, logits or probabilities, [N classes] and the true class ids [N].
func (t *TopK) Add(scores []float32, classes int, target []int32) error {
	if t.K < 1 {
		return fmt.Errorf("metric: TopK: K is %d; at least 1 wanted", t.K)
	}
	if err := checkRows("TopK", len(scores), classes, target); err != nil {
		return err
	}
	right := 0
	for i, id := range target {
		row, before := scores[i*classes:(i+1)*classes], 0
		for k, s := range row {
			if s != s {
				return fmt.Errorf("metric: TopK: row %d has the score NaN", i)
			}
			if s > row[id] || s == row[id] && k < int(id) {
				before++
			}
		}
		if before < t.K {
			right++
		}
	}
	t.Right += right
	t.Total += len(target)
	return nil
}

// Merge adds what o, of the same K, has seen.
func (t *TopK) Merge(o *TopK) error {
	if o.K != t.K {
		return fmt.Errorf("metric: TopK of K %d merged with one of %d", t.K, o.K)
	}
	t.Right += o.Right
	t.Total += o.Total
	return nil
}

// Value returns the share.
func (t *TopK) Value() float64 { return ratio(t.Right, t.Total) }
