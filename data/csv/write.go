package csv

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ingot-ml/ingot/data/internal/cells"
	"github.com/ingot-ml/ingot/data/table"
)

// writer is a table.Writer.
type writer struct {
	w       io.Writer
	columns int
	buf     []byte
}

// flushAt is about how many bytes are written at a time.
const flushAt = 1 << 16

// NewWriter returns a writer of CSV: a comma, a header, LF, quotes where they are needed, missing values empty, numbers as
// short as gives them back exactly, dates as 2006-01-02 or 2006-01-02T15:04:05Z.
//
// A text that a spreadsheet would run as a formula, since it begins with = + - @, a tab or a carriage return, gets an
// apostrophe in front; one that is a number doesn't. Source: OWASP, "CSV Injection".
func NewWriter(w io.Writer, fields []table.Field) table.Writer {
	x := &writer{w: w, columns: len(fields)}
	for i, f := range fields {
		if i > 0 {
			x.buf = append(x.buf, ',')
		}
		x.buf = appendText(x.buf, f.Name)
	}
	x.buf = append(x.buf, '\n')
	return x
}

// Write implements table.Writer.
func (x *writer) Write(t *table.Table) error {
	if len(t.Columns) != x.columns {
		return fmt.Errorf("a table of %d columns for a file of %d", len(t.Columns), x.columns)
	}
	levels := make([][]string, len(t.Columns)) // as they are written
	for i, c := range t.Columns {
		for _, s := range c.Levels {
			levels[i] = append(levels[i], string(appendText(nil, s)))
		}
	}
	for r := range t.Rows {
		for i, c := range t.Columns {
			if i > 0 {
				x.buf = append(x.buf, ',')
			}
			switch {
			case c.Codes != nil:
				if k := c.Codes[r]; k >= 0 {
					x.buf = append(x.buf, levels[i][k]...)
				}
			case c.Numbers != nil && c.Kind == table.Date:
				x.buf = appendDate(x.buf, c.Numbers[r])
			case c.Numbers != nil:
				x.buf = appendNumber(x.buf, c.Numbers[r])
			default:
				x.buf = appendText(x.buf, c.Strings[r])
			}
		}
		x.buf = append(x.buf, '\n')
		if len(x.buf) >= flushAt {
			if err := x.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close implements table.Writer.
func (x *writer) Close() error { return x.flush() }

func (x *writer) flush() error {
	_, err := x.w.Write(x.buf)
	x.buf = x.buf[:0]
	return err
}

func appendNumber(b []byte, v float64) []byte {
	if math.IsNaN(v) {
		return b
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

// appendDate writes seconds since 1970.
func appendDate(b []byte, sec float64) []byte {
	if math.IsNaN(sec) {
		return b
	}
	whole := math.Floor(sec)
	t := time.Unix(int64(whole), int64(math.Round((sec-whole)*1e9))).UTC()
	if math.Mod(sec, 86400) == 0 {
		return t.AppendFormat(b, "2006-01-02")
	}
	return t.AppendFormat(b, "2006-01-02T15:04:05.999999999Z")
}

// appendText writes a text, in quotes where it needs them.
func appendText(b []byte, s string) []byte {
	if s == "" {
		return b
	}
	guard := false
	switch s[0] {
	case '=', '@', '\t', '\r':
		guard = true
	case '+', '-':
		_, n := cells.Scan([]byte(s), '.')
		guard = n != len(s)
	}
	if !guard && s[0] != ' ' && s[len(s)-1] != ' ' && !strings.ContainsAny(s, ",\"\n\r") {
		return append(b, s...)
	}
	b = append(b, '"')
	if guard {
		b = append(b, '\'')
	}
	for i := range len(s) {
		if s[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}
