package metric

// CohenKappa returns how much better than chance predictions agree with the truth: 1 is perfect, 0 what predictions of the same
// frequencies reach by chance, and the least is −1.
//
//	(pₒ − pₑ)/(1 − pₑ): pₒ the accuracy, pₑ = Σₖ predictedₖ·actualₖ/N²
//
// NaN where all rows have one class and it is always predicted.
// Source: Cohen 1960, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20.
func (c *Confusion) CohenKappa() float64 {
	m := c.margins()
	return (m.right*m.rows - m.both) / (m.rows*m.rows - m.both)
}

// margins are sums over the classes, exact up to 2⁵³.
type margins struct {
	rows, right float64
	both        float64 // Σₖ predictedₖ·actualₖ
	predicted   float64 // Σₖ predictedₖ²
	actual      float64 // Σₖ actualₖ²
}

func (c *Confusion) margins() margins {
	var m margins
	for k := range c.Classes {
		p, a := float64(c.Predicted(k)), float64(c.Actual(k))
		m.rows += a
		m.right += float64(c.Right(k))
		m.both += p * a
		m.predicted += p * p
		m.actual += a * a
	}
	return m
}
