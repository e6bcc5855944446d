package parquet

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/ingot-ml/ingot/data/internal/cells"
)

// column reads the values of one column, page by page.
type column struct {
	name  string
	index int // among the file's leaves
	nulls int // the largest definition level
	width int // bytes of a value of a type of fixed length
	role  cells.Role
	// add appends a value that isn't null to column col of a piece.
	add func(p *cells.Piece, col int, v parquet.Value) error

	walk   walker // ahead of the library
	chunk  parquet.ColumnChunk
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buf    []parquet.Value
}

// inColumn is an error about a row of a piece in a column.
type inColumn struct {
	name string
	row  int
	err  error
}

func (e *inColumn) Error() string { return e.err.Error() }
func (e *inColumn) Unwrap() error { return e.err }

func (c *column) close() {
	if c.page != nil {
		parquet.Release(c.page)
	}
	if c.pages != nil {
		c.pages.Close()
	}
	c.pages, c.page, c.values = nil, nil, nil
}

// fill appends n values.
func (c *column) fill(p *cells.Piece, col, n int) error {
	if c.pages == nil {
		c.pages = c.chunk.Pages()
	}
	if c.buf == nil {
		c.buf = make([]parquet.Value, 256)
	}
	for done := 0; done < n; {
		if c.values == nil {
			if err := c.walk.next(); err != nil {
				return &inColumn{c.name, done, err}
			}
			page, err := c.pages.ReadPage()
			if err != nil {
				if errors.Is(err, io.EOF) {
					err = errors.New("the column ends here; the file says that it has more rows")
				}
				return &inColumn{c.name, done, err}
			}
			c.page, c.values = page, page.Values()
		}
		k, err := c.values.ReadValues(c.buf[:min(len(c.buf), n-done)])
		for i, v := range c.buf[:k] {
			if v.IsNull() {
				p.AddMissing(col)
			} else if err := c.add(p, col, v); err != nil {
				return &inColumn{c.name, done + i, err}
			}
		}
		done += k
		switch {
		case errors.Is(err, io.EOF) || err == nil && k == 0:
			parquet.Release(c.page)
			c.page, c.values = nil, nil
		case err != nil:
			return &inColumn{c.name, done, err}
		}
	}
	return nil
}

// typed finds how the values of a type become cells.
func (c *column) typed(t parquet.Type) error {
	c.role = cells.Number
	number := func(f func(v parquet.Value) float64) error {
		c.add = adder(f)
		return nil
	}
	if unit, ok := timeUnit(t); ok {
		c.role = cells.Date
		if t.Kind() == parquet.Int32 {
			return number(func(v parquet.Value) float64 { return float64(v.Int32()) * unit })
		}
		return number(func(v parquet.Value) float64 { return float64(v.Int64()) * unit })
	}
	scale, decimal := decimalScale(t)
	unsigned := isUnsigned(t)
	switch t.Kind() {
	case parquet.Boolean:
		c.role = cells.Text
		c.add = func(p *cells.Piece, col int, v parquet.Value) error {
			p.Add(col, strconv.AppendBool(nil, v.Boolean()), 0)
			return nil
		}
	case parquet.Int32:
		if unsigned {
			return number(func(v parquet.Value) float64 { return float64(v.Uint32()) })
		}
		return number(func(v parquet.Value) float64 { return float64(v.Int32()) / scale })
	case parquet.Int64:
		if unsigned {
			c.add = func(p *cells.Piece, col int, v parquet.Value) error { p.AddUnsigned(col, v.Uint64()); return nil }
			return nil
		}
		if !decimal {
			c.add = func(p *cells.Piece, col int, v parquet.Value) error { p.AddInteger(col, v.Int64()); return nil }
			return nil
		}
		return number(func(v parquet.Value) float64 { return float64(v.Int64()) / scale })
	case parquet.Int96:
		c.role = cells.Date
		return number(func(v parquet.Value) float64 { return julian(v.Int96()) })
	case parquet.Float:
		return number(func(v parquet.Value) float64 { return float64(v.Float()) })
	case parquet.Double:
		return number(func(v parquet.Value) float64 { return v.Double() })
	case parquet.ByteArray, parquet.FixedLenByteArray:
		if decimal {
			return number(func(v parquet.Value) float64 { return bigEndian(v.ByteArray()) / scale })
		}
		if l := t.LogicalType(); t.Kind() == parquet.FixedLenByteArray && l != nil && l.Value != nil {
			if _, ok := l.Value.(*format.Float16Type); ok {
				return errors.New("16-bit floats aren't read; save them as 32-bit ones")
			}
		}
		c.role = cells.Text
		c.add = addText
	default:
		return fmt.Errorf("type %v isn't read", t)
	}
	return nil
}

// adder appends the numbers that f makes of values.
func adder(f func(v parquet.Value) float64) func(p *cells.Piece, col int, v parquet.Value) error {
	return func(p *cells.Piece, col int, v parquet.Value) error {
		x := f(v)
		if math.IsInf(x, 0) {
			return errors.New("the value is infinite; write a null where it is missing")
		}
		p.AddNumber(col, x)
		return nil
	}
}

func addText(p *cells.Piece, col int, v parquet.Value) error {
	b := v.ByteArray()
	if !utf8.Valid(b) {
		return fmt.Errorf("%d bytes that aren't UTF-8 text; leave the column out of the file", len(b))
	}
	p.Add(col, b, 0)
	return nil
}

// timeUnit returns the seconds of a unit of a type that is a day or a moment.
func timeUnit(t parquet.Type) (sec float64, ok bool) {
	if l := t.LogicalType(); l != nil && l.Value != nil {
		switch x := l.Value.(type) {
		case *format.DateType:
			return 86400, true
		case *format.TimestampType:
			switch x.Unit.Value.(type) {
			case *format.MilliSeconds:
				return 1e-3, true
			case *format.MicroSeconds:
				return 1e-6, true
			case *format.NanoSeconds:
				return 1e-9, true
			}
		}
		return 0, false
	}
	if c := t.ConvertedType(); c != nil {
		switch *c {
		case deprecated.Date:
			return 86400, true
		case deprecated.TimestampMillis:
			return 1e-3, true
		case deprecated.TimestampMicros:
			return 1e-6, true
		}
	}
	return 0, false
}

// decimalScale returns ten to the digits behind the point of a decimal type.
func decimalScale(t parquet.Type) (scale float64, ok bool) {
	if l := t.LogicalType(); l != nil {
		if d, ok := l.Value.(*format.DecimalType); ok {
			return math.Pow10(int(d.Scale)), true
		}
	}
	return 1, false
}

func isUnsigned(t parquet.Type) bool {
	if l := t.LogicalType(); l != nil {
		if d, ok := l.Value.(*format.IntType); ok {
			return !d.IsSigned
		}
	}
	return false
}

// bigEndian reads a number in two's complement.
func bigEndian(b []byte) float64 {
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	v, _ := new(big.Float).SetInt(n).Float64()
	return v
}

// julian reads a moment as Impala and Spark once wrote it: nanoseconds of the day, and the Julian day; 2,440,588 is
// 1970-01-01.
func julian(v deprecated.Int96) float64 {
	return float64(int64(v[2])-2440588)*86400 + float64(uint64(v[0])|uint64(v[1])<<32)*1e-9
}
