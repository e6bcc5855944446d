package metric

// PrecisionRecall tells, for each class, how far a prediction of it can be trusted and how much of it is found. Make it
// with NewPrecisionRecall.
type PrecisionRecall struct {
	Confusion
}

// NewPrecisionRecall returns an empty metric.
func NewPrecisionRecall(classes int) *PrecisionRecall {
	return &PrecisionRecall{*NewConfusion(classes)}
}

// ClassScore is one class's.
type ClassScore struct {
	Precision float64 // right / predicted; NaN where the class was never predicted
	Recall    float64 // right / actual; NaN where there is none of the class
	F1        float64 // 2·right / (predicted + actual), their harmonic mean; NaN where there is neither
	Support   int     // how many there are of the class
}

// Merge adds what o, of the same classes, has seen.
func (p *PrecisionRecall) Merge(o *PrecisionRecall) error { return p.Confusion.Merge(&o.Confusion) }

// Value returns each class's score.
func (p *PrecisionRecall) Value() []ClassScore { return p.Scores() }

// Scores returns precision and recall of each class from the matrix.
func (c *Confusion) Scores() []ClassScore {
	r := make([]ClassScore, c.Classes)
	for k := range r {
		right, predicted, actual := c.Right(k), c.Predicted(k), c.Actual(k)
		r[k] = ClassScore{ratio(right, predicted), ratio(right, actual), ratio(2*right, predicted+actual), actual}
	}
	return r
}
