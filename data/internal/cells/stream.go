package cells

import (
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/data/table"
)

// Stream makes tables of single pieces, with the fields of a schema, and keeps count of the bad rows.
type Stream struct {
	file   string
	plans  []Plan
	order  []int
	fields []table.Field
	o      table.Options
	rows   int
	bad    int
	first  *table.Error
}

// NewStream returns a stream by what Wanted gave.
func NewStream(file string, plans []Plan, order []int, fields []table.Field, o table.Options) *Stream {
	return &Stream{file: file, plans: plans, order: order, fields: fields, o: o}
}

// Builder returns a builder for the next piece.
func (s *Stream) Builder() *Builder {
	o := s.o
	if o.BadRows > 0 {
		o.BadRows = 1 // the share is of the whole file: see End
	}
	return NewBuilder(s.file, s.plans, o)
}

// Finish makes the piece's table.
func (s *Stream) Finish(b *Builder) (*table.Table, error) {
	t, again, err := b.Finish()
	if err != nil {
		return nil, err
	}
	if again != nil {
		return nil, &table.Error{File: s.file, Msg: "dates have day and month exchanged in another way than the schema says"}
	}
	have := make([]*table.Column, len(s.plans))
	next := 0
	for i := range s.plans {
		if s.plans[i].Role != Skip {
			have[i] = t.Columns[next]
			next++
		}
	}
	t.Columns = nil
	for k, i := range s.order {
		if i < 0 {
			t.Columns = append(t.Columns, absent(s.fields[k], t.Rows))
			continue
		}
		have[i].Field = s.fields[k]
		t.Columns = append(t.Columns, have[i])
	}
	s.rows += t.Rows
	s.bad += t.BadN
	if s.first == nil && len(t.Bad) > 0 {
		s.first = t.Bad[0]
	}
	return t, nil
}

// End says in the end whether there were more bad rows than are borne.
func (s *Stream) End() error {
	if s.bad == 0 || float64(s.bad) <= s.o.BadRows*float64(s.rows+s.bad) {
		return nil
	}
	e := *s.first
	e.Msg += fmt.Sprintf(" (%s of %s rows are bad; data.limits.bad_rows allows %.4g%%)", count(s.bad), count(s.rows+s.bad), 100*s.o.BadRows)
	return &e
}

// absent is a column of missing values.
func absent(f table.Field, rows int) *table.Column {
	c := &table.Column{Field: f}
	switch f.Kind {
	case table.Number, table.Date:
		c.Numbers = make([]float64, rows)
		for i := range c.Numbers {
			c.Numbers[i] = math.NaN()
		}
	case table.Binary, table.Category:
		c.Codes = make([]int32, rows)
		for i := range c.Codes {
			c.Codes[i] = -1
		}
	default:
		c.Strings = make([]string, rows)
	}
	return c
}
