// Package npy reads NumPy's arrays as tables: NPY of versions 1 to 3, of one or two dimensions, in C or Fortran order, little
// or big endian, of floating point numbers, integers or booleans. The columns are called c1, c2, ….
//
// Source: numpy/lib/format.py, "Format Version 1.0" to "3.0".
package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/ingot-ml/ingot/data/internal/cells"
	"github.com/ingot-ml/ingot/data/table"
)

// MaxColumns is how many columns an array may have.
const MaxColumns = 100_000

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
	header
	path string
	r    io.ReaderAt
	f    *os.File
	next int // row
	buf  []byte
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

// newReader reads the header and holds the size it declares against the file's.
func newReader(path string, in io.ReaderAt, size int64) (*reader, error) {
	h, err := parseHeader(in, size)
	if err != nil {
		return nil, &table.Error{File: path, Msg: err.Error(), Err: err}
	}
	return &reader{header: *h, path: path, r: in}, nil
}

// Names implements cells.Source.
func (r *reader) Names() []string {
	names := make([]string, r.columns)
	for i := range names {
		names[i] = "c" + strconv.Itoa(i+1)
	}
	return names
}

// Roles implements cells.Source.
func (r *reader) Roles(plans []cells.Plan) {
	for i := range plans {
		if p := &plans[i]; !p.Forced {
			p.Role, p.Typed = cells.Number, true
		}
	}
}

// Line implements cells.Source.
func (r *reader) Line() int { return 0 }

// Locate implements cells.Source; numbers always fit.
func (r *reader) Locate(cells.Misfit) (line, col int, cell string) { return 0, 0, "" }

// String implements cells.Source.
func (r *reader) String() string {
	order := "C"
	if r.fortran {
		order = "Fortran"
	}
	return fmt.Sprintf("NPY, %s, %s order", r.descr, order)
}

// Close implements cells.Source.
func (r *reader) Close() error { return r.f.Close() }

// Fill implements cells.Source.
func (r *reader) Fill(p *cells.Piece) (bad []*table.Error, err error) {
	n := min(r.rows-r.next, max(1, min(cells.PieceRows, cells.PieceBytes/max(r.columns*r.width, 1))))
	if n <= 0 {
		return nil, io.EOF
	}
	bytes := n * r.width
	if !r.fortran {
		bytes *= r.columns
		if err := r.load(int64(r.next)*int64(r.columns)*int64(r.width), bytes); err != nil {
			return nil, err
		}
	}
	for col := range r.columns {
		at, step := col*r.width, r.columns*r.width
		if r.fortran {
			at, step = 0, r.width
			if err := r.load((int64(col)*int64(r.rows)+int64(r.next))*int64(r.width), bytes); err != nil {
				return nil, err
			}
		}
		for i := range n {
			v := r.value(r.buf[at:])
			at += step
			if math.IsInf(v, 0) {
				return nil, &table.Error{File: r.path, Row: r.next + i + 1, Field: "c" + strconv.Itoa(col+1), Msg: "the value is infinite; write NaN where it is missing"}
			}
			p.AddNumber(col, v)
		}
	}
	p.Rows += n
	r.next += n
	return nil, nil
}

// load reads n bytes of the elements.
func (r *reader) load(off int64, n int) error {
	if cap(r.buf) < n {
		r.buf = make([]byte, n)
	}
	r.buf = r.buf[:n]
	if _, err := r.r.ReadAt(r.buf, r.start+off); err != nil {
		return &table.Error{File: r.path, Row: r.next + 1, Msg: "the file can't be read on: " + err.Error(), Err: err}
	}
	return nil
}

// value reads an element.
func (r *reader) value(b []byte) float64 {
	var o binary.ByteOrder = binary.LittleEndian
	if r.big {
		o = binary.BigEndian
	}
	switch r.kind {
	case "f4":
		return float64(math.Float32frombits(o.Uint32(b)))
	case "f8":
		return math.Float64frombits(o.Uint64(b))
	case "i1":
		return float64(int8(b[0]))
	case "i2":
		return float64(int16(o.Uint16(b)))
	case "i4":
		return float64(int32(o.Uint32(b)))
	case "i8":
		return float64(int64(o.Uint64(b)))
	case "u2":
		return float64(o.Uint16(b))
	case "u4":
		return float64(o.Uint32(b))
	case "u8":
		return float64(o.Uint64(b))
	}
	return float64(b[0]) // u1, b1
}
