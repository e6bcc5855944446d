// Package jsonl reads and writes tables as JSON lines: one object a line, whose keys are the columns, plain or gzipped.
// An object within an object gives columns with a dot in their names, one level deep; arrays are refused. A key that a row
// lacks is a missing value, as null is.
package jsonl

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/ingot-ml/ingot/data/internal/cells"
	"github.com/ingot-ml/ingot/data/table"
)

// MaxLine is the longest line that is read, in bytes.
const MaxLine = 16 << 20

// MaxColumns is how many different keys a file may have.
const MaxColumns = 100_000

// Read reads the file at path whole.
func Read(path string, o table.Options) (*table.Table, error) {
	return cells.Read(path, o, func(names []string) (cells.Source, error) { return openFile(path, names) })
}

// Open opens the file at path for reading in pieces the fields of a schema. Keys that aren't in it are passed over. A key that no row
// has is told at the file's end: a row may lack any.
func Open(path string, fields []table.Field, o table.Options) (table.Stream, error) {
	return cells.Open(path, fields, o, func([]string) (cells.Source, error) {
		r, err := openFile(path, nil)
		if err != nil {
			return nil, err
		}
		r.found = len(r.names)
		for _, f := range fields {
			i := r.column(f.Name)
			if !slices.Contains(o.MayLack, f.Name) {
				r.wanted = append(r.wanted, i)
			}
		}
		r.known, r.more = true, false
		return r, nil
	})
}

// reader is a Source.
type reader struct {
	path    string
	f       *os.File
	in      *bufio.Reader
	gzipped bool
	known   bool // other keys than names are passed over

	names []string
	index map[string]int
	more  bool // keys came that weren't there before

	found  int   // columns of the file's beginning
	wanted []int // columns that some row must have

	line  int    // of the next line, from 1
	first int    // of the last piece
	text  []byte // of the last piece
	seen  []int  // by column, the last line that had it
}

// openFile opens the file. Without names they are those of the first piece.
func openFile(path string, names []string) (_ *reader, err error) {
	f, _, err := cells.OpenFile(path)
	if err != nil {
		return nil, err
	}
	r, err := newReader(path, f, names)
	if err != nil {
		f.Close()
		return nil, err
	}
	r.f = f
	return r, nil
}

// newReader reads from in.
func newReader(path string, in io.Reader, names []string) (*reader, error) {
	r := &reader{path: path, in: bufio.NewReaderSize(in, 1<<16), index: map[string]int{}, line: 1}
	if head, _ := r.in.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) { // RFC 1952, section 2.3.1
		z, err := gzip.NewReader(r.in)
		if err != nil {
			return nil, &table.Error{File: path, Msg: "damaged gzip header: " + err.Error(), Err: err}
		}
		r.in, r.gzipped = bufio.NewReaderSize(z, 1<<16), true
	}
	if head, _ := r.in.Peek(3); bytes.Equal(head, []byte{0xef, 0xbb, 0xbf}) {
		if _, err := r.in.Discard(3); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		r.index[name] = len(r.names)
		r.names = append(r.names, name)
	}
	if names != nil {
		r.seen = make([]int, len(names))
		return r, nil
	}
	head, err := r.in.Peek(r.in.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, &table.Error{File: path, Msg: err.Error(), Err: err}
	}
	return r, r.learn(head)
}

// learn takes the columns from the file's beginning.
func (r *reader) learn(head []byte) error {
	var fault error
	for line := 1; len(head) > 0; line++ {
		end := bytes.IndexByte(head, '\n')
		if end < 0 {
			end = len(head)
		}
		o := object{reader: r, b: head[:end]}
		o.keys()
		if fault == nil && o.fault != "" && len(o.b) > 0 {
			_, col := place(o.b, o.at)
			fault = &table.Error{File: r.path, Line: line, Column: col, Msg: o.fault}
		}
		head = head[min(end+1, len(head)):]
	}
	r.more = false
	if len(r.names) == 0 && fault != nil {
		return fault
	}
	if len(r.names) == 0 {
		return &table.Error{File: r.path, Line: 1, Msg: "no line of the file's beginning has an object with keys"}
	}
	return nil
}

// column returns the column of a key; −1: it is passed over.
func (r *reader) column(key string) int {
	i, ok := r.index[key]
	switch {
	case ok:
		return i
	case r.known:
		return -1
	}
	i = len(r.names)
	r.index[key], r.more = i, true
	r.names, r.seen = append(r.names, key), append(r.seen, 0)
	return i
}

// Names implements cells.Source.
func (r *reader) Names() []string { return r.names }

// Roles implements cells.Source.
func (r *reader) Roles([]cells.Plan) {}

// Line implements cells.Source.
func (r *reader) Line() int { return r.first }

// String implements cells.Source.
func (r *reader) String() string {
	if r.gzipped {
		return "JSON lines, gzipped"
	}
	return "JSON lines"
}

// Close implements cells.Source.
func (r *reader) Close() error { return r.f.Close() }

// Locate implements cells.Source.
func (r *reader) Locate(m cells.Misfit) (line, col int, cell string) {
	line, col = place(r.text, int(m.Off))
	rest := r.text[m.Off:]
	if end := bytes.IndexAny(rest[:min(len(rest), 100)], "\",}\n"); end >= 0 {
		rest = rest[:end]
	}
	return line, col, string(rest[:min(len(rest), 40)])
}

// place returns the line, from 0, and the column, from 1, of a byte.
func place(b []byte, at int) (line, col int) {
	at = min(at, len(b))
	return bytes.Count(b[:at], []byte{'\n'}), utf8.RuneCount(b[bytes.LastIndexByte(b[:at], '\n')+1:at]) + 1
}

// Fill implements cells.Source.
func (r *reader) Fill(p *cells.Piece) (bad []*table.Error, err error) {
	r.first, r.text = r.line, r.text[:0]
	columns := len(p.Plans)
	for p.Rows < cells.PieceRows && len(r.text) < cells.PieceBytes {
		start := len(r.text)
		ok, err := r.nextLine()
		if err != nil {
			return bad, err
		}
		if !ok {
			break
		}
		line := r.text[start:]
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		p.Line(r.line - 1 - r.first)
		o := object{reader: r, b: line, p: p, start: start}
		o.row(columns)
		switch {
		case r.more: // the rest is read only for its keys
			if len(r.names) > MaxColumns {
				return bad, &table.Error{File: r.path, Line: r.line - 1, Msg: fmt.Sprintf("more than %d different keys; the file isn't a table", MaxColumns)}
			}
			p.Cut()
		case o.fault != "":
			p.Cut()
			_, col := place(line, o.at)
			bad = append(bad, &table.Error{File: r.path, Line: r.line - 1, Column: col, Msg: o.fault})
		default:
			p.Rows++
		}
	}
	if p.Rows == 0 && len(bad) == 0 && len(r.text) == 0 {
		if r.more {
			return nil, &cells.Renamed{Names: r.names}
		}
		return nil, cmp.Or(r.lacking(), io.EOF)
	}
	return bad, nil
}

// lacking is the error of a file of which no row has what some must.
func (r *reader) lacking() error {
	var names []string
	for _, i := range r.wanted {
		if r.seen[i] == 0 {
			names = append(names, r.names[i])
		}
	}
	return cells.Lacking(r.path, names, r.names[:r.found])
}

// nextLine appends the next line to text; ok: there is one.
func (r *reader) nextLine() (ok bool, err error) {
	start := len(r.text)
	for {
		b, err := r.in.ReadSlice('\n')
		r.text = append(r.text, b...)
		switch {
		case err == nil:
			r.line++
			return true, nil
		case errors.Is(err, bufio.ErrBufferFull):
			if len(r.text)-start > MaxLine {
				return false, &table.Error{File: r.path, Line: r.line, Msg: fmt.Sprintf("the line is longer than %d MiB; the file must have one object a line", MaxLine>>20)}
			}
		case errors.Is(err, io.EOF):
			if len(r.text) > start {
				r.line++
				return true, nil
			}
			return false, nil
		default:
			return false, &table.Error{File: r.path, Line: r.line, Msg: "the file can't be read on: " + err.Error(), Err: err}
		}
	}
}
