package jsonl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/ingot-ml/ingot/data/internal/cells"
)

// object reads the object of one line.
type object struct {
	*reader
	b     []byte
	i     int
	p     *cells.Piece
	start int // of the line in the piece's text

	fault string
	at    int // of the fault
}

func (o *object) fail(at int, format string, args ...any) {
	if o.fault == "" {
		o.at, o.fault = at, fmt.Sprintf(format, args...)
	}
}

// keys makes columns of the object's keys. What is wrong with it is said when it is read as a row.
func (o *object) keys() { o.object("", func(int, []byte, int) {}) }

// row appends the object as a row of so many columns.
func (o *object) row(columns int) {
	now := o.line // of the row, + 1: not 0
	o.object("", func(col int, cell []byte, at int) {
		switch {
		case col < 0 || col >= columns:
		case o.seen[col] == now:
			o.fail(at, "key %q is there twice", o.names[col])
		default:
			o.seen[col] = now
			if cell == nil {
				o.p.AddMissing(col)
			} else {
				o.p.Add(col, cell, o.start+at)
			}
		}
	})
	if o.space(); o.fault == "" && o.i < len(o.b) {
		o.fail(o.i, "text after the object; the file must have one object a line")
	}
	if o.fault != "" {
		return
	}
	for col := range columns {
		if o.seen[col] != now {
			o.p.AddMissing(col)
		}
	}
}

func (o *object) space() {
	for o.i < len(o.b) && (o.b[o.i] == ' ' || o.b[o.i] == '\t' || o.b[o.i] == '\r' || o.b[o.i] == '\n') {
		o.i++
	}
}

func (o *object) take(c byte) bool {
	if o.space(); o.i < len(o.b) && o.b[o.i] == c {
		o.i++
		return true
	}
	return false
}

// object reads an object whose columns' names begin with prefix and gives each value to f: nil where it is null.
func (o *object) object(prefix string, f func(col int, cell []byte, at int)) {
	if !o.take('{') {
		if o.take('[') {
			o.fail(o.i-1, "an array; the file must have one object a line (jq -c '.[]' makes such a file of an array)")
		}
		o.fail(o.i, "an object was expected: {\"column\": value, …}")
		return
	}
	if o.take('}') {
		return
	}
	for o.fault == "" {
		o.space()
		at := o.i
		key, ok := o.text()
		if !ok {
			o.fail(at, "a key in quotes was expected")
			return
		}
		if !o.take(':') {
			o.fail(o.i, "a colon was expected after key %q", key)
			return
		}
		if o.space(); o.i < len(o.b) && o.b[o.i] == '{' {
			if prefix != "" {
				o.fail(o.i, "key %q holds objects within objects, two levels deep; at most one is read", prefix+string(key))
				return
			}
			o.object(string(key)+".", f)
		} else {
			o.value(prefix+string(key), f)
		}
		if o.fault != "" || o.take('}') {
			return
		}
		if !o.take(',') {
			o.fail(o.i, "a comma or the object's end was expected; the line may be cut")
		}
	}
}

// value reads one value.
func (o *object) value(key string, f func(col int, cell []byte, at int)) {
	at := o.i
	switch {
	case o.i == len(o.b):
		o.fail(at, "the line ends before the value of %q", key)
	case o.b[o.i] == '"':
		s, ok := o.text()
		if !ok {
			o.fail(at, "the text that begins here isn't closed or has a wrong escape")
			return
		}
		f(o.column(key), bytes.TrimSpace(s), at+1)
	case o.b[o.i] == '[':
		o.fail(at, "key %q holds an array; a table has one value in a cell", key)
	default:
		for o.i < len(o.b) && o.b[o.i] > ' ' && o.b[o.i] != ',' && o.b[o.i] != '}' && o.b[o.i] != ']' {
			o.i++
		}
		word := o.b[at:o.i]
		switch {
		case string(word) == "null", string(word) == "NaN": // as Python writes it
			f(o.column(key), nil, at)
		case json.Valid(word):
			f(o.column(key), word, at)
		default:
			o.fail(at, "%q is no JSON value", word[:min(len(word), 40)])
		}
	}
}

// text reads a string; without escapes it is a part of the line.
func (o *object) text() (s []byte, ok bool) {
	if o.i == len(o.b) || o.b[o.i] != '"' {
		return nil, false
	}
	from, escaped := o.i+1, false
	for i := from; i < len(o.b); i++ {
		switch c := o.b[i]; {
		case c == '\\':
			escaped = true
			i++
		case c == '"':
			o.i = i + 1
			s = o.b[from:i]
			if !utf8.Valid(s) {
				o.fail(from, "the text isn't UTF-8")
			}
			if !escaped {
				return s, true
			}
			var t string
			if json.Unmarshal(o.b[from-1:i+1], &t) != nil {
				return nil, false
			}
			return []byte(t), true
		case c < ' ':
			return nil, false
		}
	}
	return nil, false
}
