// Package parquet reads and writes tables as Apache Parquet, compressed in the format's ways but LZ4. Columns within groups get
// names with dots; lists and maps are refused.
//
// The pages are read by github.com/parquet-go/parquet-go, a few thousand rows of all columns at a time. What a file says of its
// sizes and counts is held against what is there before the library takes memory for it: a page has at most 256 MiB
// decompressed, and no more than its header says. Where a damaged page makes the library panic, it is an error here.
//
// Source: Apache Parquet, "File Format", https://parquet.apache.org/docs/file-format/.
package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/ingot-ml/ingot/data/internal/cells"
	"github.com/ingot-ml/ingot/data/table"
)

// Read reads the file at path whole.
func Read(path string, o table.Options) (*table.Table, error) {
	return cells.Read(path, o, func([]string) (cells.Source, error) { return openFile(path) })
}

// Open opens the file at path for reading in pieces the fields of a schema.
func Open(path string, fields []table.Field, o table.Options) (table.Stream, error) {
	return cells.Open(path, fields, o, func([]string) (cells.Source, error) { return openFile(path) })
}

// reader is a Source.
type reader struct {
	path    string
	f       *os.File
	file    *parquet.File
	columns []*column
	group   int   // the row group that is read
	left    int64 // its rows that aren't read yet
	row     int   // rows read before the last piece
	codec   string
	in      io.ReaderAt
	buffers buffers
}

func openFile(path string) (cells.Source, error) {
	f, size, err := cells.OpenFile(path)
	if err != nil {
		return nil, err
	}
	r, err := newReader(path, f, size)
	if err != nil {
		f.Close()
		return nil, err
	}
	r.f = f
	return r, nil
}

// guard turns a panic of the library into an error.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is damaged: %v", p)
		}
	}()
	return f()
}

// newReader opens a file of size bytes.
func newReader(path string, in io.ReaderAt, size int64) (*reader, error) {
	r := &reader{path: path, group: -1}
	if err := guard(func() error { return r.open(in, size) }); err != nil {
		return nil, &table.Error{File: path, Msg: err.Error(), Err: err}
	}
	return r, nil
}

func (r *reader) open(in io.ReaderAt, size int64) (err error) {
	var tail [8]byte
	if size < 12 {
		return fmt.Errorf("%d bytes are too few for a Parquet file", size)
	}
	if _, err := in.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	if string(tail[4:]) != "PAR1" {
		return errors.New("the file doesn't end with PAR1: it was cut, or isn't Parquet")
	}
	if n := int64(binary.LittleEndian.Uint32(tail[:])); n > size-12 {
		return fmt.Errorf("the footer is said to have %d bytes, the file has %d", n, size)
	} else if n > maxFooter {
		return fmt.Errorf("the footer has %d bytes, at most %d are read: write larger row groups", n, maxFooter)
	} else if err := checkFooter(in, size-8-n, int(n)); err != nil {
		return err
	}
	r.in = in
	if r.file, err = parquet.OpenFile(in, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true)); err != nil {
		return err
	}
	if err := r.check(size); err != nil {
		return err
	}
	return r.leaves(r.file.Root(), nil)
}

// maxFooter is the longest footer that is read.
const maxFooter = 64 << 20

// checkFooter finds out whether the lists and texts of a footer are as long as they say.
func checkFooter(in io.ReaderAt, at int64, n int) error {
	b := make([]byte, n)
	if _, err := in.ReadAt(b, at); err != nil {
		return err
	}
	if _, err := skim(b); err != nil {
		return fmt.Errorf("the footer is damaged: %w", err)
	}
	return nil
}

// maxRows is how many rows a byte of a file may stand for: a page of one value over and over is a few bytes.
const maxRows = 4096

// check holds what the footer says of sizes against the file's.
func (r *reader) check(size int64) error {
	meta, rows := r.file.Metadata(), int64(0)
	for g := range meta.RowGroups {
		group := &meta.RowGroups[g]
		if group.NumRows < 0 {
			return fmt.Errorf("row group %d is said to have %d rows", g, group.NumRows)
		}
		if group.NumRows > size*maxRows-rows {
			return fmt.Errorf("row group %d is said to have %d rows, the file has %d bytes", g, group.NumRows, size)
		}
		rows += group.NumRows
		for i := range group.Columns {
			c := &group.Columns[i].MetaData
			name := strings.Join([]string(c.PathInSchema), ".")
			start := c.DataPageOffset
			if c.DictionaryPageOffset != 0 {
				start = c.DictionaryPageOffset
			}
			switch {
			case start < 4 || c.TotalCompressedSize < 0 || start > size-8 || c.TotalCompressedSize > size-8-start:
				return fmt.Errorf("column %q of row group %d is said to have %d bytes from byte %d on, the file has %d", name, g, c.TotalCompressedSize, start, size)
			case c.NumValues < group.NumRows:
				return fmt.Errorf("column %q of row group %d has %d values, the group has %d rows", name, g, c.NumValues, group.NumRows)
			}
			if r.codec = c.Codec.String(); strings.HasPrefix(strings.ToUpper(r.codec), "LZ4") { // the library takes ever more memory for a damaged page
				return fmt.Errorf("column %q is compressed by LZ4, which isn't read; save the file with snappy or zstd", name)
			}
		}
	}
	if rows != meta.NumRows {
		return fmt.Errorf("the row groups have %d rows, the footer says %d", rows, meta.NumRows)
	}
	return nil
}

// walker returns what looks at the pages of a column of the row group.
func (r *reader) walker(c *column) walker {
	m := &r.file.Metadata().RowGroups[r.group].Columns[c.index].MetaData
	w := walker{in: r.in, at: m.DataPageOffset, codec: m.Codec, nulls: c.nulls, width: c.width, b: &r.buffers}
	if m.DictionaryPageOffset != 0 {
		w.at = m.DictionaryPageOffset
	}
	w.end = w.at + m.TotalCompressedSize
	return w
}

// leaves lists the columns below c.
func (r *reader) leaves(c *parquet.Column, path []string) error {
	for _, k := range c.Columns() {
		p := append(path[:len(path):len(path)], k.Name())
		switch {
		case k.Repeated() || k.MaxRepetitionLevel() > 0:
			return fmt.Errorf("column %q is a list or a map; a table has one value in a cell: leave the column out of the file", strings.Join(p, "."))
		case !k.Leaf():
			if err := r.leaves(k, p); err != nil {
				return err
			}
		default:
			x := &column{name: strings.Join(p, "."), index: k.Index(), nulls: k.MaxDefinitionLevel()}
			if k.Type().Kind() == parquet.FixedLenByteArray {
				x.width = k.Type().Length()
			}
			if err := x.typed(k.Type()); err != nil {
				return fmt.Errorf("column %q: %w", x.name, err)
			}
			for _, other := range r.columns {
				if other.name == x.name {
					return fmt.Errorf("two columns are called %q", x.name)
				}
			}
			r.columns = append(r.columns, x)
		}
	}
	return nil
}

// Names implements cells.Source.
func (r *reader) Names() []string {
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		names[i] = c.name
	}
	return names
}

// Roles implements cells.Source.
func (r *reader) Roles(plans []cells.Plan) {
	for i := range plans {
		if p := &plans[i]; !p.Forced {
			p.Role = r.columns[i].role
			p.Typed, p.Words = p.Role != cells.Text, p.Role == cells.Text
		}
	}
}

// Line implements cells.Source.
func (r *reader) Line() int { return 0 }

// Locate implements cells.Source.
func (r *reader) Locate(m cells.Misfit) (line, col int, cell string) {
	return 0, 0, fmt.Sprintf("row %d", r.row+int(m.Row)+1)
}

// String implements cells.Source.
func (r *reader) String() string {
	return fmt.Sprintf("Parquet, %s, row groups: %d", strings.ToLower(r.codec), len(r.file.RowGroups()))
}

// Close implements cells.Source.
func (r *reader) Close() error {
	for _, c := range r.columns {
		c.close()
	}
	return r.f.Close()
}

// Fill implements cells.Source.
func (r *reader) Fill(p *cells.Piece) (bad []*table.Error, err error) {
	if err := guard(func() error { return r.fill(p) }); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		e := &table.Error{File: r.path, Row: r.row + 1, Msg: err.Error(), Err: err}
		if in := (*inColumn)(nil); errors.As(err, &in) {
			e.Field, e.Row, e.Msg = in.name, r.row+in.row+1, in.err.Error()
		}
		return nil, e
	}
	return nil, nil
}

func (r *reader) fill(p *cells.Piece) error {
	groups := r.file.RowGroups()
	for r.left == 0 {
		if r.group++; r.group >= len(groups) {
			return io.EOF
		}
		r.left = groups[r.group].NumRows()
		chunks := groups[r.group].ColumnChunks()
		for _, c := range r.columns {
			c.close()
			c.chunk = chunks[c.index]
			c.walk = r.walker(c)
		}
	}
	n := int(min(r.left, cells.PieceRows))
	for i, c := range r.columns {
		if p.Plans[i].Role == cells.Skip {
			continue
		}
		if err := c.fill(p, i, n); err != nil {
			return err
		}
	}
	r.row += p.Rows
	p.Rows += n
	r.left -= int64(n)
	return nil
}
