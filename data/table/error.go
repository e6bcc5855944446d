package table

import (
	"fmt"
	"strings"
)

// Error says what is wrong with a file of rows, and where.
type Error struct {
	File   string
	Line   int    // from 1; 0: the format has no lines, or the error is about the whole file
	Column int    // from 1, in characters of the line, where it is known
	Row    int    // from 1, for formats without lines
	Field  string // the column's name, where there is one
	Msg    string // what was found, what was wanted, what to do
	Err    error  // the cause, or nil
}

// Error returns "FILE:LINE:COLUMN: column NAME: MSG".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	switch {
	case e.Line > 0 && e.Column > 0:
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	case e.Line > 0:
		fmt.Fprintf(&b, ":%d", e.Line)
	case e.Row > 0:
		fmt.Fprintf(&b, ": row %d", e.Row)
	}
	if e.Field != "" {
		fmt.Fprintf(&b, ": column %q", e.Field)
	}
	return b.String() + ": " + e.Msg
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
