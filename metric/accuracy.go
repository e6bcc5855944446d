package metric

// Accuracy is the share of predictions that are right: Right/Total, from 0 to 1.
type Accuracy struct {
	Right, Total int
}

// Add takes predicted and true class ids.
func (a *Accuracy) Add(pred, target []int32) error {
	if err := checkLengths("Accuracy", len(pred), len(target)); err != nil {
		return err
	}
	for i, p := range pred {
		if p == target[i] {
			a.Right++
		}
	}
	a.Total += len(pred)
	return nil
}

// Merge adds what o has seen.
func (a *Accuracy) Merge(o *Accuracy) {
	a.Right += o.Right
	a.Total += o.Total
}

// Value returns the share.
func (a *Accuracy) Value() float64 { return ratio(a.Right, a.Total) }

// Interval returns the 95 % [Wilson] interval.
func (a *Accuracy) Interval() (low, high float64) { return Wilson(a.Right, a.Total) }
