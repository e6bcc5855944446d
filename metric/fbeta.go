package metric

// FBeta returns the weighted harmonic mean of precision and recall, averaged over classes, from 0 to 1: recall counts beta
// times as much as precision, and F1 is beta = 1.
//
//	(1 + β²)·rightₖ / (predictedₖ + β²·actualₖ)
//
// The [Macro] average is the mean of the classes' F, not the F of mean precision and mean recall.
// Source: van Rijsbergen 1979, "Information retrieval", 2nd edition, chapter 7.
func (c *Confusion) FBeta(beta float64, a Average) float64 {
	b := beta * beta
	return c.average(a, func(right, predicted, actual float64) (part, whole float64) {
		return (1 + b) * right, predicted + b*actual
	})
}
