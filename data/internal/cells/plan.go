package cells

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/data/table"
)

// Plans returns the plan by which a sample of a file of these columns is read: all texts, but what the options drop or say.
func Plans(file string, names []string, o *table.Options) ([]Plan, error) {
	plans := make([]Plan, len(names))
	marks := map[string]bool{}
	for _, m := range o.Missing {
		marks[m] = true
	}
	for i, name := range names {
		p := &plans[i]
		p.Name, p.Role = name, Text
		if len(marks) > 0 {
			p.Marks = marks
		}
		if kind, ok := o.Kinds[name]; ok {
			p.force(kind, "config")
		}
		if s, ok := o.Layouts[name]; ok {
			l, err := ParseLayout(s)
			if err != nil {
				return nil, &table.Error{File: file, Field: name, Msg: err.Error()}
			}
			p.Layout, p.Fixed = l, true
			p.force(table.Date, "config")
		}
		if slices.Contains(o.Drop, name) {
			p.Role, p.Forced = Skip, true
		}
	}
	for _, list := range [][]string{keys(o.Kinds), keys(o.Layouts), o.Drop} {
		for _, name := range list {
			if !slices.Contains(names, name) {
				return nil, &table.Error{File: file, Msg: fmt.Sprintf("there is no column %q, which the config names; there are %s", name, list4(names))}
			}
		}
	}
	return plans, nil
}

func keys[V any](m map[string]V) []string {
	var s []string
	for k := range m {
		s = append(s, k)
	}
	slices.Sort(s)
	return s
}

// list4 lists names for an error.
func list4(names []string) string {
	const most = 20
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// force gives a kind.
func (p *Plan) force(k table.Kind, reason string) {
	p.Kind, p.Forced, p.Reason = k, true, reason
	switch k {
	case table.Number:
		p.Role = Number
	case table.Date:
		p.Role = Date
	default:
		p.Role = Text
	}
}

// Wanted returns the plan for reading the fields of a schema from a file of these columns; others are skipped. order tells
// for each field the column that has it, −1 where the file lacks it and may.
func Wanted(file string, names []string, fields []table.Field, o *table.Options) (plans []Plan, order []int, err error) {
	quiet := *o
	quiet.Kinds, quiet.Layouts, quiet.Drop = nil, nil, nil
	if plans, err = Plans(file, names, &quiet); err != nil {
		return nil, nil, err
	}
	for i := range plans {
		plans[i].Role, plans[i].Forced = Skip, true
	}
	var lacking []string
	for _, f := range fields {
		i := slices.Index(names, f.Name)
		order = append(order, i)
		if i < 0 {
			if !slices.Contains(o.MayLack, f.Name) {
				lacking = append(lacking, f.Name)
			}
			continue
		}
		p := &plans[i]
		p.force(f.Kind, f.Reason)
		if f.Layout != "" {
			if p.Layout, err = ParseLayout(f.Layout); err != nil {
				return nil, nil, &table.Error{File: file, Field: f.Name, Msg: err.Error()}
			}
			p.Fixed = true
		}
	}
	return plans, order, Lacking(file, lacking, names)
}

// Lacking is the error of a file that lacks fields of a schema; nil of none.
func Lacking(file string, fields, names []string) error {
	switch len(fields) {
	case 0:
		return nil
	case 1:
		return &table.Error{File: file, Field: fields[0], Msg: "the column is missing; the file has " + list4(names)}
	}
	return &table.Error{File: file, Msg: fmt.Sprintf("the columns %q are missing; the file has %s", fields, list4(names))}
}

// Texts returns a plan that takes all columns for texts, to see what they hold.
func Texts(plans []Plan) []Plan {
	texts := slices.Clone(plans)
	for i := range texts {
		if texts[i].Role != Skip && !texts[i].Typed {
			texts[i].Role, texts[i].Marks = Text, nil
		}
	}
	return texts
}

// Guess returns the plan that a sample suggests, which was read by Texts of what the options said.
func Guess(sample *Piece, plans []Plan, comma bool) []Plan {
	plans = slices.Clone(plans)
	for i := range plans {
		p := &plans[i]
		p.Comma = comma
		switch {
		case p.Typed && (!p.Forced || p.Role == Date && p.Layout == NoLayout):
		case !p.Forced:
			p.guess(&sample.Columns[i])
		case p.Role == Date && !p.Fixed:
			p.Layout = cmp.Or(layoutOf(&sample.Columns[i], 1), YearFirst)
		}
	}
	return plans
}

// guess decides what a column's cells are, by those of the sample. A column without any is taken for one of numbers.
func (p *Plan) guess(c *Column) {
	values, numbers, codes, dressed, such := 0, 0, 0, 0, ""
	n := c.counts()
	as := *p
	as.Role = Number
	for e, k := range n {
		cell := c.dict.at(e)
		if as.missing(cell) {
			continue
		}
		values += k
		if _, fault := as.number(cell); fault == Fine || fault == TooLarge {
			numbers += k
			if len(cell) > 1 && cell[0] == '0' && cell[1]-'0' <= 9 {
				codes += k
			}
		} else if as.dressed(cell) {
			if dressed += k; such == "" {
				such = string(cell)
			}
		}
	}
	switch {
	case !p.Words && codes > 0 && numbers == values:
		p.Role, p.Reason = Text, "numbers begin with 0, as codes do"
	case !p.Words && float64(numbers) >= (1-wrongShare)*float64(values):
		p.Role = Number
	default:
		if p.Layout = layoutOf(c, values); p.Layout != NoLayout {
			p.Role = Date
		} else if dressed > 0 && float64(numbers+dressed) >= (1-wrongShare)*float64(values) {
			p.Reason = fmt.Sprintf("numbers with signs or separators, such as %q: write them without", such)
		} else if numbers > 0 {
			p.Reason = fmt.Sprintf("%s of the first %s values are numbers", count(numbers), count(values))
		}
	}
}

// dressed reports whether a cell is a number but for a sign of a currency or a percentage, or separators of thousands.
func (p *Plan) dressed(cell []byte) bool {
	s := strings.Trim(string(cell), "$€£¥% \t\u00a0")
	for _, separator := range []string{",", ".", "'", " ", "\u00a0", "\u202f"} {
		if thousands(s, separator) {
			s = strings.ReplaceAll(s, separator, "")
			break
		}
	}
	v, fault := p.number([]byte(s))
	return fault == Fine && v == v
}

// thousands reports whether a separator stands before groups of three digits: in 1,234,567.8 and not in 1,2 or 12,34,567.
func thousands(s, separator string) bool {
	groups := strings.Split(s, separator)
	for i, g := range groups {
		n := 0
		for n < len(g) && g[n]-'0' <= 9 {
			n++
		}
		if i > 0 && (n != 3 || i+1 < len(groups) && n != len(g)) {
			return false
		}
	}
	return len(groups) > 1
}

// counts returns how often each entry of the dictionary is there.
func (c *Column) counts() []int {
	n := make([]int, c.dict.len())
	for _, k := range c.Codes {
		if k >= 0 {
			n[k]++
		}
	}
	return n
}

// layoutOf returns the layout that most of the texts have as dates: all but a twentieth of values of them must look like it.
func layoutOf(c *Column, values int) Layout {
	best, most := NoLayout, 0
	n := c.counts()
	for l := YearFirst; l <= NameDay; l++ {
		shaped, real := 0, 0
		for e, k := range n {
			v, shape := l.Parse(c.dict.at(e))
			if shape {
				shaped += k
			}
			if v == v {
				real += k
			}
		}
		if float64(shaped) >= (1-wrongShare)*float64(values) && real > most {
			best, most = l, real
		}
	}
	return best
}
