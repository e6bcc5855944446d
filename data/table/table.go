// Package table holds a table in memory, column by column, as the readers of the formats give it: data/csv, data/jsonl,
// data/parquet and the others read into it, data/prep makes a model's input of it.
package table

import "fmt"

// Kind is what a column's values mean. It decides where they are: see Column.
type Kind uint8

// The kinds of columns.
const (
	Number   Kind = iota // a quantity
	Binary               // one of two values
	Category             // one of a few values
	Date                 // a day or a moment
	Text                 // words
	ID                   // names the row and tells nothing else of it
	Image                // the path of a picture, from the table's folder
)

var kindNames = [...]string{"number", "binary", "category", "date", "text", "id", "image"}

// String returns "number", "binary", "category", "date", "text", "id" or "image".
func (k Kind) String() string { return kindNames[k] }

// ParseKind returns the kind of a name that String gives.
func ParseKind(name string) (Kind, error) {
	for k, s := range kindNames {
		if s == name {
			return Kind(k), nil
		}
	}
	return 0, fmt.Errorf("type %q is none of number, binary, category, date, text, id, image", name)
}

// MarshalText implements encoding.TextMarshaler.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *Kind) UnmarshalText(b []byte) (err error) {
	*k, err = ParseKind(string(b))
	return err
}

// Field is a column without its values.
type Field struct {
	Name   string `json:"name"`
	Kind   Kind   `json:"type"`
	Layout string `json:"layout,omitempty"` // of a Date: how package time would write it
	Reason string `json:"reason,omitempty"` // why it has this kind: "51 values, all dates", "config"
}

// Column is one column. Of the three stores one is filled, by its kind:
//
//	Number, Date              Numbers: values, or seconds since 1970-01-01 UTC; NaN where missing
//	Binary, Category          Codes: places in Levels; −1 where missing
//	Text, ID, Image           Strings: "" where missing
type Column struct {
	Field
	Numbers []float64
	Codes   []int32
	Levels  []string // in the order of their first row
	Strings []string
}

// Table is columns of the same length.
type Table struct {
	Name    string // of the file or data set, for errors
	Columns []*Column
	Rows    int

	Lines  Lines    // of the file, by row
	Bad    []*Error // the rows that were left out, at most MaxListed of them
	BadN   int      // how many there were
	Format string   // what was found: "CSV, UTF-8, comma, header in line 1"
}

// MaxListed is how many bad rows are listed.
const MaxListed = 1000

// Lookup returns the column of a name, or nil.
func (t *Table) Lookup(name string) *Column {
	for _, c := range t.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Cut returns the first rows, at most n, and the others, as views of t.
func (t *Table) Cut(n int) (head, rest *Table) {
	n = min(n, t.Rows)
	h, r := *t, *t
	h.Rows, r.Rows = n, t.Rows-n
	h.Columns, r.Columns = nil, nil
	for _, c := range t.Columns {
		a, b := *c, *c
		switch {
		case c.Numbers != nil:
			a.Numbers, b.Numbers = c.Numbers[:n], c.Numbers[n:]
		case c.Codes != nil:
			a.Codes, b.Codes = c.Codes[:n], c.Codes[n:]
		case c.Strings != nil:
			a.Strings, b.Strings = c.Strings[:n], c.Strings[n:]
		}
		h.Columns, r.Columns = append(h.Columns, &a), append(r.Columns, &b)
	}
	r.Lines = t.Lines.from(n)
	r.Bad, r.BadN = nil, 0
	return &h, &r
}

// Fields returns the columns without their values.
func (t *Table) Fields() []Field {
	var f []Field
	for _, c := range t.Columns {
		f = append(f, c.Field)
	}
	return f
}
