package cells

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/ingot-ml/ingot/data/table"
)

// finish makes the column of what was collected and says why it has its kind.
func (c *column) finish(p *Plan) *table.Column {
	f := p.Field
	f.Layout = p.Layout.String()
	if p.Role == Text {
		f.Layout = ""
	}
	out := &table.Column{Field: f}
	switch {
	case p.Role == Text:
		c.finishText(p, out)
	case p.Role == Date:
		out.Numbers = c.nums
		if !p.Forced {
			out.Kind, out.Reason = table.Date, "the values are dates like "+f.Layout
			if p.Typed {
				out.Reason = "the file's type is a time"
			}
			if _, ok := p.Layout.swapped(); ok && !c.sure {
				out.Reason += "; day and month can't be told apart: data.columns={" + p.Name + ": {layout: …}} says which is first"
			}
		}
	default:
		c.finishNumbers(p, out)
	}
	return out
}

// finishNumbers decides what numbers mean.
func (c *column) finishNumbers(p *Plan, out *table.Column) {
	out.Numbers = c.nums
	if p.Forced {
		return
	}
	out.Kind = table.Number
	values := distinct(c.nums, 3)
	switch {
	case len(values) == 0:
		out.Reason = "there are no values"
	case len(values) == 2 && whole(values[0]) && whole(values[1]):
		out.Kind, out.Reason = table.Binary, fmt.Sprintf("the values are %s and %s", format(values[0]), format(values[1]))
		out.Levels = []string{format(values[0]), format(values[1])}
		out.Codes = make([]int32, len(c.nums))
		for i, v := range c.nums {
			switch v {
			case values[0]:
			case values[1]:
				out.Codes[i] = 1
			default:
				out.Codes[i] = -1
			}
		}
		out.Numbers = nil
	case namesRows(p.Name) && ascending(c.nums):
		out.Kind, out.Reason = table.ID, fmt.Sprintf("it is called %q and the values ascend", p.Name)
		out.Strings, out.Numbers = wholes(c.nums), nil
	default:
		out.Reason = "the values are numbers"
	}
}

func format(v float64) string { return string(appendNumber(nil, v)) }

func whole(v float64) bool { return v == math.Trunc(v) && math.Abs(v) < 1<<53 }

// wholes writes whole numbers, into one text that all share; it is sized first, since it is large.
func wholes(nums []float64) []string {
	var digits [20]byte
	n := 0
	for _, v := range nums {
		n += len(strconv.AppendInt(digits[:0], int64(v), 10))
	}
	var all strings.Builder
	all.Grow(n)
	s := make([]string, len(nums))
	for i, v := range nums {
		from := all.Len()
		all.Write(strconv.AppendInt(digits[:0], int64(v), 10))
		s[i] = all.String()[from:]
	}
	return s
}

// distinct returns the different numbers in the order of their first row, at most n; NaN doesn't count.
func distinct(nums []float64, n int) (values []float64) {
next:
	for _, v := range nums {
		if v != v {
			continue
		}
		for _, w := range values {
			if v == w {
				continue next
			}
		}
		if values = append(values, v); len(values) == n {
			return values
		}
	}
	return values
}

// ascending reports whether each number is whole and above the one before, so that none is there twice.
func ascending(nums []float64) bool {
	for i, v := range nums {
		if !whole(v) || i > 0 && v <= nums[i-1] {
			return false
		}
	}
	return true
}

// namesRows reports whether a column of this name can be expected to number or name the rows.
func namesRows(name string) bool {
	lower := strings.ToLower(name)
	switch lower {
	case "", "id", "index", "idx", "row", "rowid", "row_id", "rownames", "row_names", "no", "nr", "#", "uuid", "guid", "key", "unnamed: 0":
		return true
	}
	return strings.HasSuffix(lower, "_id") || strings.HasSuffix(lower, " id") || strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "ID")
}

// finishText decides what texts mean.
func (c *column) finishText(p *Plan, out *table.Column) {
	kind := p.Kind
	if !p.Forced {
		kind, out.Reason = c.textKind(p)
	}
	out.Kind = kind
	switch kind {
	case table.Binary, table.Category:
		if kind == table.Binary {
			c.shortest()
		}
		out.Codes, out.Levels = c.codes, c.levels
	default:
		if !c.loose {
			c.loosen()
		}
		out.Strings = c.plain
	}
}

// shortest writes the levels that are numbers as a number column's would be, so that 1, 1.0 and +1 are one.
func (c *column) shortest() {
	to := make([]int32, len(c.levels))
	var levels []string
	for i, s := range c.levels {
		if v, n := Scan([]byte(s), '.'); n == len(s) {
			s = format(v)
		}
		k := 0
		for k < len(levels) && levels[k] != s {
			k++
		}
		if k == len(levels) {
			levels = append(levels, s)
		}
		to[i] = int32(k)
	}
	if len(levels) < len(c.levels) {
		for i, k := range c.codes {
			if k >= 0 {
				c.codes[i] = to[k]
			}
		}
	}
	c.levels = levels
}

// textKind finds what texts are.
func (c *column) textKind(p *Plan) (table.Kind, string) {
	why := func(format string, args ...any) string {
		s := fmt.Sprintf(format, args...)
		if p.Reason != "" {
			s += "; " + p.Reason
		}
		return s
	}
	if c.loose {
		return c.looseKind(p, why)
	}
	values, levels := 0, len(c.levels)
	for _, k := range c.codes {
		if k >= 0 {
			values++
		}
	}
	switch {
	case levels == 2:
		return table.Binary, why("the values are %q and %q", c.levels[0], c.levels[1])
	case images(c.levels):
		return table.Image, why("the values end like files of pictures")
	case levels == values && values >= 10 && (namesRows(p.Name) || !spaced(c.levels)):
		return table.ID, why("all %s values are different", count(values))
	case 2*levels > values && values >= 20:
		return table.Text, why("%s of %s values are different", count(levels), count(values))
	}
	return table.Category, why("%s different values", count(levels))
}

// looseKind finds what texts are of which there are too many different ones for a category.
func (c *column) looseKind(p *Plan, why func(string, ...any) string) (table.Kind, string) {
	if images(c.plain) {
		return table.Image, why("the values end like files of pictures")
	}
	if namesRows(p.Name) || !spaced(c.plain[:min(len(c.plain), 1000)]) {
		seen := make(map[string]struct{}, len(c.plain))
		for _, s := range c.plain {
			if _, ok := seen[s]; ok || s == "" {
				seen = nil
				break
			}
			seen[s] = struct{}{}
		}
		if seen != nil {
			return table.ID, why("all %s values are different", count(len(c.plain)))
		}
	}
	return table.Text, why("more than %s different values", count(MaxLevels))
}

// images reports whether all texts are names of pictures.
func images(s []string) bool {
	n := 0
	for _, name := range s {
		if name == "" {
			continue
		}
		i := strings.LastIndexByte(name, '.')
		if i < 0 {
			return false
		}
		switch strings.ToLower(name[i:]) {
		case ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp":
			n++
		default:
			return false
		}
	}
	return n > 0
}

// spaced reports whether more than one text in ten has a space.
func spaced(s []string) bool {
	n := 0
	for _, v := range s {
		if strings.IndexByte(v, ' ') >= 0 {
			n++
		}
	}
	return n > len(s)/10
}
