package parquet

import (
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/snappy"

	"github.com/ingot-ml/ingot/data/table"
)

// writer is a table.Writer.
type writer struct {
	w      *parquet.GenericWriter[any]
	place  []int // of each field among the file's columns
	fields []table.Field
	rows   []parquet.Row
}

// batch is how many rows are given to the library at a time.
const batch = 256

// NewWriter returns a writer of Parquet compressed by Snappy: numbers as doubles, dates as timestamps in microseconds, all
// else as strings, missing values as nulls. The format lists columns by name.
func NewWriter(w io.Writer, fields []table.Field) (table.Writer, error) {
	group := parquet.Group{}
	for _, f := range fields {
		var n parquet.Node
		switch f.Kind {
		case table.Number:
			n = parquet.Leaf(parquet.DoubleType)
		case table.Date:
			n = parquet.Timestamp(parquet.Microsecond)
		default:
			n = parquet.String()
		}
		if group[f.Name] != nil {
			return nil, fmt.Errorf("two columns are called %q", f.Name)
		}
		group[f.Name] = parquet.Optional(n)
	}
	schema := parquet.NewSchema("table", group)
	x := &writer{fields: fields, w: parquet.NewGenericWriter[any](w, schema, parquet.Compression(&snappy.Codec{}))}
	for _, f := range fields {
		leaf, ok := schema.Lookup(f.Name)
		if !ok {
			return nil, fmt.Errorf("column %q has no place in the file", f.Name)
		}
		x.place = append(x.place, leaf.ColumnIndex)
	}
	x.rows = make([]parquet.Row, batch)
	for i := range x.rows {
		x.rows[i] = make(parquet.Row, len(fields))
	}
	return x, nil
}

// Write implements table.Writer.
func (x *writer) Write(t *table.Table) error {
	if len(t.Columns) != len(x.fields) {
		return fmt.Errorf("a table of %d columns for a file of %d", len(t.Columns), len(x.fields))
	}
	for from := 0; from < t.Rows; from += batch {
		n := min(batch, t.Rows-from)
		for i, c := range t.Columns {
			at := x.place[i]
			for r := range n {
				x.rows[r][at] = value(c, from+r, at)
			}
		}
		if _, err := x.w.WriteRows(x.rows[:n]); err != nil {
			return err
		}
	}
	return nil
}

// value is a cell as the library wants it.
func value(c *table.Column, r, at int) parquet.Value {
	switch {
	case c.Codes != nil:
		if k := c.Codes[r]; k >= 0 {
			return parquet.ByteArrayValue([]byte(c.Levels[k])).Level(0, 1, at)
		}
	case c.Numbers != nil:
		v := c.Numbers[r]
		switch {
		case math.IsNaN(v):
		case c.Kind == table.Date:
			return parquet.Int64Value(int64(math.Round(v*1e6))).Level(0, 1, at)
		default:
			return parquet.DoubleValue(v).Level(0, 1, at)
		}
	case c.Strings[r] != "":
		return parquet.ByteArrayValue([]byte(c.Strings[r])).Level(0, 1, at)
	}
	return parquet.NullValue().Level(0, 0, at)
}

// Close implements table.Writer.
func (x *writer) Close() error { return x.w.Close() }
