package prep

import (
	"slices"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/tensor"
)

// Bins returns for each of the first numbers values of d's rows the edges of at most most bins, each with about the same number of
// rows: the distinct ones of most+1 quantiles. Where quantiles fall together, most rows having one of few values, those of the distinct
// values are taken too: a column of nine tenths zeros, such as capital-gain of adult, has no bins among the rest otherwise. Of more than
// 131,072 rows they are taken from a sample.
//
// Source: Gorishniy, Rubachev & Babenko 2022, arXiv:2203.05556, section 3.2.1.
func Bins(d *data.Dataset, numbers, most int) [][]float32 {
	width := d.X.Dim(1)
	x := tensor.Of[float32](d.X)
	all := make([][]float32, numbers)
	values := make([]float64, d.Len())
	for j := range all {
		for i := range values {
			values[i] = float64(x[d.Row(i)*width+j])
		}
		sorted := slices.Clone(sample(values))
		if all[j] = edges(sorted, most); len(all[j]) <= most {
			all[j] = append(all[j], edges(slices.Compact(sorted), most)...)
			slices.Sort(all[j])
			all[j] = slices.Compact(all[j])
		}
	}
	return all
}

// edges sorts values.
func edges(values []float64, most int) []float32 {
	slices.Sort(values)
	e := make([]float32, most+1)
	for i := range e {
		e[i] = float32(percentile(values, reference(i, len(e))))
	}
	return slices.Compact(e)
}
