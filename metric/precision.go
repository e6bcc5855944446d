package metric

// Precision returns the share of the predictions of a class that are right, averaged over classes, from 0 to 1.
//
//	rightₖ/predictedₖ
func (c *Confusion) Precision(a Average) float64 {
	return c.average(a, func(right, predicted, _ float64) (part, whole float64) { return right, predicted })
}
