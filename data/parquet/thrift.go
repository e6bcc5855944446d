package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// errShort is the end of the bytes within a struct.
var errShort = errors.New("a header ends in its middle")

// maxNesting is how deep structs and lists may lie in each other; the format's own lie six deep.
const maxNesting = 16

// skim walks over a struct in Thrift's compact protocol, so that every text and list in it is known to be there before the
// library takes memory by what they say of their lengths. It returns the struct's bytes.
//
// Source: Apache Thrift, "Thrift Compact protocol", https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
func skim(b []byte) (n int, err error) {
	s := skimmer{b: b}
	if err := s.object(0); err != nil {
		return 0, err
	}
	return s.at, nil
}

type skimmer struct {
	b  []byte
	at int
}

func (s *skimmer) byte() (byte, error) {
	if s.at >= len(s.b) {
		return 0, errShort
	}
	s.at++
	return s.b[s.at-1], nil
}

func (s *skimmer) uvarint() (uint64, error) {
	v, n := binary.Uvarint(s.b[s.at:])
	switch {
	case n == 0:
		return 0, errShort
	case n < 0:
		return 0, errors.New("a number in a header is too long")
	}
	s.at += n
	return v, nil
}

func (s *skimmer) skip(n uint64) error {
	if n > uint64(len(s.b)-s.at) {
		return errShort
	}
	s.at += int(n)
	return nil
}

// object walks over fields until the struct's end.
func (s *skimmer) object(depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("a header is nested more than %d deep", maxNesting)
	}
	for {
		h, err := s.byte()
		if err != nil || h == 0 {
			return err
		}
		if h>>4 == 0 { // the field's number, in place of its distance from the last one
			if _, err := s.uvarint(); err != nil {
				return err
			}
		}
		if t := h & 15; t != 1 && t != 2 { // true and false have no bytes
			if err := s.value(t, depth+1); err != nil {
				return err
			}
		}
	}
}

// value walks over a value of a type.
func (s *skimmer) value(t byte, depth int) error {
	switch t {
	case 1, 2, 3:
		return s.skip(1)
	case 4, 5, 6:
		_, err := s.uvarint()
		return err
	case 7:
		return s.skip(8)
	case 8:
		n, err := s.uvarint()
		if err != nil {
			return err
		}
		return s.skip(n)
	case 9, 10:
		return s.list(depth)
	case 12:
		return s.object(depth)
	}
	return fmt.Errorf("a header has a value of type %d, which the format doesn't know", t)
}

func (s *skimmer) list(depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("a header is nested more than %d deep", maxNesting)
	}
	h, err := s.byte()
	if err != nil {
		return err
	}
	n := uint64(h >> 4)
	if n == 15 {
		if n, err = s.uvarint(); err != nil {
			return err
		}
	}
	for ; n > 0; n-- { // each has a byte at least
		if err := s.value(h&15, depth+1); err != nil {
			return err
		}
	}
	return nil
}
