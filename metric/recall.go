package metric

// Recall returns the share of the rows of a class that are found, averaged over classes, from 0 to 1.
//
//	rightₖ/actualₖ
func (c *Confusion) Recall(a Average) float64 {
	return c.average(a, func(right, _, actual float64) (part, whole float64) { return right, actual })
}
