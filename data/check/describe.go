package check

import (
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/ingot-ml/ingot/data/table"
)

// Column is a column's statistics.
type Column struct {
	table.Field
	Missing   int       `json:"missing"`
	Distinct  int       `json:"distinct"`            // different values; of numbers, dates and texts among the sampled rows
	Mean      float64   `json:"mean,omitempty"`      // of a Number
	Std       float64   `json:"std,omitempty"`       // of a Number, with n in the denominator
	Min       float64   `json:"min,omitempty"`       // of a Number, or seconds since 1970 of a Date
	Max       float64   `json:"max,omitempty"`       // likewise
	Quartiles []float64 `json:"quartiles,omitempty"` // of the sampled rows
	Top       []Count   `json:"top,omitempty"`       // the most frequent levels, or the bins of a number between its least and largest
}

// Count is how often a value is there.
type Count struct {
	Value string `json:"value"`
	Rows  int    `json:"rows"`
}

// bins is how many parts a number's histogram has, and how many levels are listed.
const bins = 10

// describe computes the statistics, one column a goroutine, four at a time: each takes memory for its sample.
func describe(t *table.Table, sample []int) []Column {
	out := make([]Column, len(t.Columns))
	var wait sync.WaitGroup
	gate := make(chan struct{}, 4)
	for i, c := range t.Columns {
		out[i].Field = c.Field
		gate <- struct{}{}
		wait.Go(func() {
			defer func() { <-gate }()
			switch {
			case c.Numbers != nil:
				out[i].numbers(c.Numbers, sample)
			case c.Codes != nil:
				out[i].codes(c)
			default:
				out[i].strings(c.Strings, sample)
			}
		})
	}
	wait.Wait()
	return out
}

func (s *Column) numbers(v []float64, sample []int) {
	n, mean, m2 := 0, 0.0, 0.0
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, x := range v {
		if x != x {
			s.Missing++
			continue
		}
		n++
		d := x - mean // Welford's recurrence
		mean += d / float64(n)
		m2 += d * (x - mean)
		lo, hi = min(lo, x), max(hi, x)
	}
	if n == 0 {
		return
	}
	s.Min, s.Max = lo, hi
	some := make([]float64, 0, len(sample))
	for _, r := range sample {
		if v[r] == v[r] {
			some = append(some, v[r])
		}
	}
	slices.Sort(some)
	for i, x := range some {
		if i == 0 || x != some[i-1] {
			s.Distinct++
		}
	}
	if lo != hi && s.Distinct < 2 { // the sample doesn't show it
		s.Distinct = 2
	}
	if s.Kind == table.Date {
		return
	}
	s.Mean, s.Std = mean, math.Sqrt(m2/float64(n))
	if len(some) == 0 {
		return
	}
	for _, q := range []float64{0.25, 0.5, 0.75} {
		s.Quartiles = append(s.Quartiles, some[int(q*float64(len(some)-1))])
	}
	if lo < hi {
		s.histogram(v, lo, hi)
	}
}

// histogram counts the numbers in equal parts from lo to hi.
func (s *Column) histogram(v []float64, lo, hi float64) {
	var n [bins]int
	scale := bins / (hi - lo)
	for _, x := range v {
		if x == x {
			n[max(0, min(int((x-lo)*scale), bins-1))]++
		}
	}
	for i, k := range n {
		s.Top = append(s.Top, Count{strconv.FormatFloat(lo+(hi-lo)*float64(i)/bins, 'g', 4, 64), k})
	}
}

func (s *Column) codes(c *table.Column) {
	all := levels(c)
	for _, x := range all {
		s.Missing -= x.Rows
	}
	s.Missing += len(c.Codes)
	s.Distinct = len(all)
	s.Top = all[:min(len(all), bins)]
}

// levels counts the levels that are there, the most frequent first.
func levels(c *table.Column) []Count {
	n := make([]int, len(c.Levels))
	for _, k := range c.Codes {
		if k >= 0 {
			n[k]++
		}
	}
	var all []Count
	for k, rows := range n {
		if rows > 0 {
			all = append(all, Count{c.Levels[k], rows})
		}
	}
	slices.SortStableFunc(all, func(a, b Count) int { return b.Rows - a.Rows })
	return all
}

func (s *Column) strings(v []string, sample []int) {
	for _, x := range v {
		if x == "" {
			s.Missing++
		}
	}
	seen := map[string]bool{}
	for _, r := range sample {
		if v[r] != "" {
			seen[v[r]] = true
		}
	}
	s.Distinct = len(seen)
}
