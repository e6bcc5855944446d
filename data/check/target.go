package check

import (
	"cmp"
	"math"
	"slices"

	"github.com/ingot-ml/ingot/data/table"
)

// targets looks at the classes of the target.
func (c *checker) targets() {
	for _, name := range c.o.Target {
		col := c.t.Lookup(name)
		switch {
		case col == nil:
			c.add(Fail, "target", name, nil, "there is no such column")
		case col.Codes != nil:
			c.classes(col)
		case col.Numbers != nil:
			if s := c.stats[slices.Index(c.t.Columns, col)]; s.Distinct < 2 {
				c.add(Fail, "target", name, nil, "all values are the same: there is nothing to learn")
			}
		default:
			c.add(Fail, "target", name, nil, "it is of type %v (%s); a target is a category or a number", col.Kind, col.Reason)
		}
	}
	if len(c.o.Target) > 0 {
		c.passed("target", "the target has enough of every class")
	}
}

// classes looks at a target of classes.
func (c *checker) classes(col *table.Column) {
	all := levels(col)
	if len(c.o.Target) == 1 {
		c.r.Target = all
	}
	if len(all) < 2 {
		if len(all) == 1 {
			c.add(Fail, "target", col.Name, nil, "it has one class, %q in every row: there is nothing to learn", all[0].Value)
		}
		return
	}
	for _, x := range all {
		if x.Rows > 1 {
			continue
		}
		k := int32(slices.Index(col.Levels, x.Value))
		c.add(Warn, "target", col.Name, []int{slices.Index(col.Codes, k)}, "class %q has one row: it can't be both learnt and tested", x.Value)
	}
	least, most := all[len(all)-1], all[0]
	if share := float64(least.Rows) / float64(c.t.Rows); least.Rows > 1 && most.Rows >= 10*least.Rows {
		c.add(Warn, "target", col.Name, nil, "class %q has %s rows (%.3g %%), %q has %s: look at PR-AUC and recall rather than accuracy", least.Value, count(least.Rows), 100*share, most.Value, count(most.Rows))
	}
}

// leakAUC is from which area under the ROC curve on a single column is suspected to know the target.
const leakAUC = 0.99

// maxClasses is for how many classes each is held against the others.
const maxClasses = 20

// leaks looks for columns that tell the target by themselves.
func (c *checker) leaks() {
	for _, name := range c.o.Target {
		target := c.t.Lookup(name)
		if target == nil || target.Codes == nil {
			continue // of numbers, twins finds those that go with the target
		}
		all := levels(target)
		for _, col := range c.t.Columns {
			if c.isTarget(col.Name) || col.Strings != nil {
				continue
			}
			if col.Codes != nil && oneToOne(col, target) {
				c.add(Fail, "leakage", col.Name, nil, "it is the target %s written in another way: drop it (data.columns={%s: {drop: true}})", name, col.Name)
				continue
			}
			best, class := 0.0, ""
			for _, x := range all[:min(len(all), maxClasses)] {
				if auc := c.auc(col, target, int32(slices.Index(target.Levels, x.Value))); auc > best {
					best, class = auc, x.Value
				}
			}
			if best >= leakAUC {
				c.add(Warn, "leakage", col.Name, nil, "by itself it tells class %q of %s with an area under the ROC curve of %.4f: is it known before the target is?", class, name, best)
			}
		}
	}
	if len(c.o.Target) > 0 {
		c.passed("leakage", "no column tells the target by itself")
	}
}

// leastAlike is in how many rows two columns must go together not to do so by chance.
const leastAlike = 20

// oneToOne reports whether each level of a goes with one of b and the reverse, in all rows, where there is more than one.
func oneToOne(a, b *table.Column) bool {
	if len(a.Codes) < leastAlike {
		return false
	}
	to, from := map[int32]int32{}, map[int32]int32{}
	for r, x := range a.Codes {
		y := b.Codes[r]
		if v, ok := to[x]; ok && v != y {
			return false
		}
		if v, ok := from[y]; ok && v != x {
			return false
		}
		to[x], from[y] = y, x
	}
	return len(to) > 1
}

// scored is a row's value of a column and whether it is of the class.
type scored struct {
	score float64
	is    bool
}

// auc is the area under the ROC curve of a column for a class, in the direction in which it is above a half, over the
// sampled rows: numbers by their size, categories by the share of the class in their other rows, so that a level of one row
// tells nothing.
func (c *checker) auc(col, target *table.Column, class int32) float64 {
	var rows []scored
	var share func(k int32, is bool) float64
	if col.Codes != nil {
		share = c.shares(col, target, class)
	}
	for _, r := range c.sample {
		if isMissing(col, r) || target.Codes[r] < 0 {
			continue
		}
		x := scored{is: target.Codes[r] == class}
		if share != nil {
			x.score = share(col.Codes[r], x.is)
		} else {
			x.score = col.Numbers[r]
		}
		rows = append(rows, x)
	}
	slices.SortFunc(rows, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	return area(rows)
}

// shares returns the share of a class in the other rows of a level.
func (c *checker) shares(col, target *table.Column, class int32) func(k int32, is bool) float64 {
	n, of := make([]float64, len(col.Levels)), make([]float64, len(col.Levels))
	for _, r := range c.sample {
		if k := col.Codes[r]; k >= 0 {
			n[k]++
			if target.Codes[r] == class {
				of[k]++
			}
		}
	}
	return func(k int32, is bool) float64 {
		if n[k] < 2 {
			return 0.5
		}
		if is {
			return (of[k] - 1) / (n[k] - 1)
		}
		return of[k] / (n[k] - 1)
	}
}

// area is the Mann-Whitney statistic of rows in the order of their scores, ties by halves, or one less it.
func area(rows []scored) float64 {
	pos, neg, sum := 0.0, 0.0, 0.0
	for i := 0; i < len(rows); {
		p, n := 0.0, 0.0
		k := i
		for ; k < len(rows) && rows[k].score == rows[i].score; k++ {
			if rows[k].is {
				p++
			} else {
				n++
			}
		}
		sum += p * (neg + n/2)
		pos, neg, i = pos+p, neg+n, k
	}
	if pos == 0 || neg == 0 {
		return 0.5
	}
	a := sum / (pos * neg)
	return max(a, 1-a)
}

// twins looks for columns that go together: |r| > 0.999 between numbers, levels that go with levels one to one.
func (c *checker) twins() {
	work := 100_000_000 // products that are computed at most
	columns := c.t.Columns
	step := max(1, len(c.sample)*len(columns)*len(columns)/2/work)
	var std [][]float64
	for _, col := range columns {
		std = append(std, c.standard(col, step))
	}
	for i, a := range columns {
		for k, b := range columns[:i] {
			switch {
			case std[i] != nil && std[k] != nil:
				if r := dot(std[i], std[k]); math.Abs(r) > 0.999 {
					level, check := Warn, "twins"
					if c.isTarget(a.Name) || c.isTarget(b.Name) {
						check = "leakage"
					}
					c.add(level, check, a.Name, nil, "it goes with %s: r = %.5f; one of them is enough", b.Name, r)
				}
			case a.Codes != nil && b.Codes != nil && len(a.Levels) == len(b.Levels) && !c.isTarget(a.Name) && !c.isTarget(b.Name) && oneToOne(a, b):
				c.add(Warn, "twins", a.Name, nil, "it is %s written in another way; one of them is enough", b.Name)
			}
		}
	}
	c.passed("twins", "no two columns are the same but for their scale")
}

// standard returns a column's sampled numbers less their mean, of length 1, missing ones as the mean; nil where it isn't a
// number or doesn't change.
func (c *checker) standard(col *table.Column, step int) []float64 {
	if col.Numbers == nil || col.Kind != table.Number {
		return nil
	}
	var v []float64
	n, mean := 0.0, 0.0
	for i := 0; i < len(c.sample); i += step {
		x := col.Numbers[c.sample[i]]
		if v = append(v, x); x == x {
			n++
			mean += (x - mean) / n
		}
	}
	ss := 0.0
	for i, x := range v {
		if v[i] = x - mean; x != x {
			v[i] = 0
		}
		ss += v[i] * v[i]
	}
	if n < 3 || ss == 0 || math.IsInf(ss, 0) {
		return nil
	}
	for i := range v {
		v[i] /= math.Sqrt(ss)
	}
	return v
}

func dot(a, b []float64) (s float64) {
	for i, x := range a {
		s += x * b[i]
	}
	return s
}
