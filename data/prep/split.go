package prep

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/rng"
)

// Split says which rows are learnt from, which validate while that goes on, and which are kept for the test. By:
//
//	""          stratified where the target has classes, random elsewhere
//	random      every row as likely as any other
//	stratified  random, with each class in every part by its share
//	group       rows with the same value of Column stay together: a patient, a shop
//	time        the last by Column are the test, those before them the validation; rows of one moment stay together
//	column      Column says it: train, val or test
type Split struct {
	By     string
	Column string
	Val    float64 // share of the rows; 0: no such part
	Test   float64
	Gap    float64 // of time: rows less than this before a part are in none; seconds where Column is a date
	Seed   uint64
}

// Splits are the names of Split.By.
var Splits = []string{"random", "stratified", "group", "time", "column"}

// Parts are rows of a table, each in their order. Train holds at least one.
type Parts struct{ Train, Val, Test []int }

// splitStream is the random stream of splits: "split" in ASCII.
const splitStream = 0x73706c6974

// Parts divides rows of a table; target is the column of classes that stratified goes by, or nil.
func (s Split) Parts(t *table.Table, rows []int, target *table.Column) (Parts, error) {
	c, err := s.column(t, target)
	if err != nil {
		return Parts{}, err
	}
	var p Parts
	switch s.by(target) {
	case "column":
		return byName(t, c, rows)
	case "time":
		p, err = s.byTime(t, c, rows)
	default:
		var parts [][]int
		parts, err = s.deal(t, c, rows, []float64{1 - s.Val - s.Test, s.Val, s.Test}, 0)
		if err == nil {
			p = Parts{parts[0], parts[1], parts[2]}
		}
	}
	if err != nil {
		return p, err
	}
	for _, part := range []struct {
		name  string
		rows  []int
		share float64
	}{{"train", p.Train, 1}, {"val", p.Val, s.Val}, {"test", p.Test, s.Test}} {
		if part.share > 0 && len(part.rows) == 0 {
			return p, fmt.Errorf("%s: a split of %d rows by %s with val %v and test %v leaves no row for %s", t.Name, len(rows), s.by(target), s.Val, s.Test, part.name)
		}
	}
	return p, nil
}

func (s Split) by(target *table.Column) string {
	switch {
	case s.By != "":
		return s.By
	case target != nil && target.Codes != nil:
		return "stratified"
	}
	return "random"
}

// column is what the split goes by; nil of random.
func (s Split) column(t *table.Table, target *table.Column) (*table.Column, error) {
	switch by := s.by(target); by {
	case "random":
		return nil, nil
	case "stratified":
		if target == nil || target.Codes == nil {
			return nil, fmt.Errorf("%s: a stratified split wants one target with classes", t.Name)
		}
		return target, nil
	case "group", "time", "column":
		c := t.Lookup(s.Column)
		switch {
		case s.Column == "":
			return nil, fmt.Errorf("a split by %s wants the name of a column: data.split.column", by)
		case c == nil:
			return nil, fmt.Errorf("%s has no column %q to split by", t.Name, s.Column)
		case by == "time" && c.Numbers == nil:
			return nil, fmt.Errorf("%s: column %q is a %s; a split by time wants a date or a number", t.Name, c.Name, c.Kind)
		}
		return c, nil
	default:
		return nil, fmt.Errorf("unknown split %q; there are %s", by, strings.Join(Splits, ", "))
	}
}

// deal divides rows by shares, at random: single rows, or the groups of c as a whole where By is group. repeat addresses one
// of several such divisions.
func (s Split) deal(t *table.Table, c *table.Column, rows []int, shares []float64, repeat uint64) ([][]int, error) {
	stream := rng.Stream{Seed: s.Seed, ID: splitStream}.Sub(repeat)
	order := stream.Perm(len(rows))
	piles := make([][]int, 0, len(rows)) // what stays together
	if s.By == "group" {
		groups, err := keys(t, c, rows)
		if err != nil {
			return nil, err
		}
		at := map[int]int{}
		for _, i := range order {
			k, ok := at[groups[i]]
			if !ok {
				k = len(piles)
				at[groups[i]], piles = k, append(piles, nil)
			}
			piles[k] = append(piles[k], rows[i])
		}
	} else {
		if c != nil { // class by class, so that each is dealt by the shares
			slices.SortStableFunc(order, func(a, b int) int { return int(c.Codes[rows[a]]) - int(c.Codes[rows[b]]) })
		}
		for _, i := range order {
			piles = append(piles, rows[i:i+1])
		}
	}
	parts, given := make([][]int, len(shares)), 0
	for _, pile := range piles {
		given += len(pile)
		most, to := math.Inf(-1), 0
		for k, share := range shares {
			if lack := share*float64(given) - float64(len(parts[k])); share > 0 && lack > most+1e-9 {
				most, to = lack, k
			}
		}
		parts[to] = append(parts[to], pile...)
	}
	for _, p := range parts {
		slices.Sort(p)
	}
	return parts, nil
}

// keys gives the rows of each group of c the same number.
func keys(t *table.Table, c *table.Column, rows []int) ([]int, error) {
	ids := make([]int, len(rows))
	texts, numbers := map[string]int{}, map[float64]int{}
	for i, r := range rows {
		switch {
		case flag(c, r) == 1 || c.Strings != nil && c.Strings[r] == "":
			return nil, fmt.Errorf("%s: column %q, which the split is made by, has no value", t.Where(r), c.Name)
		case c.Codes != nil:
			ids[i] = int(c.Codes[r])
		case c.Numbers != nil:
			k, ok := numbers[c.Numbers[r]]
			if !ok {
				k = len(numbers)
				numbers[c.Numbers[r]] = k
			}
			ids[i] = k
		default:
			k, ok := texts[c.Strings[r]]
			if !ok {
				k = len(texts)
				texts[c.Strings[r]] = k
			}
			ids[i] = k
		}
	}
	return ids, nil
}

// byTime cuts off the last rows, then those before them.
func (s Split) byTime(t *table.Table, c *table.Column, rows []int) (p Parts, err error) {
	rest, err := inTime(t, c, rows)
	if err != nil {
		return p, err
	}
	n := float64(len(rest))
	if s.Test > 0 {
		rest, p.Test = s.cut(c, rest, int(math.Round(s.Test*n)))
	}
	if s.Val > 0 {
		rest, p.Val = s.cut(c, rest, int(math.Round(s.Val*n)))
	}
	p.Train = rest
	for _, part := range [][]int{p.Train, p.Val, p.Test} {
		slices.Sort(part)
	}
	return p, nil
}

// inTime returns rows in the order of c's values.
func inTime(t *table.Table, c *table.Column, rows []int) ([]int, error) {
	for _, r := range rows {
		if math.IsNaN(c.Numbers[r]) {
			return nil, fmt.Errorf("%s: column %q, which the split is made by, has no value", t.Where(r), c.Name)
		}
	}
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b int) int {
		switch x, y := c.Numbers[a], c.Numbers[b]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return sorted, nil
}

// cut takes at least the last k of sorted rows, and leaves out those that are less than Gap before them.
func (s Split) cut(c *table.Column, sorted []int, k int) (before, last []int) {
	at := max(len(sorted)-max(k, 1), 0)
	for at > 0 && at < len(sorted) && c.Numbers[sorted[at-1]] == c.Numbers[sorted[at]] {
		at--
	}
	end := at
	for end > 0 && at < len(sorted) && s.Gap > 0 && c.Numbers[sorted[at]]-c.Numbers[sorted[end-1]] < s.Gap {
		end--
	}
	return sorted[:end:end], sorted[at:]
}

// partNames are what a column may call the parts.
var partNames = map[string]int{"train": 0, "training": 0, "val": 1, "valid": 1, "validation": 1, "dev": 1, "test": 2}

// byName is the split that a column spells out.
func byName(t *table.Table, c *table.Column, rows []int) (p Parts, err error) {
	to := [3]*[]int{&p.Train, &p.Val, &p.Test}
	for _, r := range rows {
		name := ""
		switch {
		case c.Strings != nil:
			name = c.Strings[r]
		case c.Codes != nil && c.Codes[r] >= 0:
			name = c.Levels[c.Codes[r]]
		}
		k, ok := partNames[strings.ToLower(name)]
		if !ok {
			return p, fmt.Errorf("%s: column %q says %q; a split by column wants train, val or test there", t.Where(r), c.Name, name)
		}
		*to[k] = append(*to[k], r)
	}
	if len(p.Train) == 0 {
		return p, fmt.Errorf("%s: column %q gives no row to train", t.Name, c.Name)
	}
	return p, nil
}
