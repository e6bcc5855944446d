package csv

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/ingot-ml/ingot/data/table"
)

// cutter cuts a text into pieces of whole rows.
type cutter struct {
	r         io.Reader
	path      string
	size      int
	delimiter byte
	rest      []byte // read and not given out
	end       bool   // r has no more
}

// sample returns the beginning without taking it.
func (c *cutter) sample() ([]byte, error) {
	buf, err := c.fill(make([]byte, 0, c.size))
	c.rest = buf
	return buf, err
}

// fill reads until buf is full or the text ends.
func (c *cutter) fill(buf []byte) ([]byte, error) {
	n, err := io.ReadFull(c.r, buf[len(buf):cap(buf)])
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		c.end = true
	case err != nil:
		return buf, &table.Error{File: c.path, Msg: "the file can't be read on: " + err.Error(), Err: err}
	}
	return buf[:len(buf)+n], nil
}

// next fills buf with whole rows and returns them; nil after the last. The last one ends with a line end, too. A row longer than
// MaxRow comes back with *unended.
func (c *cutter) next(buf []byte) (_ []byte, err error) {
	buf = append(buf[:0], c.rest...)
	c.rest = c.rest[:0]
	s := scanner{delimiter: c.delimiter}
	for size := c.size; ; size *= 2 {
		if !c.end && len(buf) < size {
			if cap(buf) < size {
				buf = append(make([]byte, 0, size), buf...)
			}
			if buf, err = c.fill(buf[:len(buf):size]); err != nil {
				return nil, err
			}
		}
		if c.end {
			if len(buf) == 0 {
				return nil, nil
			}
			if buf[len(buf)-1] != '\n' {
				buf = append(buf, '\n')
			}
			return buf, nil
		}
		if n := s.rows(buf); n > 0 {
			c.rest = append(c.rest, buf[n:]...)
			return buf[:n], nil
		}
		if len(buf) >= MaxRow {
			e := &unended{-1}
			if s.quoted {
				e.opened = s.opened
			}
			return buf, e
		}
	}
}

// unended is a row longer than MaxRow; opened is where the quote in it that isn't closed is, or −1.
type unended struct{ opened int }

func (*unended) Error() string { return fmt.Sprintf("the row is longer than %d MiB", MaxRow>>20) }

// scanner follows the quotes of a text that grows and begins with a row.
type scanner struct {
	delimiter byte
	pos       int // bytes looked at
	quoted    bool
	opened    int      // where the quote is that is open
	from      int      // where what isn't quoted began
	runs      [][2]int // what isn't quoted before that
}

// rows returns how many bytes of b are whole rows. b begins with what it was called with before.
func (s *scanner) rows(b []byte) int {
	s.follow(b)
	if !s.quoted {
		if n := bytes.LastIndexByte(b[s.from:], '\n'); n >= 0 {
			return s.from + n + 1
		}
	}
	for i := len(s.runs) - 1; i >= 0; i-- {
		r := s.runs[i]
		if n := bytes.LastIndexByte(b[r[0]:r[1]], '\n'); n >= 0 {
			return r[0] + n + 1
		}
	}
	return 0
}

func (s *scanner) follow(b []byte) {
	for {
		q := bytes.IndexByte(b[s.pos:], '"')
		if q < 0 {
			s.pos = len(b)
			return
		}
		at := s.pos + q
		switch {
		case !s.quoted:
			if opens(b, at, s.delimiter) {
				s.runs = append(s.runs, [2]int{s.from, at})
				s.quoted, s.opened = true, at
			}
			s.pos = at + 1
		case at+1 == len(b): // what follows isn't here yet
			s.pos = at
			return
		case b[at+1] == '"':
			s.pos = at + 2
		default:
			s.quoted, s.pos, s.from = false, at+1, at+1
		}
	}
}

// opens reports whether a quote that isn't within quotes opens a field: only spaces are between it and the field's start.
func opens(b []byte, at int, delimiter byte) bool {
	for at--; at >= 0; at-- {
		switch b[at] {
		case delimiter, '\n':
			return true
		case ' ':
		default:
			return false
		}
	}
	return true
}

// rowEnd returns the place after the end of the row that b begins with, −1 where it isn't there.
func rowEnd(b []byte, delimiter byte) int {
	from := 0
	for {
		n := bytes.IndexByte(b[from:], '\n')
		if n < 0 {
			return -1
		}
		q := bytes.IndexByte(b[from:from+n], '"')
		if q < 0 {
			return from + n + 1
		}
		at := from + q
		if !opens(b, at, delimiter) {
			from = at + 1
			continue
		}
		for at++; ; at++ {
			q := bytes.IndexByte(b[at:], '"')
			if q < 0 {
				return -1
			}
			if at += q; at+1 >= len(b) || b[at+1] != '"' {
				break
			}
			at++
		}
		from = at + 1
	}
}
