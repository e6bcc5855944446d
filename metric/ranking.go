package metric

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// tie is a run of equal scores in a ranking.
type tie struct {
	from, to int     // places, the highest score's is 1
	relevant int     // items of relevance above 0
	gain     float64 // the sum of their relevances
}

// rank orders a query's items by score, the highest first.
func rank(metric string, k int, scores, relevance []float32) ([]tie, error) {
	if k < 0 {
		return nil, fmt.Errorf("metric: %s: K is %d; at least 0 wanted (0: all items)", metric, k)
	}
	if len(scores) != len(relevance) {
		return nil, fmt.Errorf("metric: %s of %d scores and %d relevances", metric, len(scores), len(relevance))
	}
	order := make([]int, len(scores))
	for i, s := range scores {
		r := float64(relevance[i])
		if s != s || !(r >= 0) || math.IsInf(r, 1) {
			return nil, fmt.Errorf("metric: %s: item %d has score %g and relevance %g; a number, and a finite one of at least 0, wanted", metric, i, s, r)
		}
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		// Relevance last, so that sums within a tie don't depend on the order given.
		return cmp.Or(cmp.Compare(scores[j], scores[i]), cmp.Compare(relevance[j], relevance[i]))
	})
	var ties []tie
	for at, i := range order {
		if at == 0 || scores[i] != scores[order[at-1]] {
			ties = append(ties, tie{from: at + 1})
		}
		t := &ties[len(ties)-1]
		t.to = at + 1
		t.gain += float64(relevance[i])
		if relevance[i] > 0 {
			t.relevant++
		}
	}
	return ties, nil
}

// mergeK adds the queries of o where both look at as many items.
func (m *mean) mergeK(metric string, k int, o *mean, other int) error {
	if k != other {
		return fmt.Errorf("metric: %s of K %d merged with one of %d", metric, k, other)
	}
	m.merge(o)
	return nil
}

func orAll(k int) int {
	if k == 0 {
		return math.MaxInt
	}
	return k
}
