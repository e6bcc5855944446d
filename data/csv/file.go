package csv

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"

	"github.com/ingot-ml/ingot/data/internal/cells"
	"github.com/ingot-ml/ingot/data/table"
)

// pieceSize is how many bytes of whole rows are parsed at a time. What a column holds is guessed from the first piece.
const pieceSize = 512 << 10

// MaxRow is the longest row that is read, in bytes: a longer one is a quote that isn't closed, or no table.
const MaxRow = 16 << 20

// file is an open file whose dialect is known.
type file struct {
	path    string
	o       *table.Options
	f       *os.File
	size    int64
	in      io.Reader // text in UTF-8, without a byte order mark
	dialect dialect
	names   []string
	first   []byte // the beginning, whole rows, with the header
	plain   bool   // in gives the file's bytes as they are
	perRow  float64
	cut     *cutter
}

// open opens a file and finds its dialect. encoding overrides what would be found.
func open(path string, o *table.Options, encoding string) (x *file, err error) {
	f, size, err := cells.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	x = &file{path: path, o: o, f: f, size: size, in: f, plain: true}
	if err := x.unwrap(encoding); err != nil {
		return nil, err
	}
	x.cut = &cutter{r: x.in, path: path, size: x.piece()}
	x.first, err = x.cut.sample()
	if err != nil {
		return nil, err
	}
	if i := bytes.IndexByte(x.first, '\r'); i >= 0 && bytes.IndexByte(x.first, '\n') < 0 && bytes.Count(x.first, []byte{'\r'}) > 1 {
		return nil, &table.Error{File: path, Line: 1, Column: i + 1, Msg: "lines end with CR alone, as on old Macintoshes; write them with LF or CR LF"}
	}
	if x.names, err = x.dialect.find(path, x.first, x.cut.end, o); err != nil {
		return nil, err
	}
	x.cut.delimiter = x.dialect.delimiter
	return x, nil
}

// unwrap puts decompression and decoding before the file's bytes.
func (x *file) unwrap(encoding string) error {
	b := bufio.NewReaderSize(x.f, 1<<16)
	head, err := b.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	x.in = b
	if bytes.Equal(head, []byte{0x1f, 0x8b}) { // RFC 1952, section 2.3.1
		z, err := gzip.NewReader(b)
		if err != nil {
			return &table.Error{File: x.path, Msg: "damaged gzip header: " + err.Error(), Err: err}
		}
		x.in, x.dialect.gzipped, x.plain = inflated{z}, true, false
	}
	return x.decode(encoding)
}

// inflated is decompressed text. io.ReadFull says io.ErrUnexpectedEOF where a text ends, as gzip does where it is cut off.
type inflated struct{ io.Reader }

var errCut = errors.New("its compressed data is cut off; copy the file again")

// Read implements io.Reader.
func (r inflated) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errCut
	}
	return n, err
}

// piece is pieceSize, or less where all of the file is less: what it is in UTF-8 has at most three bytes for one.
func (x *file) piece() int {
	if x.dialect.gzipped || x.size > pieceSize/3 {
		return pieceSize
	}
	return int(3*x.size) + 64
}

func (x *file) close() error { return x.f.Close() }

// hint is about how many rows the file has, a little more rather than less; 0: it can't be told.
func (x *file) hint() int {
	if !x.plain || x.perRow == 0 {
		return 0
	}
	return int(float64(x.size)/x.perRow*1.02) + 64
}

// guess reads the first rows to see what the columns hold.
func (x *file) guess() ([]cells.Plan, error) {
	plans, err := cells.Plans(x.path, x.names, x.o)
	if err != nil {
		return nil, err
	}
	j := &job{file: x, data: x.first, piece: cells.NewPiece(cells.Texts(plans)), header: x.dialect.header}
	if n := (&scanner{delimiter: x.dialect.delimiter}).rows(x.first); n > 0 && !x.cut.end {
		j.data = x.first[:n]
	} else if x.first[len(x.first)-1] != '\n' {
		j.data = append(bytes.Clone(x.first), '\n')
	}
	j.parse()
	if j.piece.Rows > 0 {
		x.perRow = float64(len(j.data)) / float64(j.piece.Rows)
	}
	return cells.Guess(j.piece, plans, x.dialect.comma), nil
}
