package events

// buckets is how many a Histogram has, as of tf.summary.histogram.
const buckets = 30

// Histogram counts values in buckets: bucket i holds those up to Limits[i], above the limit before it.
type Histogram struct {
	Min, Max, Num   float64
	Sum, SumSquares float64
	Limits, Counts  []float64
}

// NewHistogram counts values in 30 buckets of the same width from the least to the greatest; the values must be finite.
// Where all are the same there is one bucket, and none where there is no value.
func NewHistogram(values []float32) Histogram {
	h := Histogram{Num: float64(len(values))}
	if len(values) == 0 {
		return h
	}
	low, high := values[0], values[0]
	for _, v := range values {
		low, high = min(low, v), max(high, v)
		x := float64(v)
		h.Sum += x
		h.SumSquares += x * x
	}
	h.Min, h.Max = float64(low), float64(high)
	if low == high {
		h.Limits, h.Counts = []float64{h.Max}, []float64{h.Num}
		return h
	}
	var counts [buckets]int
	scale := buckets / (h.Max - h.Min)
	for _, v := range values {
		counts[min(int((float64(v)-h.Min)*scale), buckets-1)]++
	}
	for i, n := range counts {
		h.Limits = append(h.Limits, h.Min+float64(i+1)/buckets*(h.Max-h.Min))
		h.Counts = append(h.Counts, float64(n))
	}
	h.Limits[buckets-1] = h.Max
	return h
}
