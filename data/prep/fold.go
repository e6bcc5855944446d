package prep

import (
	"fmt"
	"slices"

	"github.com/ingot-ml/ingot/data/table"
)

// Folds divides rows for cross-validation: k times, repeat times over, so that each row is once in the Test of each repeat.
// The rest is Train, and Val its share s.Val. Folds are made as s makes parts; by time, fold i is the i-th of k stretches of
// time after a first one, with all that was before it as the rest; by column, each value of the column is a fold's test.
// s.Test isn't used.
func (s Split) Folds(t *table.Table, rows []int, target *table.Column, k, repeat int) ([]Parts, error) {
	c, err := s.column(t, target)
	if err != nil {
		return nil, err
	}
	by := s.by(target)
	if k < 2 || repeat < 1 || len(rows) < k {
		return nil, fmt.Errorf("%d folds of %d rows, %d times: want at least 2 folds, a row in each, and once", k, len(rows), repeat)
	}
	if repeat > 1 && (by == "time" || by == "column") {
		return nil, fmt.Errorf("folds by %s are the same each time: want no repeats", by)
	}
	var all []Parts
	for r := range repeat {
		tests, err := s.tests(t, c, rows, k, uint64(r)+1, by)
		if err != nil {
			return nil, err
		}
		for i, test := range tests {
			if len(test) == 0 {
				return nil, fmt.Errorf("%s: fold %d of %d has no row: too few groups or moments", t.Name, i+1, k)
			}
			p, err := s.around(t, c, rows, target, test, uint64(len(all)), by)
			if err != nil {
				return nil, err
			}
			all = append(all, p)
		}
	}
	return all, nil
}

// tests are the folds' test rows.
func (s Split) tests(t *table.Table, c *table.Column, rows []int, k int, repeat uint64, by string) ([][]int, error) {
	switch by {
	case "column":
		ids, err := keys(t, c, rows)
		if err != nil {
			return nil, err
		}
		at, tests := map[int]int{}, [][]int{}
		for i, r := range rows {
			f, ok := at[ids[i]]
			if !ok {
				f = len(tests)
				at[ids[i]], tests = f, append(tests, nil)
			}
			tests[f] = append(tests[f], r)
		}
		return tests, nil
	case "time":
		rest, err := inTime(t, c, rows)
		if err != nil {
			return nil, err
		}
		tests := make([][]int, k)
		for i := k - 1; i >= 0; i-- {
			rest, tests[i] = Split{}.cut(c, rest, len(rest)/(i+2))
		}
		return tests, nil
	}
	shares := make([]float64, k)
	for i := range shares {
		shares[i] = 1 / float64(k)
	}
	return s.deal(t, c, rows, shares, repeat)
}

// around makes a fold of its test rows: the others, without those of a gap or after it, are learnt from and validate.
func (s Split) around(t *table.Table, c *table.Column, rows []int, target *table.Column, test []int, fold uint64, by string) (Parts, error) {
	in := make(map[int]bool, len(test))
	for _, r := range test {
		in[r] = true
	}
	var rest []int
	for _, r := range rows {
		if !in[r] && (by != "time" || c.Numbers[r] <= c.Numbers[test[0]]-s.Gap && c.Numbers[r] < c.Numbers[test[0]]) {
			rest = append(rest, r)
		}
	}
	inner := s
	inner.By, inner.Test, inner.Seed = by, 0, s.Seed+fold*0x9E3779B97F4A7C15 // another order in each fold
	if by == "column" {
		inner.By = ""
	}
	p := Parts{Train: rest}
	if s.Val > 0 {
		var err error
		if p, err = inner.Parts(t, rest, target); err != nil {
			return p, err
		}
	}
	if len(p.Train) == 0 {
		return p, fmt.Errorf("%s: a fold's test leaves no row to learn from", t.Name)
	}
	p.Test = slices.Sorted(slices.Values(test))
	return p, nil
}
