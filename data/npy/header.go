package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// maxHeader bounds the header: NumPy's own has a few hundred bytes.
const maxHeader = 1 << 20

// kinds are the types of elements that are read.
var kinds = []string{"f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"}

// header is what a file says of itself.
type header struct {
	descr   string
	kind    string // one of kinds
	width   int    // bytes of an element
	big     bool   // endian
	fortran bool
	rows    int
	columns int
	start   int64 // of the elements
}

// parseHeader reads the header of a file of size bytes.
//
//	offset 0   \x93NUMPY
//	offset 6   version, major and minor
//	offset 8   length of the text: 16 bits in version 1, 32 in 2 and 3, little endian
//	then       {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
func parseHeader(in io.ReaderAt, size int64) (*header, error) {
	b := make([]byte, 12)
	if n, err := in.ReadAt(b, 0); n < 10 || string(b[:6]) != "\x93NUMPY" {
		return nil, errors.Join(errors.New("not an NPY file: it doesn't begin with \\x93NUMPY"), notEOF(err))
	}
	h := &header{start: 10}
	n := int64(binary.LittleEndian.Uint16(b[8:]))
	switch b[6] {
	case 1:
	case 2, 3:
		h.start, n = 12, int64(binary.LittleEndian.Uint32(b[8:]))
	default:
		return nil, fmt.Errorf("NPY version %d, want 1, 2 or 3", b[6])
	}
	if n > maxHeader || h.start+n > size {
		return nil, fmt.Errorf("the header is said to have %d bytes, the file has %d", n, size)
	}
	text := make([]byte, n)
	if _, err := in.ReadAt(text, h.start); err != nil {
		return nil, err
	}
	h.start += n
	if err := h.parse(string(text)); err != nil {
		return nil, err
	}
	want := uint64(h.rows) * uint64(h.columns) // rows is below 2⁴⁸ and columns below 2¹⁷: no overflow
	if have := uint64(size-h.start) / uint64(h.width); want != have || uint64(size-h.start)%uint64(h.width) != 0 {
		return nil, fmt.Errorf("%d rows of %d %s want %d bytes of elements, the file has %d", h.rows, h.columns, h.descr, want*uint64(h.width), size-h.start)
	}
	return h, nil
}

func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// field returns what follows 'key': in the header's text.
func field(text, key string) (string, error) {
	_, rest, ok := strings.Cut(text, "'"+key+"'")
	rest = strings.TrimLeft(rest, " ")
	if !ok || !strings.HasPrefix(rest, ":") {
		return "", fmt.Errorf("the header has no '%s'", key)
	}
	return strings.TrimLeft(rest[1:], " "), nil
}

// parse reads the header's text.
func (h *header) parse(text string) error {
	s, err := field(text, "descr")
	if err != nil {
		return err
	}
	if !strings.HasPrefix(s, "'") {
		return errors.New("the array has named fields or is of Python objects; save numbers, or a CSV")
	}
	h.descr, _, _ = strings.Cut(s[1:], "'")
	if len(h.descr) != 3 || !strings.Contains("<>|=", h.descr[:1]) || !slices.Contains(kinds, h.descr[1:]) {
		return fmt.Errorf("elements of type %q; want floats (f4, f8), integers (i1 … u8) or booleans (b1)", h.descr)
	}
	h.big, h.kind, h.width = h.descr[0] == '>', h.descr[1:], int(h.descr[2]-'0')
	if s, err = field(text, "fortran_order"); err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(s, "True"):
		h.fortran = true
	case !strings.HasPrefix(s, "False"):
		return errors.New("'fortran_order' is neither True nor False")
	}
	if s, err = field(text, "shape"); err != nil {
		return err
	}
	return h.shape(s)
}

// shape reads (3, 4) or (3,).
func (h *header) shape(s string) error {
	end := strings.IndexByte(s, ')')
	if end < 1 || s[0] != '(' {
		return errors.New("'shape' isn't a tuple")
	}
	var dims []int
	for _, d := range strings.Split(s[1:end], ",") {
		if d = strings.TrimSpace(d); d == "" {
			continue
		}
		n, err := strconv.ParseUint(d, 10, min(47, strconv.IntSize-1))
		if err != nil {
			return fmt.Errorf("'shape' has %q: %w", d, err)
		}
		dims = append(dims, int(n))
	}
	switch len(dims) {
	case 1:
		h.rows, h.columns = dims[0], 1
	case 2:
		h.rows, h.columns = dims[0], dims[1]
	default:
		return fmt.Errorf("%d dimensions, want 1 or 2: rows and columns", len(dims))
	}
	if h.columns < 1 || h.columns > MaxColumns {
		return fmt.Errorf("%d columns, want 1 to %d", h.columns, MaxColumns)
	}
	return nil
}
