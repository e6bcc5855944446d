package metric

// MAP is the mean average precision: over a query's relevant items the mean of the share of relevant ones down to its place; the mean
// over queries, from 0 to 1.
//
//	Σ relevant down to place/place, over the relevant items with place ≤ K, / min(relevant items, K)
//
// An item's place counts all that score no lower, so that ties don't flatter. What has a relevance above 0 is relevant. A query
// without a relevant item counts as 0.
// Source: Buckley & Voorhees 2000, "Evaluating evaluation measure stability", SIGIR.
type MAP struct {
	K int // zero: all items

	mean
}

// Add takes one query: a score and a relevance, of at least 0, for each item.
func (m *MAP) Add(scores, relevance []float32) error {
	ties, err := rank("MAP", m.K, scores, relevance)
	if err != nil {
		return err
	}
	total, relevant := 0.0, 0
	for _, t := range ties {
		relevant += t.relevant
		if t.to <= orAll(m.K) {
			total += float64(t.relevant) * ratio(relevant, t.to)
		}
	}
	m.add(orZero(total, float64(min(relevant, orAll(m.K)))))
	return nil
}

// Merge adds the queries of o, of the same K.
func (m *MAP) Merge(o *MAP) error { return m.mergeK("MAP", m.K, &o.mean, o.K) }

// Value returns the mean.
func (m *MAP) Value() float64 { return m.value() }
