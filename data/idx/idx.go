// Package idx reads the IDX format of MNIST and its relatives: arrays of unsigned bytes, plain or gzipped.
//
// A file is a big-endian header and the elements in row-major order:
//
//	offset 0      two zero bytes
//	offset 2      element type; 0x08 is unsigned byte, the only one read here
//	offset 3      number of dimensions D; 1 (labels, magic number 2049), 2 or 3 (images, magic number 2051)
//	offset 4      D sizes, 32 bits each
//	offset 4+4·D  the elements
//
// Source: LeCun, Cortes & Burges, "The MNIST database of handwritten digits", section "File formats".
package idx

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// MaxBytes is the largest array that is read: 1 GiB.
const MaxBytes = 1 << 30

// MaxRank is the largest number of dimensions that is read.
const MaxRank = 3

// maxRatio bounds how far DEFLATE expands: 258 bytes for 2 bits. Source: RFC 1951, section 3.2.5.
const maxRatio = 1032

// eager is how many bytes are allocated on a header's word; a longer array grows as its bytes arrive.
const eager = 1 << 20

// gzipMagic begins a gzip file. Source: RFC 1952, section 2.3.1.
var gzipMagic = []byte{0x1f, 0x8b}

// Array is what a file holds: len(Data) is the product of Shape.
type Array struct {
	Shape []int // [N], [N W] or [N H W]
	Data  []uint8
}

// Rows returns the first dimension, N.
func (a *Array) Rows() int { return a.Shape[0] }

// Error says what is wrong with a file, and where.
type Error struct {
	File   string
	Offset int64  // in the decompressed bytes
	Msg    string // what was found and what was wanted
	Err    error  // the cause, or nil
}

// Error returns "FILE: offset 0: magic number is …, want …".
func (e *Error) Error() string { return fmt.Sprintf("%s: offset %d: %s", e.File, e.Offset, e.Msg) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Open reads the file at path; whether it is gzipped is told by its first bytes, not by its name.
func Open(path string) (*Array, error) {
	info, err := os.Stat(path) // before it is opened: opening a pipe waits for who writes to it
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &Error{File: path, Msg: "not a regular file"}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	return Read(f, info.Size(), path)
}

// Parse reads an array from b, plain or gzipped. name is for errors. Data of a plain b is a part of b, not a copy.
func Parse(b []byte, name string) (*Array, error) {
	if bytes.HasPrefix(b, gzipMagic) {
		return Read(bytes.NewReader(b), int64(len(b)), name)
	}
	in := &counter{r: bytes.NewReader(b), name: name}
	shape, n, err := header(in)
	if err != nil {
		return nil, err
	}
	if err := in.fits(shape, n, int64(len(b)), ""); err != nil {
		return nil, err
	}
	return &Array{Shape: shape, Data: b[in.n:]}, nil
}

// Read reads an array, plain or gzipped, from the size bytes that r has. name is for errors. The declared shape is held
// against size before anything is allocated for it, and bytes behind the last element are refused. At most MaxBytes, and at
// most about five times the bytes that really arrive, are allocated.
func Read(r io.Reader, size int64, name string) (*Array, error) {
	in := &counter{r: r, name: name}
	var first [2]byte
	if err := in.full(first[:], "the magic number"); err != nil {
		return nil, err
	}
	rest := io.MultiReader(bytes.NewReader(first[:]), r)
	if !bytes.Equal(first[:], gzipMagic) {
		return read(&counter{r: rest, name: name}, size, "")
	}
	z, err := gzip.NewReader(rest)
	if err != nil {
		return nil, &Error{File: name, Msg: "damaged gzip header: " + err.Error(), Err: err}
	}
	if size > MaxBytes { // so that the product below stays in range
		size = MaxBytes
	}
	return read(&counter{r: z, name: name}, size*maxRatio, "at most ")
}

// read reads header and elements; the decompressed bytes are available many, or fewer where bound says "at most ".
func read(in *counter, available int64, bound string) (*Array, error) {
	shape, n, err := header(in)
	if err != nil {
		return nil, err
	}
	if err := in.fits(shape, n, available, bound); err != nil {
		return nil, err
	}
	data, err := in.take(int(n))
	if err != nil {
		return nil, err
	}
	switch k, err := io.ReadFull(in.r, make([]byte, 1)); {
	case k > 0:
		return nil, in.fail("bytes follow the last element of shape %v", shape)
	case !errors.Is(err, io.EOF):
		return nil, &Error{File: in.name, Offset: in.n, Msg: "damaged end: " + err.Error(), Err: err}
	}
	return &Array{Shape: shape, Data: data}, nil
}

// header reads the magic number and the sizes; n is their product, at most MaxBytes.
func header(in *counter) (shape []int, n int64, err error) {
	var b [4]byte
	if err := in.full(b[:], "the magic number"); err != nil {
		return nil, 0, err
	}
	in.n = 0 // errors about the magic number point at it
	rank := int(b[3])
	switch {
	case b[0] != 0 || b[1] != 0:
		return nil, 0, in.fail("magic number is %#08x, want 0x00000801 (labels), 0x00000802 or 0x00000803 (images): not an IDX file of bytes", b)
	case b[2] != 0x08:
		return nil, 0, in.fail("element type is %#02x, want 0x08 (unsigned byte)", b[2])
	case rank < 1 || rank > MaxRank:
		return nil, 0, in.fail("%d dimensions, want 1 to %d", rank, MaxRank)
	}
	in.n = 4
	n = 1
	for i := range rank {
		if err := in.full(b[:], fmt.Sprintf("size %d of %d", i+1, rank)); err != nil {
			return nil, 0, err
		}
		d := int64(binary.BigEndian.Uint32(b[:]))
		shape = append(shape, int(d))
		if n *= d; n > MaxBytes { // n ≤ 2³⁰ before and d < 2³²: no overflow
			return nil, 0, in.fail("shape begins %v: %d bytes or more, at most %d are read", shape, n, MaxBytes)
		}
	}
	return shape, n, nil
}

// counter knows its name and how many bytes it has given.
type counter struct {
	r    io.Reader
	name string
	n    int64
}

func (c *counter) fail(format string, args ...any) error {
	return &Error{File: c.name, Offset: c.n, Msg: fmt.Sprintf(format, args...)}
}

// fits holds the n elements that the header just read declares against the bytes available.
func (c *counter) fits(shape []int, n, available int64, bound string) error {
	if want := c.n + n; want > available || bound == "" && want < available {
		return c.fail("shape %v wants a file of %d bytes, this one has %s%d", shape, want, bound, available)
	}
	return nil
}

// full fills b with what.
func (c *counter) full(b []byte, what string) error {
	k, err := io.ReadFull(c.r, b)
	c.n += int64(k)
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{File: c.name, Offset: c.n, Msg: "the file ends in " + what, Err: io.ErrUnexpectedEOF}
	}
	return &Error{File: c.name, Offset: c.n, Msg: "damaged in " + what + ": " + err.Error(), Err: err}
}

// take reads n bytes, allocating at most eager bytes or twice what has arrived ahead of them.
func (c *counter) take(n int) ([]byte, error) {
	data := make([]byte, min(n, eager))
	for have := 0; ; {
		what := fmt.Sprintf("the elements: %d of %d bytes are whole", have, n)
		if err := c.full(data[have:], what); err != nil {
			return nil, err
		}
		if have = len(data); have == n {
			return data, nil
		}
		data = append(make([]byte, 0, min(n, 4*have)), data...)
		data = data[:cap(data)]
	}
}
