package metric

// MSE is the mean squared error, from 0, the best: in the square of the target's unit.
//
//	mean((p − t)²)
type MSE struct{ mean }

// Add takes predictions and targets.
func (m *MSE) Add(pred, target []float32) error {
	if err := checkFinite("MSE", pred, target); err != nil {
		return err
	}
	for i, p := range pred {
		d := float64(p) - float64(target[i])
		m.add(d * d)
	}
	return nil
}

// Merge adds what o has seen.
func (m *MSE) Merge(o *MSE) { m.merge(&o.mean) }

// Value returns the mean.
func (m *MSE) Value() float64 { return m.value() }
