package metric

// Brier is the mean squared difference of probabilities and truth, over rows and from 0, the best.
//
//	mean over rows of Σₖ (p[i, k] − [k = idᵢ])²; half of it for two classes
//
// With two classes that is (p − y)², at most 1, as scikit-learn's; with more it is at most 2.
// Source: Brier 1950, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78.
type Brier struct{ mean }

// Add takes rows of probabilities [N classes] and the true class ids [N].
func (b *Brier) Add(probs []float32, classes int, target []int32) error {
	if err := checkProbs("Brier", probs, classes, target); err != nil {
		return err
	}
	for i, id := range target {
		total := 0.0
		for k, p := range probs[i*classes : (i+1)*classes] {
			d := float64(p)
			if k == int(id) {
				d--
			}
			total += float64(d * d)
		}
		if classes == 2 {
			total /= 2
		}
		b.add(total)
	}
	return nil
}

// Merge adds what o has seen.
func (b *Brier) Merge(o *Brier) { b.merge(&o.mean) }

// Value returns the mean.
func (b *Brier) Value() float64 { return b.value() }
