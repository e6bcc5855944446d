// Package check looks at a table before something is learnt of it, and says what would make a model worthless or its figures
// wrong: each finding with its level, its column and the first rows it is about.
//
// Statistics are of all rows. What has to compare rows by size or columns with each other looks at a sample of them, rows at
// equal distances, which is said.
package check

import (
	"fmt"
	"strconv"

	"github.com/ingot-ml/ingot/data/table"
)

// Level is how bad a finding is.
type Level string

// The levels.
const (
	Pass Level = "PASS"
	Warn Level = "WARN"
	Fail Level = "FAIL" // nothing should be learnt of this
)

// Finding is what a check found.
type Finding struct {
	Level  Level    `json:"level"`
	Check  string   `json:"check"`
	Column string   `json:"column,omitempty"`
	Text   string   `json:"text"`
	Rows   []string `json:"rows,omitempty"` // the first of them, as "FILE:LINE"
}

// Options say what to check.
type Options struct {
	Target  []string     // columns that are to be learnt; nil: none is known
	Test    *table.Table // of the same columns, to be held against the table; or nil
	BadRows float64      // the share of bad rows that is borne
	Folder  string       // from which the pictures' paths are
}

// Report is all that was found.
type Report struct {
	Data     string    `json:"data"`
	Format   string    `json:"format"`
	Rows     int       `json:"rows"`
	Columns  []Column  `json:"columns"`
	Findings []Finding `json:"findings"`
	Target   []Count   `json:"target,omitempty"` // the classes of a single target, the most frequent first
}

// Failed reports whether a check failed.
func (r *Report) Failed() bool {
	for _, f := range r.Findings {
		if f.Level == Fail {
			return true
		}
	}
	return false
}

// shown is how many rows a finding names.
const shown = 5

// sampled is how many rows are compared by size or column by column.
const sampled = 50_000

// checker runs the checks.
type checker struct {
	t      *table.Table
	o      *Options
	r      *Report
	stats  []Column
	sample []int // rows
}

// Run checks a table.
func Run(t *table.Table, o Options) *Report {
	c := &checker{t: t, o: &o, r: &Report{Data: t.Name, Format: t.Format, Rows: t.Rows}}
	n := min(t.Rows, sampled)
	for i := range n {
		c.sample = append(c.sample, int(int64(i)*int64(t.Rows)/int64(n)))
	}
	c.r.Columns = describe(t, c.sample)
	c.stats = c.r.Columns
	for _, f := range []func(){c.badRows, c.missing, c.mixed, c.constant, c.ids, c.outliers, c.duplicates, c.twins, c.targets, c.leaks, c.overlap, c.pictures} {
		f()
	}
	return c.r
}

func (c *checker) add(l Level, check, column string, rows []int, format string, args ...any) {
	f := Finding{Level: l, Check: check, Column: column, Text: fmt.Sprintf(format, args...)}
	for _, r := range rows[:min(len(rows), shown)] {
		f.Rows = append(f.Rows, c.t.Where(r))
	}
	c.r.Findings = append(c.r.Findings, f)
}

// passed says that a check found nothing, where it added nothing.
func (c *checker) passed(check, text string) {
	for _, f := range c.r.Findings {
		if f.Check == check {
			return
		}
	}
	c.r.Findings = append(c.r.Findings, Finding{Level: Pass, Check: check, Text: text})
}

func (c *checker) isTarget(name string) bool {
	for _, t := range c.o.Target {
		if t == name {
			return true
		}
	}
	return false
}

func (c *checker) badRows() {
	if n := c.t.BadN; n > 0 {
		all := c.t.Rows + n
		level := Warn
		if float64(n) > c.o.BadRows*float64(all) {
			level = Fail
		}
		f := Finding{Level: level, Check: "rows", Text: fmt.Sprintf("%s of %s rows are bad and left out; data.limits.bad_rows allows %.3g %%", count(n), count(all), 100*c.o.BadRows)}
		for _, e := range c.t.Bad[:min(len(c.t.Bad), shown)] {
			f.Rows = append(f.Rows, e.Error())
		}
		c.r.Findings = append(c.r.Findings, f)
	}
	c.passed("rows", fmt.Sprintf("all %s rows have the columns and values that they should", count(c.t.Rows)))
}

func (c *checker) missing() {
	for i, s := range c.stats {
		share := float64(s.Missing) / float64(max(c.t.Rows, 1))
		switch {
		case s.Missing == 0:
		case s.Missing == c.t.Rows:
			c.add(Warn, "missing", s.Name, nil, "all values are missing")
		case c.isTarget(s.Name):
			level := Warn
			if share > c.o.BadRows {
				level = Fail
			}
			c.add(level, "missing", s.Name, missingRows(c.t.Columns[i], shown), "the target is missing in %s rows (%.3g %%)", count(s.Missing), 100*share)
		case share > 0.5:
			c.add(Warn, "missing", s.Name, nil, "%.3g %% of the values are missing", 100*share)
		}
	}
	c.passed("missing", "no column is missing in more than half of the rows")
}

// mixed looks for categories most of whose values are numbers.
func (c *checker) mixed() {
	for i, s := range c.stats {
		col := c.t.Columns[i]
		if col.Kind != table.Category || col.Reason == "config" {
			continue
		}
		is := make([]bool, len(col.Levels))
		for k, text := range col.Levels {
			_, err := strconv.ParseFloat(text, 64)
			is[k] = err == nil
		}
		numbers := 0
		var others []int
		for r, k := range col.Codes {
			switch {
			case k < 0:
			case is[k]:
				numbers++
			default:
				others = append(others, r)
			}
		}
		if len(others) > 0 && numbers > len(others) {
			c.add(Warn, "mixed", s.Name, others, "%s of its values are numbers and %s aren't, the first %q; if that stands for a missing value, name it in data.missing", count(numbers), count(len(others)), col.Levels[col.Codes[others[0]]])
		}
	}
	c.passed("mixed", "no column mixes numbers and texts")
}

func (c *checker) constant() {
	for _, s := range c.stats {
		if s.Distinct == 1 && s.Missing == 0 && !c.isTarget(s.Name) {
			c.add(Warn, "constant", s.Name, nil, "all values are the same: drop it")
		}
	}
	c.passed("constant", "no column has one value only")
}

func (c *checker) ids() {
	for _, s := range c.stats {
		if s.Kind == table.ID {
			c.add(Warn, "ids", s.Name, nil, "it names the rows (%s) and isn't learnt from", s.Reason)
		}
	}
	c.passed("ids", "no column only names the rows")
}

// outliers looks for numbers far outside the middle half.
func (c *checker) outliers() {
	const far = 10 // times the distance of the quartiles; of a normal distribution none in 10⁴⁰
	for i, s := range c.stats {
		if s.Kind != table.Number || s.Quartiles == nil || s.Quartiles[2] <= s.Quartiles[0] {
			continue
		}
		w := far * (s.Quartiles[2] - s.Quartiles[0])
		lo, hi := s.Quartiles[0]-w, s.Quartiles[2]+w
		var rows []int
		n := 0
		for r, v := range c.t.Columns[i].Numbers {
			if v < lo || v > hi {
				if n++; n <= shown {
					rows = append(rows, r)
				}
			}
		}
		if n > 0 {
			c.add(Warn, "outliers", s.Name, rows, "%s values are far outside the middle half, %.6g to %.6g: the least is %.6g, the largest %.6g", count(n), s.Quartiles[0], s.Quartiles[2], s.Min, s.Max)
		}
	}
	c.passed("outliers", "no number is further than ten interquartile ranges from the middle half")
}

// missingRows returns the first rows without a value.
func missingRows(c *table.Column, n int) (rows []int) {
	for r := 0; len(rows) < n && r < max(len(c.Numbers), len(c.Codes), len(c.Strings)); r++ {
		if isMissing(c, r) {
			rows = append(rows, r)
		}
	}
	return rows
}

func isMissing(c *table.Column, r int) bool {
	switch {
	case c.Numbers != nil:
		return c.Numbers[r] != c.Numbers[r]
	case c.Codes != nil:
		return c.Codes[r] < 0
	}
	return c.Strings[r] == ""
}

// count writes a number with commas.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
