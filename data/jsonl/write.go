package jsonl

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/ingot-ml/ingot/data/table"
)

// writer is a table.Writer.
type writer struct {
	w    io.Writer
	keys [][]byte // `"name":`
	buf  []byte
}

// flushAt is about how many bytes are written at a time.
const flushAt = 1 << 16

// NewWriter returns a writer of JSON lines: all keys in every line, missing values as null, dates as RFC 3339 writes them.
func NewWriter(w io.Writer, fields []table.Field) table.Writer {
	x := &writer{w: w}
	for _, f := range fields {
		x.keys = append(x.keys, append(appendText(nil, f.Name), ':'))
	}
	return x
}

// Write implements table.Writer.
func (x *writer) Write(t *table.Table) error {
	if len(t.Columns) != len(x.keys) {
		return fmt.Errorf("a table of %d columns for a file of %d", len(t.Columns), len(x.keys))
	}
	for r := range t.Rows {
		x.buf = append(x.buf, '{')
		for i, c := range t.Columns {
			if i > 0 {
				x.buf = append(x.buf, ',')
			}
			x.buf = append(x.buf, x.keys[i]...)
			x.buf = appendValue(x.buf, c, r)
		}
		x.buf = append(x.buf, '}', '\n')
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

func appendValue(b []byte, c *table.Column, r int) []byte {
	switch {
	case c.Codes != nil:
		if k := c.Codes[r]; k >= 0 {
			return appendText(b, c.Levels[k])
		}
	case c.Numbers != nil:
		v := c.Numbers[r]
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
		case c.Kind == table.Date:
			whole := math.Floor(v)
			b = append(b, '"')
			b = time.Unix(int64(whole), int64(math.Round((v-whole)*1e9))).UTC().AppendFormat(b, time.RFC3339Nano)
			return append(b, '"')
		default:
			return strconv.AppendFloat(b, v, 'g', -1, 64)
		}
	case c.Strings[r] != "":
		return appendText(b, c.Strings[r])
	}
	return append(b, "null"...)
}

// appendText writes a string.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f || s[i] == '"' || s[i] == '\\' {
			q, err := json.Marshal(s)
			if err != nil { // strings always marshal
				return append(b, `""`...)
			}
			return append(b, q...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
