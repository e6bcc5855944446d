package cells

import (
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/ingot-ml/ingot/data/table"
)

// Builder appends pieces to a table.
type Builder struct {
	File    string
	Options table.Options
	Plans   []Plan
	Hint    int // rows that are expected, or 0

	rows    int
	columns []column
	misfits []misfit
	rejects []*table.Error // of rows that aren't in the table, at most table.MaxListed
	dropped int            // how many there are
	lines   table.Lines
}

// column is a column as it grows.
type column struct {
	nums   []float64
	codes  []int32
	levels []string
	index  map[string]int32
	loose  bool     // no longer codes: strings
	plain  []string // of a loose column

	missing, wrong, swapped int
	sure                    bool
	rounded                 bool // a whole number has more digits than a float64 holds
	hopeless                bool // far more wrong cells than are borne: the plan is wrong
}

// misfit is a Misfit with its place in the table.
type misfit struct {
	row, col int
	fault    Fault
	err      *table.Error // of the first table.MaxListed
}

// MaxLevels is how many different values a category may have.
const MaxLevels = 10_000

// wrongShare is the share of values that may be no number or date in a column of them: such rows are bad. Above it the
// column is text.
const wrongShare = 0.05

// NewBuilder returns a builder of a table by a plan.
func NewBuilder(file string, plans []Plan, o table.Options) *Builder {
	return &Builder{File: file, Options: o, Plans: plans, columns: make([]column, len(plans))}
}

// Reject leaves a row out that comes after the rows appended so far. The error is for where no bad rows are borne.
func (b *Builder) Reject(e *table.Error) error {
	if b.Options.BadRows == 0 {
		return e
	}
	if b.dropped++; len(b.rejects) < table.MaxListed {
		b.rejects = append(b.rejects, e)
	}
	return nil
}

// Append appends a piece that begins in line, or at row line of a format without lines. locate tells the line, counted as
// Piece.Line does, the column and the text of the cell at a misfit.
func (b *Builder) Append(p *Piece, line int, locate func(m Misfit) (line, col int, cell string)) {
	for _, s := range p.steps {
		b.lines.Add(b.rows+int(s.row), line+int(s.line))
	}
	b.reserve()
	for i := range p.Columns {
		b.columns[i].append(&p.Columns[i], &b.Plans[i])
		c := &b.columns[i]
		c.hopeless = c.hopeless || !b.Plans[i].Forced && c.wrong > 1000 && c.wrong > (b.rows+p.Rows)/5
	}
	for _, m := range p.Misfits {
		if b.columns[m.Col].hopeless && m.Fault < TooLarge {
			continue
		}
		x := misfit{b.rows + int(m.Row), int(m.Col), m.Fault, nil}
		if len(b.misfits) < table.MaxListed {
			at, col, cell := locate(m)
			x.err = b.Plans[m.Col].error(b.File, m.Fault, cell)
			x.err.Line, x.err.Column = line+at, col
		}
		b.misfits = append(b.misfits, x)
	}
	b.rows += p.Rows
}

// error says what is wrong with a cell and what can be done about it.
func (p *Plan) error(file string, f Fault, cell string) *table.Error {
	msg := fmt.Sprintf("%q %s", cell, f)
	switch f {
	case NotNumber:
		msg += fmt.Sprintf("; if it stands for a missing value, name it in data.missing, and if the column isn't of numbers, set data.columns={%s: {type: category}}", p.Name)
	case NotDate:
		msg += fmt.Sprintf(" written as %s; data.columns={%s: {layout: …}} sets another way", p.Layout, p.Name)
	case NoSuchDate:
		msg += fmt.Sprintf(", read as %s", p.Layout)
	}
	return &table.Error{File: file, Field: p.Name, Msg: msg}
}

// reserve makes room for the rows that are expected, once.
func (b *Builder) reserve() {
	if b.rows > 0 || b.Hint == 0 {
		return
	}
	for i := range b.columns {
		switch c := &b.columns[i]; b.Plans[i].Role {
		case Number, Date:
			c.nums = make([]float64, 0, b.Hint)
		case Text:
			c.codes = make([]int32, 0, b.Hint)
		}
	}
}

// grown is append's way to grow with a quarter in place of the whole, where much is there.
func grown[T any](s []T, n int) []T {
	if len(s)+n <= cap(s) {
		return s
	}
	return append(make([]T, 0, max(len(s)+n, len(s)+len(s)/4, 1024)), s...)
}

func (c *column) append(p *Column, plan *Plan) {
	c.missing += p.Missing
	c.wrong += p.Wrong
	c.swapped += p.Swapped
	c.sure = c.sure || p.Sure
	c.rounded = c.rounded || p.Rounded
	switch plan.Role {
	case Number, Date:
		c.nums = append(grown(c.nums, len(p.Nums)), p.Nums...)
	case Text:
		c.appendText(p, plan)
	}
}

// appendText appends texts by their codes, or as such when there are too many different ones.
func (c *column) appendText(p *Column, plan *Plan) {
	if !c.loose {
		if c.index == nil {
			c.index = map[string]int32{}
		}
		codes := make([]int32, p.dict.len())
		for i := range codes {
			b := p.dict.at(i)
			code, ok := c.index[string(b)]
			if !ok {
				code = int32(len(c.levels))
				s := string(b)
				c.levels = append(c.levels, s)
				c.index[s] = code
			}
			codes[i] = code
		}
		n := len(c.codes)
		c.codes = grown(c.codes, len(p.Codes))[:n+len(p.Codes)]
		for i, k := range p.Codes {
			if k >= 0 {
				k = codes[k]
			}
			c.codes[n+i] = k
		}
		coded := plan.Forced && (plan.Kind == table.Category || plan.Kind == table.Binary)
		if len(c.levels) > MaxLevels && !coded {
			c.loosen()
		}
		return
	}
	all := string(p.dict.arena)
	c.plain = grown(c.plain, len(p.Codes))
	for _, k := range p.Codes {
		switch {
		case k < 0:
			c.plain = append(c.plain, "")
		case k == 0:
			c.plain = append(c.plain, all[:p.dict.ends[0]])
		default:
			c.plain = append(c.plain, all[p.dict.ends[k-1]:p.dict.ends[k]])
		}
	}
}

// loosen turns codes into strings.
func (c *column) loosen() {
	c.plain = make([]string, len(c.codes), cap(c.codes))
	for i, k := range c.codes {
		if k >= 0 {
			c.plain[i] = c.levels[k]
		}
	}
	c.loose, c.codes, c.levels, c.index = true, nil, nil, nil
}

// Finish returns the table, or where the plan was wrong a better one, by which the file is to be read again.
func (b *Builder) Finish() (*table.Table, []Plan, error) {
	if again := b.replan(); again != nil {
		return nil, again, nil
	}
	t := &table.Table{Name: b.File, Rows: b.rows, Lines: b.lines}
	if err := b.cut(t); err != nil {
		return nil, nil, err
	}
	columns := make([]*table.Column, len(b.columns))
	var wait sync.WaitGroup
	for i := range b.columns {
		if p := &b.Plans[i]; p.Role != Skip {
			wait.Go(func() {
				columns[i] = b.columns[i].finish(p)
				b.columns[i] = column{}
			})
		}
	}
	wait.Wait()
	for _, c := range columns {
		if c != nil {
			t.Columns = append(t.Columns, c)
		}
	}
	return t, nil, nil
}

// replan corrects what the cells showed to be wrong; nil where nothing was.
func (b *Builder) replan() []Plan {
	var again []Plan
	change := func(i int) *Plan {
		if again == nil {
			again = slices.Clone(b.Plans)
		}
		return &again[i]
	}
	for i := range b.columns {
		c, p := &b.columns[i], &b.Plans[i]
		values := b.rows - c.missing
		if other, ok := p.Layout.swapped(); p.Role == Date && !p.Fixed && ok && c.swapped > 0 && !c.sure {
			change(i).Layout = other
			continue
		}
		if !p.Forced && p.Role == Number && c.rounded && namesRows(p.Name) {
			n := change(i)
			n.Role, n.Reason = Text, "as numbers they would lose digits"
			continue
		}
		if !p.Forced && p.Role != Text && c.wrong > 0 && (c.hopeless || float64(c.wrong) > wrongShare*float64(values)) {
			n := change(i)
			n.Role = Text
			n.Reason = fmt.Sprintf("%s of %s values are no %ss", count(c.wrong), count(values), map[Role]string{Number: "number", Date: "date"}[p.Role])
		}
	}
	return again
}

// cut leaves the rows of misfits out and lists them with those rejected.
func (b *Builder) cut(t *table.Table) error {
	slices.SortStableFunc(b.misfits, func(x, y misfit) int { return x.row - y.row })
	var drop []int
	for _, m := range b.misfits {
		if n := len(drop); n == 0 || drop[n-1] != m.row {
			drop = append(drop, m.row)
			if m.err != nil {
				t.Bad = append(t.Bad, m.err)
			}
		}
	}
	t.Bad = append(t.Bad, b.rejects...)
	slices.SortStableFunc(t.Bad, func(x, y *table.Error) int { return x.Line - y.Line })
	t.Bad = t.Bad[:min(len(t.Bad), table.MaxListed)]
	all := b.rows + b.dropped
	t.BadN = len(drop) + b.dropped
	if t.BadN > 0 && float64(t.BadN) > b.Options.BadRows*float64(all) {
		first := *t.Bad[0]
		if t.BadN > 1 || b.Options.BadRows > 0 {
			first.Msg += fmt.Sprintf(" (%s of %s rows are bad; data.limits.bad_rows allows %.4g%%)", count(t.BadN), count(all), 100*b.Options.BadRows)
		}
		return &first
	}
	if len(drop) == 0 {
		return nil
	}
	t.Rows -= len(drop)
	old := t.Lines
	t.Lines = table.Lines{}
	next := 0
	for r := range b.rows {
		if next < len(drop) && drop[next] == r {
			next++
			continue
		}
		if n := old.Line(r); n > 0 {
			t.Lines.Add(r-next, n)
		}
	}
	for i := range b.columns {
		c := &b.columns[i]
		c.nums, c.codes, c.plain = without(c.nums, drop), without(c.codes, drop), without(c.plain, drop)
	}
	return nil
}

// without takes the elements at places, which ascend, out of s.
func without[T any](s []T, places []int) []T {
	if len(s) == 0 {
		return s
	}
	to := places[0]
	for i, at := range places {
		end := len(s)
		if i+1 < len(places) {
			end = places[i+1]
		}
		to += copy(s[to:], s[at+1:end])
	}
	return s[:to]
}

// count writes a number with commas.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
