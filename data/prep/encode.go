package prep

import (
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/data/table"
)

// matrix is rows of values, in row-major order or column by column: element (i, j) is x[i·row + j·col].
type matrix struct {
	x        []float32
	row, col int
	first    int // the table's row that row 0 is, for errors
}

// Encode writes the rows of t to x [t.Rows Features], one behind the other, and adds what it saw to counts, one an input, where
// that isn't nil. Columns are found by their names, in any order; those that no input is made of are left aside. It changes
// nothing of p: several goroutines may call it. A column that is missing and not Optional, one of another kind, or a value
// that is too large is an error.
func (p *Plan) Encode(x []float32, t *table.Table, counts []Count) error {
	f := p.Features()
	m := matrix{x: x, row: f, col: 1}
	at := p.places()
	for i := range p.Inputs {
		in := &p.Inputs[i]
		c, err := in.find(t)
		if err != nil {
			return err
		}
		n, err := in.encode(m, at[i], c, t)
		if err != nil {
			return err
		}
		if counts != nil {
			counts[i].Missing += n.Missing
			counts[i].Unknown += n.Unknown
		}
	}
	return nil
}

// place is where an input's values are in a row.
type place struct{ numbers, flag, category int }

func (p *Plan) places() []place {
	at := make([]place, len(p.Inputs))
	numbers := 0
	for i, in := range p.Inputs {
		at[i].numbers = numbers
		numbers += len(in.Numbers)
	}
	for i, in := range p.Inputs {
		if at[i].flag = numbers; in.Flag {
			numbers++
		}
	}
	for i, in := range p.Inputs {
		if at[i].category = numbers; in.category() {
			numbers++
		}
	}
	return at
}

// find returns the input's column of a table, missing in every row where it isn't there and needn't be.
func (in *Input) find(t *table.Table) (*table.Column, error) {
	c := t.Lookup(in.Name)
	switch {
	case c == nil && in.Optional:
		return in.absent(t.Rows), nil
	case c == nil:
		return nil, fmt.Errorf("%s has no column %q, which the model was trained on; where it may be missing, train with data.columns={%s: {optional: true}}", t.Name, in.Name, in.Name)
	case stored(c.Kind) != stored(in.Kind):
		return nil, fmt.Errorf("%s: column %q is a %s; the model was trained on a %s", t.Name, in.Name, c.Kind, in.Kind)
	}
	return c, nil
}

// stored is a kind that has its values where k has them.
func stored(k table.Kind) table.Kind {
	switch k {
	case table.Binary:
		return table.Category
	case table.ID, table.Image:
		return table.Text
	}
	return k
}

// encode writes the input's values of all of c's rows, of table t.
func (in *Input) encode(m matrix, at place, c *table.Column, t *table.Table) (n Count, err error) {
	if in.Levels != nil {
		ids := in.ids(c)
		if in.Means != nil {
			n = in.statistics(m, at, c, ids)
		} else {
			n = in.categories(m, at, c, ids)
		}
	} else {
		n, err = in.numbers(m, at, c, t)
	}
	if in.Flag {
		for i := range max(len(c.Numbers), len(c.Codes)) {
			m.x[i*m.row+at.flag*m.col] = float32(flag(c, i))
		}
	}
	return n, err
}

// absent is a column that a table lacks.
func (in *Input) absent(rows int) *table.Column {
	c := &table.Column{Field: table.Field{Name: in.Name, Kind: in.Kind}}
	if in.Levels != nil {
		c.Codes = make([]int32, rows)
		for i := range c.Codes {
			c.Codes[i] = -1
		}
		return c
	}
	c.Numbers = make([]float64, rows)
	for i := range c.Numbers {
		c.Numbers[i] = math.NaN()
	}
	return c
}

// flag is 1 where the value is missing.
func flag(c *table.Column, i int) int {
	if c.Codes != nil && c.Codes[i] < 0 || c.Numbers != nil && math.IsNaN(c.Numbers[i]) {
		return 1
	}
	return 0
}

// numbers writes a Number or the parts of a Date.
func (in *Input) numbers(m matrix, at place, c *table.Column, t *table.Table) (n Count, err error) {
	if in.Kind == table.Date {
		return in.date(m, at, c), nil
	}
	num := &in.Numbers[0]
	x, bad := m.x[at.numbers*m.col:], -1
	for i, v := range c.Numbers {
		if v != v {
			v = num.Fill
			n.Missing++
		}
		y := float32(num.Scale.Apply(v))
		if y-y != 0 && bad < 0 { // NaN or infinite
			bad = i
		}
		x[i*m.row] = y
	}
	if bad >= 0 {
		return n, fmt.Errorf("%s: column %q: %v is too large: scaled it is no number that a model can take", t.Where(m.first+bad), in.Name, c.Numbers[bad])
	}
	return n, nil
}

// date writes the parts of a Date.
func (in *Input) date(m matrix, at place, c *table.Column) (n Count) {
	of := make([]*part, len(in.Numbers))
	for k := range of {
		of[k] = partOf(in.Numbers[k].Part)
	}
	for i, v := range c.Numbers {
		known := v == v
		var when moment
		if known {
			when = momentOf(v)
		} else {
			n.Missing++
		}
		for k := range of {
			num := &in.Numbers[k]
			y := num.Fill
			if known {
				y = of[k].of(&when)
			}
			m.x[i*m.row+(at.numbers+k)*m.col] = float32(num.Scale.Apply(y))
		}
	}
	return n
}

// ids gives the model's id of each code of c; 0 of a level that the model doesn't know.
func (in *Input) ids(c *table.Column) []int32 {
	ids := make([]int32, len(c.Levels))
	known := make(map[string]int32, len(in.Levels))
	for i, l := range in.Levels {
		known[l] = int32(i + 1)
	}
	for i, l := range c.Levels {
		ids[i] = known[l]
	}
	return ids
}

// categories writes ids.
func (in *Input) categories(m matrix, at place, c *table.Column, ids []int32) (n Count) {
	x := m.x[at.category*m.col:]
	for i, code := range c.Codes {
		var id int32
		if code < 0 {
			n.Missing++
		} else if id = ids[code]; id == 0 {
			n.Unknown++
		}
		x[i*m.row] = float32(id)
	}
	return n
}
