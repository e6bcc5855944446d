package metric

// BalancedAccuracy returns the mean over the true classes of the share of each that is found, from 0 to 1: the accuracy that
// a common class can't carry. Always the same class gives 1/C.
//
//	mean over k with actual > 0 of rightₖ/actualₖ
//
// A class that is never true doesn't count, though it be predicted; in the [Macro] average of [Confusion.Recall] it does.
// Source: Brodersen, Ong, Stephan & Buhmann 2010, "The balanced accuracy and its posterior distribution", ICPR.
func (c *Confusion) BalancedAccuracy() float64 {
	sum, classes := 0.0, 0
	for k := range c.Classes {
		if actual := c.Actual(k); actual > 0 {
			sum += ratio(c.Right(k), actual)
			classes++
		}
	}
	return sum / float64(classes)
}
