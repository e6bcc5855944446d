package metric

import "math"

// RMSE is the root of the mean squared error, from 0, the best: in the target's unit.
//
//	√mean((p − t)²)
type RMSE struct{ mean }

// Add takes predictions and targets.
func (m *RMSE) Add(pred, target []float32) error {
	if err := checkFinite("RMSE", pred, target); err != nil {
		return err
	}
	for i, p := range pred {
		d := float64(p) - float64(target[i])
		m.add(d * d)
	}
	return nil
}

// Merge adds what o has seen.
func (m *RMSE) Merge(o *RMSE) { m.merge(&o.mean) }

// Value returns the root.
func (m *RMSE) Value() float64 { return math.Sqrt(m.value()) }
