package metric

// ClassScore tells of one class how far a prediction of it can be trusted and how much of it is found.
type ClassScore struct {
	Precision float64 // right / predicted; NaN where the class was never predicted
	Recall    float64 // right / actual; NaN where there is none of the class
	F1        float64 // 2·right / (predicted + actual), their harmonic mean; NaN where there is neither
	Support   int     // how many there are of the class
}

// Scores returns each class's.
func (c *Confusion) Scores() []ClassScore {
	r := make([]ClassScore, c.Classes)
	for k := range r {
		right, predicted, actual := c.Right(k), c.Predicted(k), c.Actual(k)
		r[k] = ClassScore{ratio(right, predicted), ratio(right, actual), ratio(2*right, predicted+actual), actual}
	}
	return r
}
