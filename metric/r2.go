package metric

// R2 is the coefficient of determination: the share of the targets' variance that predictions account for. 1 is perfect, 0 what their
// mean reaches, and there is no least.
//
//	1 − Σ(p − t)² / Σ(t − mean(t))²
//
// NaN where all targets are equal: there is no variance to account for.
// Source: Wright 1921, "Correlation and causation", Journal of Agricultural Research 20.
type R2 struct {
	targets spread
	errors  sum // of squares
}

// Add takes predictions and targets.
func (r *R2) Add(pred, target []float32) error {
	if err := checkFinite("R2", pred, target); err != nil {
		return err
	}
	for i, p := range pred {
		t := float64(target[i])
		r.targets.add(t)
		r.errors.addSquare(float64(p) - t)
	}
	return nil
}

// Merge adds what o has seen.
func (r *R2) Merge(o *R2) {
	r.targets.merge(&o.targets)
	r.errors.merge(&o.errors)
}

// Value returns the share.
func (r *R2) Value() float64 { return r.targets.explained(r.errors.exact) }
