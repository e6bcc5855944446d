package token

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/ingot-ml/ingot/internal/fs"
)

// The files of tokens are llm.c's: a header of 256 little-endian 32-bit words (a magic number, a version, the number of
// tokens, zeros), then the ids, of 16 or 32 bits.
// Source: Karpathy, llm.c, dev/data/data_common.py, which calls them gpt-2 and llama-3.
const (
	headerBytes = 1024
	magic16     = 20240520
	version16   = 1
	magic32     = 20240801
	version32   = 7
)

// Set is a sequence of token ids: in memory, or in a mapped file, of which only what is read takes memory. Several goroutines
// may read it.
type Set struct {
	ids   []int32
	bytes []byte // in place of ids
	size  int    // bytes of an id
	from  int    // the place of the first id in the file
	vocab int
	name  string // of the file
	close func() error
}

// NewSet returns a Set of ids below vocab.
func NewSet(ids []int32, vocab int) *Set { return &Set{ids: ids, vocab: vocab} }

// SetError says what is wrong with a file of tokens.
type SetError struct {
	File   string
	Offset int64 // in bytes
	Msg    string
}

// Error returns "FILE: offset OFFSET: …".
func (e *SetError) Error() string { return fmt.Sprintf("%s: offset %d: %s", e.File, e.Offset, e.Msg) }

// OpenSet maps a file of tokens; ids are to be below vocab. The error is a *SetError where the file isn't one.
func OpenSet(path string, vocab int) (*Set, error) {
	b, close, err := fs.Map(path)
	if err != nil {
		return nil, err
	}
	s, err := ParseSet(b, path, vocab)
	if err != nil {
		close()
		return nil, err
	}
	s.close = close
	return s, nil
}

// ParseSet is OpenSet for a file's bytes, which the Set goes on using; name is for errors.
func ParseSet(b []byte, name string, vocab int) (*Set, error) {
	if len(b) < headerBytes {
		return nil, &SetError{name, int64(len(b)), fmt.Sprintf("the file ends in its header of %d bytes", headerBytes)}
	}
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }
	s := &Set{bytes: b[headerBytes:], vocab: vocab, name: name}
	version := uint32(0)
	switch word(0) {
	case magic16:
		s.size, version = 2, version16
	case magic32:
		s.size, version = 4, version32
	default:
		return nil, &SetError{name, 0, fmt.Sprintf("the magic number is %d, want %d (ids of 16 bits) or %d (32 bits)", word(0), magic16, magic32)}
	}
	if word(1) != version {
		return nil, &SetError{name, 4, fmt.Sprintf("the version is %d, want %d", word(1), version)}
	}
	if want := int64(word(2)) * int64(s.size); int64(len(s.bytes)) != want {
		return nil, &SetError{name, 8, fmt.Sprintf("%d tokens of %d bytes after the header are %d bytes; the file has %d there", word(2), s.size, want, len(s.bytes))}
	}
	return s, nil
}

// WriteSet writes a file of tokens, in 16 bits each where the vocabulary's ids fit.
func WriteSet(w io.Writer, ids []int32, vocab int) error {
	if int64(len(ids)) > math.MaxInt32 {
		return fmt.Errorf("token: %d tokens; a file holds at most %d", len(ids), math.MaxInt32)
	}
	magic, version, size := uint32(magic32), uint32(version32), 4
	if vocab <= 1<<16 {
		magic, version, size = magic16, version16, 2
	}
	b := make([]byte, headerBytes, headerBytes+size*len(ids))
	for i, v := range []uint32{magic, version, uint32(len(ids))} {
		binary.LittleEndian.PutUint32(b[4*i:], v)
	}
	for i, id := range ids {
		if id < 0 || int(id) >= vocab {
			return fmt.Errorf("token: the id at position %d is %d; the vocabulary has 0 to %d", i, id, vocab-1)
		}
		if size == 2 {
			b = binary.LittleEndian.AppendUint16(b, uint16(id))
		} else {
			b = binary.LittleEndian.AppendUint32(b, uint32(id))
		}
	}
	_, err := w.Write(b)
	return err
}

// Len returns the number of tokens.
func (s *Set) Len() int {
	if s.size == 0 {
		return len(s.ids)
	}
	return len(s.bytes) / s.size
}

// Vocab returns what ids are below.
func (s *Set) Vocab() int { return s.vocab }

// Part returns tokens from … to−1 as a Set, which lives as long as s.
func (s *Set) Part(from, to int) *Set {
	p := *s
	p.close = nil
	p.from += from
	if s.size == 0 {
		p.ids = s.ids[from:to]
	} else {
		p.bytes = s.bytes[from*s.size : to*s.size]
	}
	return &p
}

// Read copies the tokens at, at+1, … to dst. An id outside the vocabulary is an error that names its place.
func (s *Set) Read(dst []int32, at int) error {
	if s.size == 0 {
		copy(dst, s.ids[at:at+len(dst)])
	}
	for i := range dst {
		switch s.size {
		case 2:
			dst[i] = int32(binary.LittleEndian.Uint16(s.bytes[2*(at+i):]))
		case 4:
			dst[i] = int32(binary.LittleEndian.Uint32(s.bytes[4*(at+i):]))
		}
		if dst[i] < 0 || int(dst[i]) >= s.vocab {
			return s.outside(at+i, uint32(dst[i]))
		}
	}
	return nil
}

func (s *Set) outside(at int, id uint32) error {
	if s.size == 0 {
		return fmt.Errorf("token: the id at position %d is %d; the vocabulary has 0 to %d", s.from+at, int32(id), s.vocab-1)
	}
	at += s.from
	return &SetError{s.name, headerBytes + int64(at)*int64(s.size), fmt.Sprintf("token %d is %d; the vocabulary has 0 to %d", at, id, s.vocab-1)}
}

// Close releases the file; nothing may read the Set, or a part of it, after that.
func (s *Set) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}
