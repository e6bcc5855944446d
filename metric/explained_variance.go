package metric

// ExplainedVariance is [R2] without the mean error: predictions that are all off by the same are perfect. 1 is the best, 0 what
// a constant reaches, and there is no least.
//
//	1 − Var(p − t) / Var(t)
//
// NaN where all targets are equal: there is no variance to account for.
type ExplainedVariance struct {
	targets, errors spread
}

// Add takes predictions and targets.
func (v *ExplainedVariance) Add(pred, target []float32) error {
	if err := checkFinite("ExplainedVariance", pred, target); err != nil {
		return err
	}
	for i, p := range pred {
		t := float64(target[i])
		v.targets.add(t)
		v.errors.add(float64(p) - t)
	}
	return nil
}

// Merge adds what o has seen.
func (v *ExplainedVariance) Merge(o *ExplainedVariance) {
	v.targets.merge(&o.targets)
	v.errors.merge(&o.errors)
}

// Value returns the share.
func (v *ExplainedVariance) Value() float64 { return v.targets.explained(v.errors.exact) }
