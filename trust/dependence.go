package trust

import "fmt"

// Dependence is how a model's answer changes with one column.
type Dependence struct {
	Column string    `json:"column"`
	At     []string  `json:"at"`     // values of the column
	Answer []float64 `json:"answer"` // mean over the rows, all else as it is in them
}

// PartialDependence gives the column each of its values in turn, in every row, and takes the mean of the answers. Values hold what
// the model sees of each, one number for each of the feature's places.
//
// Source: Friedman 2001, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 29(5), section 8.2.
func PartialDependence(x []float32, width int, f Feature, names []string, values [][]float32, answers func(x []float32) ([]float64, error)) (*Dependence, error) {
	n := len(x) / max(width, 1)
	if n < 1 || n*width != len(x) || len(names) != len(values) {
		return nil, fmt.Errorf("trust: partial dependence of %d values in rows of %d, with %d names of %d values", len(x), width, len(names), len(values))
	}
	changed := append([]float32(nil), x...)
	d := &Dependence{Column: f.Name, At: names}
	for _, v := range values {
		for i := range n {
			for k, p := range f.Places {
				changed[i*width+p] = v[k]
			}
		}
		all, err := answers(changed)
		if err != nil {
			return nil, err
		}
		sum := 0.0
		for _, a := range all {
			sum += a
		}
		d.Answer = append(d.Answer, sum/float64(n))
	}
	return d, nil
}
