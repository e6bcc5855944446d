package cells

import (
	"errors"
	"fmt"
	"io"

	"github.com/ingot-ml/ingot/data/table"
)

// PieceRows and PieceBytes are about how large a Source makes a piece.
const (
	PieceRows  = 8192
	PieceBytes = 1 << 20
)

// Source reads the rows of a file one piece after the other.
type Source interface {
	// Names are the columns'.
	Names() []string
	// Roles tells the plan what the format itself says of the columns: the Role, and Typed.
	Roles(plans []Plan)
	// Fill appends rows to an empty piece, and returns the rows that it had to leave out; io.EOF after the last row.
	Fill(p *Piece) (bad []*table.Error, err error)
	// Line is the line, from 1, in which the last piece began; 0 for a format without lines.
	Line() int
	// Locate tells the line, counted from that, the column and the text of a misfit in the last piece.
	Locate(m Misfit) (line, col int, cell string)
	// String says what the format is.
	String() string
	Close() error
}

// Renamed is the error of Fill where the file has columns that Names didn't have: it is to be opened again with them.
type Renamed struct{ Names []string }

func (*Renamed) Error() string { return "there are more columns" }

// Read reads a file whole. open opens it, with columns to begin with; nil: those that its beginning has.
func Read(file string, o table.Options, open func(names []string) (Source, error)) (*table.Table, error) {
	var names []string
	var plans []Plan
	for {
		src, err := open(names)
		if err != nil {
			return nil, err
		}
		if plans == nil {
			if plans, err = guessed(file, src, &o); err != nil {
				return nil, errors.Join(err, src.Close())
			}
			src.Close()
			if src, err = open(names); err != nil {
				return nil, err
			}
		}
		b := NewBuilder(file, plans, o)
		err = fill(b, src)
		format := src.String()
		src.Close()
		if more := (*Renamed)(nil); errors.As(err, &more) {
			names, plans = more.Names, nil
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
			t.Format = format
			return t, nil
		}
		plans = again
	}
}

// guessed makes the plan from the first piece.
func guessed(file string, src Source, o *table.Options) ([]Plan, error) {
	plans, err := Plans(file, src.Names(), o)
	if err != nil {
		return nil, err
	}
	src.Roles(plans)
	sample := NewPiece(Texts(plans))
	if _, err := src.Fill(sample); err != nil && !errors.Is(err, io.EOF) {
		if more := (*Renamed)(nil); !errors.As(err, &more) {
			return nil, err
		}
	}
	return Guess(sample, plans, false), nil
}

// fill appends all pieces.
func fill(b *Builder, src Source) error {
	for p := NewPiece(b.Plans); ; p.Reset() {
		err := next(b, src, p)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// next appends one piece.
func next(b *Builder, src Source, p *Piece) error {
	bad, err := src.Fill(p)
	for _, e := range bad {
		if err := b.Reject(e); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	b.Append(p, src.Line(), src.Locate)
	return nil
}

// Open reads the fields of a schema in pieces.
func Open(file string, fields []table.Field, o table.Options, open func(names []string) (Source, error)) (table.Stream, error) {
	src, err := open(nil)
	if err != nil {
		return nil, err
	}
	plans, order, err := Wanted(file, src.Names(), fields, &o)
	if err != nil {
		return nil, errors.Join(err, src.Close())
	}
	if err := typed(file, src, plans); err != nil {
		return nil, errors.Join(err, src.Close())
	}
	return &sourceStream{src: src, pieces: NewStream(file, plans, order, fields, o), piece: NewPiece(plans)}, nil
}

// typed refuses a column whose type in the file is a time where the schema has a number, or the reverse: the number of seconds
// would be read as the quantity, or the quantity as seconds.
func typed(file string, src Source, plans []Plan) error {
	has := make([]Plan, len(plans))
	src.Roles(has)
	for i := range plans {
		p := &plans[i]
		if has[i].Typed && p.Role+has[i].Role == Number+Date && p.Role != has[i].Role {
			names := map[Role]string{Number: "number", Date: "date"}
			return &table.Error{File: file, Field: p.Name, Msg: fmt.Sprintf("the file's type of it is that of a %s; a %s is wanted", names[has[i].Role], names[p.Role])}
		}
	}
	return nil
}

// sourceStream is a Source as a table.Stream.
type sourceStream struct {
	src    Source
	pieces *Stream
	piece  *Piece
	rest   *table.Table
}

// Names implements table.Stream.
func (s *sourceStream) Names() []string { return s.src.Names() }

// Next implements table.Stream.
func (s *sourceStream) Next(most int) (*table.Table, error) {
	for s.rest == nil || s.rest.Rows == 0 {
		s.piece.Reset()
		b := s.pieces.Builder()
		err := next(b, s.src, s.piece)
		if errors.Is(err, io.EOF) {
			if err := s.pieces.End(); err != nil {
				return nil, err
			}
			return nil, io.EOF
		}
		if err != nil {
			return nil, err
		}
		if s.rest, err = s.pieces.Finish(b); err != nil {
			return nil, err
		}
	}
	var head *table.Table
	head, s.rest = s.rest.Cut(most)
	return head, nil
}

// Close implements table.Stream.
func (s *sourceStream) Close() error { return s.src.Close() }
