package metric

// MRR is the mean reciprocal rank: 1/place of a query's first relevant item; the mean over queries, from 0 to 1.
//
//	1/place where place ≤ K, 0 elsewhere
//
// An item's place counts all that score no lower, so that ties don't flatter. What has a relevance above 0 is relevant. A query
// without a relevant item counts as 0.
// Source: Voorhees 1999, "The TREC-8 question answering track report", TREC.
type MRR struct {
	K int // zero: all items

	mean
}

// Add takes one query: a score and a relevance, of at least 0, for each item.
func (m *MRR) Add(scores, relevance []float32) error {
	ties, err := rank("MRR", m.K, scores, relevance)
	if err != nil {
		return err
	}
	value := 0.0
	if place := first(ties); place > 0 && place <= orAll(m.K) {
		value = ratio(1, place)
	}
	m.add(value)
	return nil
}

// first returns the place of the first relevant item; 0: there is none.
func first(ties []tie) int {
	for _, t := range ties {
		if t.relevant > 0 {
			return t.to
		}
	}
	return 0
}

// Merge adds the queries of o, of the same K.
func (m *MRR) Merge(o *MRR) error { return m.mergeK("MRR", m.K, &o.mean, o.K) }

// Value returns the mean.
func (m *MRR) Value() float64 { return m.value() }
