// Package csv reads and writes tables as comma-separated values and their relatives: RFC 4180 with the delimiter, the
// encoding, the header and the decimal comma found from the file's beginning, plain or gzipped.
//
// A file is cut into pieces of whole rows, which as many goroutines as there are cores parse, and which are put together in
// their order: what comes out depends on the file alone. The cuts are exact, since quotes are followed from the file's start.
//
// Source: Shafranovich, "Common Format and MIME Type for Comma-Separated Values (CSV) Files", RFC 4180.
package csv

import (
	"io"
	"runtime"

	"github.com/ingot-ml/ingot/data/internal/cells"
	"github.com/ingot-ml/ingot/data/table"
)

// Read reads the file at path whole. What is wrong with a row is an error that names line and column, unless the options
// bear bad rows.
func Read(path string, o table.Options) (*table.Table, error) {
	var plans []cells.Plan
	encoding := o.Encoding
	for {
		f, err := open(path, &o, encoding)
		if err != nil {
			return nil, err
		}
		if plans == nil {
			if plans, err = f.guess(); err != nil {
				f.close()
				return nil, err
			}
		}
		b := cells.NewBuilder(path, plans, o)
		b.Hint = f.hint()
		err = f.each(plans, func(j *job) error { return j.appendTo(b) })
		f.close()
		if isNotUTF8(err) { // all before was ASCII
			encoding, plans = windows1252, nil
			continue
		}
		if err != nil {
			return nil, err
		}
		t, again, err := b.Finish()
		if err != nil {
			return nil, err
		}
		if again == nil {
			t.Format = f.dialect.String()
			return t, nil
		}
		plans = again
	}
}

// Open opens the file at path for reading in pieces the fields of a schema, such as a table read before had.
func Open(path string, fields []table.Field, o table.Options) (table.Stream, error) {
	f, err := open(path, &o, o.Encoding)
	if err != nil {
		return nil, err
	}
	plans, order, err := cells.Wanted(path, f.names, fields, &o)
	if err != nil {
		f.close()
		return nil, err
	}
	for i := range plans {
		plans[i].Comma = f.dialect.comma
	}
	s := &stream{file: f, pieces: cells.NewStream(path, plans, order, fields, o)}
	s.tables = make(chan *table.Table, 1)
	s.stop = make(chan struct{})
	go s.run(plans)
	return s, nil
}

// stream is an open file whose pieces become tables on a goroutine of its own.
type stream struct {
	file   *file
	pieces *cells.Stream
	tables chan *table.Table
	stop   chan struct{}
	err    error // of run; read after tables is closed
	rest   *table.Table
	closed bool
}

func (s *stream) run(plans []cells.Plan) {
	defer close(s.tables)
	done := 0 // pieces
	give := func(j *job) error {
		b := s.pieces.Builder()
		if err := j.appendTo(b); err != nil {
			return err
		}
		t, err := s.pieces.Finish(b)
		if err != nil {
			return err
		}
		select {
		case s.tables <- t:
			done++
			return nil
		case <-s.stop:
			return io.ErrClosedPipe
		}
	}
	if s.err = s.file.each(plans, give); isNotUTF8(s.err) { // all before was ASCII, and so are its pieces in the other encoding
		again, err := open(s.file.path, s.file.o, windows1252)
		if s.err = err; err == nil {
			skip := done
			s.err = again.each(plans, func(j *job) error {
				if skip--; skip >= 0 {
					return nil
				}
				return give(j)
			})
			again.close()
		}
	}
	if s.err == nil {
		s.err = s.pieces.End()
	}
}

// Names implements table.Stream.
func (s *stream) Names() []string { return s.file.names }

// Next implements table.Stream.
func (s *stream) Next(most int) (*table.Table, error) {
	for s.rest == nil || s.rest.Rows == 0 {
		t, ok := <-s.tables
		if !ok {
			if s.err != nil {
				return nil, s.err
			}
			return nil, io.EOF
		}
		s.rest = t
	}
	var head *table.Table
	head, s.rest = s.rest.Cut(most)
	return head, nil
}

// Close implements table.Stream.
func (s *stream) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	close(s.stop)
	for range s.tables { // until run has ended
	}
	return s.file.close()
}

// workers is how many goroutines parse.
func workers() int { return max(1, runtime.GOMAXPROCS(0)) }
