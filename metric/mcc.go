package metric

import "math"

// MCC returns Matthews's correlation coefficient of predicted and true classes: 1 is perfect, 0 no better than chance. With two
// classes it reaches −1, where every row is wrong.
//
//	(right·N − Σₖ pₖ·aₖ) / √((N² − Σₖ pₖ²)·(N² − Σₖ aₖ²)): p predicted, a actual
//
// It is 0 where only one class is predicted, or only one is true.
// Source: Matthews 1975, Biochimica et Biophysica Acta 405; for more classes Gorodkin 2004, "Comparing two K-category
// assignments by a K-category correlation coefficient", Computational Biology and Chemistry 28.
func (c *Confusion) MCC() float64 {
	m := c.margins()
	if m.rows == 0 {
		return math.NaN()
	}
	square := m.rows * m.rows
	return orZero(m.right*m.rows-m.both, math.Sqrt(square-m.predicted)*math.Sqrt(square-m.actual))
}
