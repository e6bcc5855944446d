package check

import (
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data/table"
)

// sample has one of each fault.
func sample() *table.Table {
	const n = 400
	t := &table.Table{Name: "t.csv", Rows: n}
	number := func(name string, f func(i int) float64) {
		c := &table.Column{Field: table.Field{Name: name, Kind: table.Number}}
		for i := range n {
			c.Numbers = append(c.Numbers, f(i))
		}
		t.Columns = append(t.Columns, c)
	}
	category := func(name string, levels []string, f func(i int) int) {
		c := &table.Column{Field: table.Field{Name: name, Kind: table.Category}, Levels: levels}
		for i := range n {
			c.Codes = append(c.Codes, int32(f(i)))
		}
		t.Columns = append(t.Columns, c)
	}
	y := func(i int) int {
		if i == 7 {
			return 2
		}
		if i%16 == 0 {
			return 1
		}
		return 0
	}
	number("good", func(i int) float64 { return float64(i * 37 % 101) })
	number("double", func(i int) float64 { return 3 - 2*float64(i*37%101) })
	number("same", func(int) float64 { return 5 })
	number("wild", func(i int) float64 {
		if i == 3 {
			return 1e9
		}
		return float64(i % 20)
	})
	number("tells", func(i int) float64 { return float64(y(i)%2) + float64(i%10)/1000 })
	number("gone", func(i int) float64 {
		if i%4 == 0 {
			return float64(i % 3)
		}
		return math.NaN()
	})
	category("copy", []string{"a", "b", "c"}, y)
	category("y", []string{"no", "yes", "odd"}, y)
	for i := range n {
		t.Lines.Add(i, i+2)
	}
	for _, c := range t.Columns { // row 399 as row 398
		if c.Numbers != nil {
			c.Numbers[399] = c.Numbers[398]
		} else {
			c.Codes[399] = c.Codes[398]
		}
	}
	return t
}

func TestFindings(t *testing.T) {
	r := Run(sample(), Options{Target: []string{"y"}, Test: sample()})
	for _, want := range []string{
		"WARN missing gone: 75 % of the values are missing",
		"WARN constant same: all values are the same",
		"WARN outliers wild: 1 values are far outside",
		"WARN duplicates : 1 rows (0.25 %) are as another one before them",
		"WARN twins double: it goes with good: r = -1.00000",
		`WARN target y: class "odd" has one row`,
		"FAIL leakage copy: it is the target y written in another way",
		`WARN leakage tells: by itself it tells class "yes" of y with an area under the ROC curve of 1.0000`,
		"WARN overlap : 400 of 400 rows of t.csv are in t.csv, too",
		"PASS ids : no column only names the rows",
	} {
		found := false
		for _, f := range r.Findings {
			found = found || strings.HasPrefix(string(f.Level)+" "+f.Check+" "+f.Column+": "+f.Text, want)
		}
		if !found {
			t.Errorf("there is no finding %s", want)
		}
	}
	for _, f := range r.Findings {
		if f.Check == "outliers" && f.Column == "wild" && f.Rows[0] != "t.csv:5" || f.Check == "duplicates" && f.Rows[0] != "t.csv:401" {
			t.Errorf("%s is in %v", f.Check, f.Rows)
		}
		if f.Column == "good" {
			t.Errorf("%s %s: %s", f.Check, f.Column, f.Text)
		}
	}
	if !r.Failed() || len(r.Target) != 3 || r.Target[0] != (Count{"no", 374}) { // 400 less 25 multiples of 16 and row 7
		t.Errorf("failed is %v, classes are %v", r.Failed(), r.Target)
	}
	if g := r.Columns[0]; g.Min != 0 || g.Max != 100 || g.Missing != 0 || g.Distinct != 101 {
		t.Errorf("good is %+v", g)
	}
}

func TestSingleClass(t *testing.T) {
	tab := sample()
	c := tab.Lookup("y")
	clear(c.Codes)
	if r := Run(tab, Options{Target: []string{"y"}}); !r.Failed() || len(r.Target) != 1 {
		t.Errorf("a single class doesn't fail: %v", r.Findings)
	}
}
