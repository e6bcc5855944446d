package main

import (
	"math"
	"slices"
)

// median of a list that isn't empty.
func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}

// better is how many times as good a is as b: seconds and bytes are better
// small, rates large.
func better(unit string, a, b float64) float64 {
	switch unit {
	case "s", "ms", "us", "MB":
		return b / a
	}
	return a / b
}

// ratio is the median over the repetitions of how many times as good ours is.
// It is 0 where either wasn't measured.
func (res *results) ratio(name, peer string) float64 {
	a, b := res.series[name]["ingot"], res.series[name][peer]
	if a == nil || b == nil {
		return 0
	}
	pairs := make([]float64, min(len(a.Values), len(b.Values)))
	for i := range pairs {
		pairs[i] = better(res.units[name], a.Values[i], b.Values[i])
	}
	return median(pairs)
}

// worst is the ratio against the best peer of a row, 0 if there is none.
func (res *results) worst(name string) float64 {
	var w float64
	for _, s := range res.systems {
		if s.ours || s.bound {
			continue
		}
		if r := res.ratio(name, s.name); r > 0 && (w == 0 || r < w) {
			w = r
		}
	}
	return w
}

// geometricMean of the rows' worst ratios, 0 if there are none.
func (res *results) geometricMean() float64 {
	var sum float64
	var n int
	for _, name := range res.rows {
		if w := res.worst(name); w > 0 {
			sum += math.Log(w)
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return math.Exp(sum / float64(n))
}
