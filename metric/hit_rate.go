package metric

// HitRate is the share of queries with a relevant item in the first K places, from 0 to 1.
//
// An item's place counts all that score no lower, so that ties don't flatter. What has a relevance above 0 is relevant.
// Source: Deshpande & Karypis 2004, "Item-based top-N recommendation algorithms", ACM TOIS 22.
type HitRate struct {
	K int // zero: all items

	mean
}

// Add takes one query: a score and a relevance, of at least 0, for each item.
func (h *HitRate) Add(scores, relevance []float32) error {
	ties, err := rank("HitRate", h.K, scores, relevance)
	if err != nil {
		return err
	}
	hit := 0.0
	if place := first(ties); place > 0 && place <= orAll(h.K) {
		hit = 1
	}
	h.add(hit)
	return nil
}

// Merge adds the queries of o, of the same K.
func (h *HitRate) Merge(o *HitRate) error { return h.mergeK("HitRate", h.K, &o.mean, o.K) }

// Value returns the mean.
func (h *HitRate) Value() float64 { return h.value() }
