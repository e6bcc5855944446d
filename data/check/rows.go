package check

import (
	"hash/maphash"
	"math"
	"math/bits"
	"path/filepath"
	"slices"
	"sync"

	"github.com/ingot-ml/ingot/data/images"
	"github.com/ingot-ml/ingot/data/table"
)

// seed is of the rows' hashes; what they are shows nowhere.
var seed = maphash.MakeSeed()

// hashes returns a hash of each row over the columns that keep takes. Levels are hashed as texts, so that two tables can be
// compared.
func hashes(t *table.Table, keep func(c *table.Column) bool) []uint64 {
	h := make([]uint64, t.Rows)
	const part = 1 << 16
	var wait sync.WaitGroup
	gate := make(chan struct{}, 4)
	levels := make([][]uint64, len(t.Columns))
	for i, c := range t.Columns {
		for _, s := range c.Levels {
			levels[i] = append(levels[i], maphash.String(seed, s))
		}
	}
	for from := 0; from < t.Rows; from += part {
		to := min(from+part, t.Rows)
		gate <- struct{}{}
		wait.Go(func() {
			for i, c := range t.Columns {
				if keep(c) {
					hashColumn(h[from:to], c, levels[i], from)
				}
			}
			<-gate
		})
	}
	wait.Wait()
	return h
}

// hashColumn mixes a column's values from row from on into h.
func hashColumn(h []uint64, c *table.Column, levels []uint64, from int) {
	for r := range h {
		var v uint64
		switch {
		case c.Numbers != nil:
			v = math.Float64bits(c.Numbers[from+r])
		case c.Codes != nil:
			if k := c.Codes[from+r]; k >= 0 {
				v = levels[k]
			}
		default:
			v = maphash.String(seed, c.Strings[from+r])
		}
		hi, lo := bits.Mul64(h[r]^v^0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9) // the constants are SplitMix64's
		h[r] = hi ^ lo + h[r]<<1
	}
}

// alike reports whether two rows have the same values in the columns that keep takes.
func alike(t *table.Table, a int, u *table.Table, b int, keep func(c *table.Column) bool) bool {
	for i, c := range t.Columns {
		d := u.Columns[i]
		if !keep(c) {
			continue
		}
		switch {
		case isMissing(c, a) || isMissing(d, b):
			if !isMissing(c, a) || !isMissing(d, b) {
				return false
			}
		case c.Numbers != nil && c.Numbers[a] != d.Numbers[b], c.Codes != nil && c.Levels[c.Codes[a]] != d.Levels[d.Codes[b]], c.Strings != nil && c.Strings[a] != d.Strings[b]:
			return false
		}
	}
	return true
}

func notID(c *table.Column) bool { return c.Kind != table.ID }

// at is a row with its hash.
type at struct {
	hash uint64
	row  int32
}

// ordered sorts the rows by hash.
func ordered(h []uint64) []at {
	s := make([]at, len(h))
	for r, x := range h {
		s[r] = at{x, int32(r)}
	}
	slices.SortFunc(s, func(a, b at) int {
		switch {
		case a.hash < b.hash:
			return -1
		case a.hash > b.hash:
			return 1
		}
		return int(a.row - b.row)
	})
	return s
}

// repeated returns the rows that are as one before them but for what names them.
func repeated(t *table.Table) (rows []int) {
	h := hashes(t, notID)
	s := slices.Clone(h)
	slices.Sort(s)
	seen := map[uint64][]int{} // the different rows of each hash that is there twice
	for i := 1; i < len(s); i++ {
		if s[i] == s[i-1] {
			seen[s[i]] = nil
		}
	}
	for r, x := range h {
		others, twice := seen[x]
		switch {
		case !twice:
		case slices.ContainsFunc(others, func(o int) bool { return alike(t, r, t, o, notID) }):
			rows = append(rows, r)
		default:
			seen[x] = append(others, r)
		}
	}
	return rows
}

// duplicates looks for rows that are there twice but for what names them.
func (c *checker) duplicates() {
	rows := repeated(c.t)
	n := len(rows)
	if n > 0 {
		c.add(Warn, "duplicates", "", rows, "%s rows (%.3g %%) are as another one before them; a copy in training and test makes the test easier", count(n), 100*float64(n)/float64(c.t.Rows))
	}
	c.passed("duplicates", "no row is there twice")
}

// overlap looks for rows of the test table that the table has.
func (c *checker) overlap() {
	u := c.o.Test
	if u == nil {
		return
	}
	for i, col := range c.t.Columns {
		if i >= len(u.Columns) || u.Columns[i].Name != col.Name || (u.Columns[i].Numbers == nil) != (col.Numbers == nil) || (u.Columns[i].Codes == nil) != (col.Codes == nil) {
			c.add(Fail, "overlap", col.Name, nil, "%s doesn't have this column in the same place with the same type", u.Name)
			return
		}
	}
	train, test := ordered(hashes(c.t, notID)), ordered(hashes(u, notID))
	var rows []int
	k := 0
	for _, x := range test {
		for k < len(train) && train[k].hash < x.hash {
			k++
		}
		if k < len(train) && train[k].hash == x.hash && alike(c.t, int(train[k].row), u, int(x.row), notID) {
			rows = append(rows, int(x.row))
		}
	}
	if len(rows) > 0 {
		slices.Sort(rows)
		f := Finding{Level: Warn, Check: "overlap", Text: count(len(rows)) + " of " + count(u.Rows) + " rows of " + u.Name + " are in " + c.t.Name + ", too"}
		for _, r := range rows[:min(len(rows), shown)] {
			f.Rows = append(f.Rows, u.Where(r))
		}
		c.r.Findings = append(c.r.Findings, f)
	}
	c.passed("overlap", "no row of "+u.Name+" is in "+c.t.Name)
}

// pictures opens the pictures that a column names.
func (c *checker) pictures() {
	for _, col := range c.t.Columns {
		if col.Kind != table.Image {
			continue
		}
		n := 0
		var rows []int
		var first error
		for r, s := range col.Strings {
			if s == "" {
				continue
			}
			if _, err := images.Open(filepath.Join(c.o.Folder, s)); err != nil {
				if n++; n <= shown {
					rows = append(rows, r)
				}
				if first == nil {
					first = err
				}
			}
		}
		if n > 0 {
			c.add(Fail, "pictures", col.Name, rows, "%s of %s pictures can't be read, the first: %v", count(n), count(len(col.Strings)), first)
		} else {
			c.add(Pass, "pictures", col.Name, nil, "all pictures can be read")
		}
	}
}
