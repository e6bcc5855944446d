package metric

import "math"

// MAE is the mean absolute error, from 0, the best: in the target's unit.
//
//	mean(|p − t|)
type MAE struct{ mean }

// Add takes predictions and targets.
func (m *MAE) Add(pred, target []float32) error {
	if err := checkFinite("MAE", pred, target); err != nil {
		return err
	}
	for i, p := range pred {
		m.add(math.Abs(float64(p) - float64(target[i])))
	}
	return nil
}

// Merge adds what o has seen.
func (m *MAE) Merge(o *MAE) { m.merge(&o.mean) }

// Value returns the mean.
func (m *MAE) Value() float64 { return m.value() }
