package metric

import "math"

// MAPE is the mean absolute error as a share of the target, from 0, the best; 0.05 is 5 %. A target of 0 makes it huge: then it
// isn't the metric to take.
//
//	mean(|p − t| / max(|t|, 2⁻⁵²))
//
// Source: de Myttenaere, Golden, Le Grand & Rossi 2016, arXiv:1605.02541; the bound is scikit-learn's.
type MAPE struct{ mean }

// Add takes predictions and targets.
func (m *MAPE) Add(pred, target []float32) error {
	if err := checkFinite("MAPE", pred, target); err != nil {
		return err
	}
	for i, p := range pred {
		t := float64(target[i])
		m.add(math.Abs(float64(p)-t) / max(math.Abs(t), 0x1p-52))
	}
	return nil
}

// Merge adds what o has seen.
func (m *MAPE) Merge(o *MAPE) { m.merge(&o.mean) }

// Value returns the mean.
func (m *MAPE) Value() float64 { return m.value() }
