package metric

import "math"

// NDCG is the normalised discounted cumulative gain: how much of the relevance that the best order would put in the first K places
// is there, a place counting less the later it is; the mean over queries, from 0 to 1.
//
//	DCG = Σ relevance/log₂(1 + place), over the K highest scores; NDCG = DCG/(DCG in the order of relevance)
//
// Items of equal score share the mean of their places' discounts. The gain is the relevance itself; for the exponential one pass
// 2^relevance − 1. A query without a relevant item counts as 0.
// Source: Järvelin & Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20; for ties McSherry & Najork
// 2008, "Computing information retrieval performance measures efficiently in the presence of tied scores", ECIR.
type NDCG struct {
	K int // zero: all items

	mean
}

// Add takes one query: a score and a relevance, of at least 0, for each item.
func (n *NDCG) Add(scores, relevance []float32) error {
	ties, err := rank("NDCG", n.K, scores, relevance)
	if err != nil {
		return err
	}
	best, err := rank("NDCG", n.K, relevance, relevance)
	if err != nil {
		return err
	}
	n.add(orZero(dcg(ties, n.K), dcg(best, n.K)))
	return nil
}

func dcg(ties []tie, k int) float64 {
	total := 0.0
	for _, t := range ties {
		discount := 0.0
		for place := t.from; place <= min(t.to, orAll(k)); place++ {
			discount += 1 / math.Log2(float64(1+place))
		}
		total += t.gain / float64(t.to-t.from+1) * discount
	}
	return total
}

// Merge adds the queries of o, of the same K.
func (n *NDCG) Merge(o *NDCG) error { return n.mergeK("NDCG", n.K, &o.mean, o.K) }

// Value returns the mean.
func (n *NDCG) Value() float64 { return n.value() }
