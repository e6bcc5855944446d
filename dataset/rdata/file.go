package rdata

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// maxBytes bounds what a file may decompress to.
const maxBytes = 512 << 20

// Lookup returns the object of a name in a lazy-load pair: the bytes of NAME.rdx, the index, and NAME.rdb, the objects.
func Lookup(rdx, rdb []byte, name string) (*Value, error) {
	b, err := decompress(rdx)
	if err != nil {
		return nil, fmt.Errorf("rdata: the index: %w", err)
	}
	index, err := Parse(b)
	if err != nil {
		return nil, fmt.Errorf("the index: %w", err)
	}
	variables := index.element("variables")
	if variables == nil {
		return nil, errors.New("rdata: the index has no variables")
	}
	place := variables.element(name)
	if place == nil || len(place.Ints) != 2 {
		return nil, fmt.Errorf("rdata: the index has no %q", name)
	}
	from, n := int(place.Ints[0]), int(place.Ints[1])
	if from < 0 || n < 5 || from > len(rdb)-n {
		return nil, fmt.Errorf("rdata: %q lies at bytes %d to %d of %d", name, from, from+n, len(rdb))
	}
	if b, err = chunk(rdb[from : from+n]); err != nil {
		return nil, fmt.Errorf("rdata: %q: %w", name, err)
	}
	return Parse(b)
}

// element returns the element of a named list, or nil.
func (v *Value) element(name string) *Value {
	for i, s := range v.strings("names") {
		if s == name && i < len(v.List) {
			return v.List[i]
		}
	}
	return nil
}

// chunk decompresses an object of an .rdb file: its size in 4 bytes, then zlib, or a letter and bzip2 or raw LZMA2.
func chunk(b []byte) ([]byte, error) {
	size := int64(binary.BigEndian.Uint32(b))
	if size > maxBytes {
		return nil, fmt.Errorf("%d bytes decompressed, at most %d are read", size, maxBytes)
	}
	var r io.Reader
	var err error
	switch b[4] {
	case '2':
		r = bzip2.NewReader(bytes.NewReader(b[5:]))
	case 'Z':
		r, err = lzma.NewReader2(bytes.NewReader(b[5:]))
	default:
		r, err = zlib.NewReader(bytes.NewReader(b[4:]))
	}
	if err != nil {
		return nil, err
	}
	out, err := readAll(r, size)
	if err == nil && int64(len(out)) != size {
		err = fmt.Errorf("%d bytes, want %d", len(out), size)
	}
	return out, err
}

// decompress finds out how b is compressed, if it is.
func decompress(b []byte) ([]byte, error) {
	var r io.Reader = bytes.NewReader(b)
	var err error
	switch {
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
		r, err = gzip.NewReader(r)
	case bytes.HasPrefix(b, []byte("BZh")):
		r = bzip2.NewReader(r)
	case bytes.HasPrefix(b, []byte("\xfd7zXZ\x00")):
		r, err = xz.NewReader(r)
	case bytes.HasPrefix(b, []byte{0x78}):
		r, err = zlib.NewReader(r)
	}
	if err != nil {
		return nil, err
	}
	return readAll(r, maxBytes)
}

// readAll reads at most most bytes.
func readAll(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("more than %d bytes", most)
	}
	return b, err
}
