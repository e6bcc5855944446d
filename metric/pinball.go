package metric

import "fmt"

// Pinball is the loss whose least is at a quantile of the target, from 0, the best: predicting too low costs Quantile a unit, too
// high 1 − Quantile. At 0.5 it is half of [MAE].
//
//	mean(max(q·(t − p), (q − 1)·(t − p)))
//
// Source: Koenker & Bassett 1978, "Regression quantiles", Econometrica 46.
type Pinball struct {
	Quantile float64 // q, between 0 and 1; zero: 0.5, the median

	mean
}

func (m *Pinball) quantile() float64 {
	if m.Quantile == 0 {
		return 0.5
	}
	return m.Quantile
}

// Add takes predictions and targets.
func (m *Pinball) Add(pred, target []float32) error {
	q := m.quantile()
	if !(q > 0 && q < 1) {
		return fmt.Errorf("metric: Pinball: Quantile is %g; a number between 0 and 1 wanted", q)
	}
	if err := checkFinite("Pinball", pred, target); err != nil {
		return err
	}
	for i, p := range pred {
		d := float64(target[i]) - float64(p)
		m.add(max(q*d, (q-1)*d))
	}
	return nil
}

// Merge adds what o, of the same Quantile, has seen.
func (m *Pinball) Merge(o *Pinball) error {
	if o.quantile() != m.quantile() {
		return fmt.Errorf("metric: Pinball of quantile %g merged with one of %g", m.quantile(), o.quantile())
	}
	m.merge(&o.mean)
	return nil
}

// Value returns the mean.
func (m *Pinball) Value() float64 { return m.value() }
