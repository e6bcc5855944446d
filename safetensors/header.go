package safetensors

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/ingot-ml/ingot/tensor"
)

// metadataKey is the one name in a header that is not a tensor's.
const metadataKey = "__metadata__"

// dtypes are the element types of the format that Ingot has.
var dtypes = map[string]tensor.DType{
	"F32": tensor.F32, "F64": tensor.F64, "BF16": tensor.BF16, "F16": tensor.F16,
	"I32": tensor.I32, "I64": tensor.I64, "U8": tensor.U8, "BOOL": tensor.Bool,
}

// entry is what a header says of one tensor.
type entry struct {
	dtype      tensor.DType
	shape      []int
	begin, end int // in the data
	at         int // where the header says it, for errors
}

type header struct {
	names    []string
	entries  map[string]entry
	metadata map[string]string
	end      int // where the data begins
}

// parseHeader reads and checks the header of the file b.
func parseHeader(b []byte) (*header, error) {
	if len(b) < 8 {
		return nil, &Error{Offset: int64(len(b)), Msg: "the file ends in the header's length, which takes 8 bytes"}
	}
	n := binary.LittleEndian.Uint64(b)
	if n > MaxHeader {
		return nil, &Error{Msg: fmt.Sprintf("the header's length is %d, at most %d is read: is this a safetensors file?", n, MaxHeader)}
	}
	if n > uint64(len(b)-8) {
		return nil, &Error{Msg: fmt.Sprintf("the header's length is %d, but %d bytes follow", n, len(b)-8)}
	}
	h := &header{entries: map[string]entry{}, end: 8 + int(n)}
	s := &scanner{b: b[:h.end], i: 8}
	if n == 0 || b[8] != '{' {
		return nil, s.fail(8, "the header doesn't begin with {")
	}
	if err := s.object(func(name string, at int) error { return h.member(s, name, at) }); err != nil {
		return nil, err
	}
	for ; s.i < h.end; s.i++ {
		if b[s.i] != ' ' {
			return nil, s.fail(s.i, "byte %q behind the header's end, where only spaces may be", b[s.i])
		}
	}
	return h, h.fill(s, len(b)-h.end)
}

// member reads one member of the header.
func (h *header) member(s *scanner, name string, at int) error {
	if name == metadataKey {
		h.metadata = map[string]string{}
		return s.object(func(key string, _ int) (err error) {
			h.metadata[key], err = s.string()
			return err
		})
	}
	e, err := s.entry(name, at)
	if err != nil {
		return err
	}
	h.names = append(h.names, name)
	h.entries[name] = e
	return nil
}

// entry reads {"dtype": …, "shape": …, "data_offsets": …}, in any order.
func (s *scanner) entry(name string, at int) (e entry, err error) {
	e.at = at
	var offsets []int
	fields := 0
	err = s.object(func(key string, at int) (err error) {
		fields++
		switch key {
		case "dtype":
			e.dtype, err = s.dtype(name)
		case "shape":
			e.shape, err = s.ints(tensor.MaxRank, "dimensions")
		case "data_offsets":
			offsets, err = s.ints(2, "offsets")
		default:
			err = s.fail(at, "tensor %q has %q, want dtype, shape and data_offsets only", name, key)
		}
		return err
	})
	switch {
	case err != nil:
		return e, err
	case fields != 3: // unknown and repeated ones were refused
		return e, s.fail(at, "tensor %q lacks one of dtype, shape and data_offsets", name)
	case len(offsets) != 2:
		return e, s.fail(at, "tensor %q has %d data_offsets, want begin and end", name, len(offsets))
	}
	e.begin, e.end = offsets[0], offsets[1]
	if e.begin > e.end {
		return e, s.fail(at, "tensor %q begins at %d and ends before, at %d", name, e.begin, e.end)
	}
	size, ok := byteSize(e.dtype, e.shape)
	if !ok {
		return e, s.fail(at, "tensor %q: shape %v has too many elements to count", name, e.shape)
	}
	if size != e.end-e.begin {
		return e, s.fail(at, "tensor %q: %s %v takes %d bytes, its data_offsets [%d, %d] hold %d", name, e.dtype, e.shape, size, e.begin, e.end, e.end-e.begin)
	}
	return e, nil
}

func (s *scanner) dtype(name string) (tensor.DType, error) {
	at := s.i
	text, err := s.string()
	if err != nil {
		return 0, err
	}
	d, ok := dtypes[text]
	if !ok {
		return 0, s.fail(at, "tensor %q has dtype %q; those read are F32, F64, BF16, F16, I32, I64, U8 and BOOL", name, text)
	}
	return d, nil
}

// byteSize returns the bytes of a tensor; ok is false where an int can't hold them.
func byteSize(d tensor.DType, shape []int) (n int, ok bool) {
	n = d.Size()
	for _, dim := range shape {
		if dim != 0 && n > math.MaxInt/dim {
			return 0, false
		}
		n *= dim
	}
	return n, true
}

// fill checks that the tensors fill the data, size bytes, without overlap or hole.
func (h *header) fill(s *scanner, size int) error {
	order := slices.Clone(h.names)
	slices.SortFunc(order, func(a, b string) int {
		x, y := h.entries[a], h.entries[b]
		return cmp.Or(cmp.Compare(x.begin, y.begin), cmp.Compare(x.end, y.end))
	})
	end := 0
	for _, name := range order {
		e := h.entries[name]
		switch {
		case e.end > size:
			return s.fail(e.at, "tensor %q ends at %d of %d bytes of data", name, e.end, size)
		case e.begin > end:
			return s.fail(e.at, "tensor %q begins at %d: no tensor holds the bytes from %d on", name, e.begin, end)
		case e.begin < end:
			return s.fail(e.at, "tensor %q begins at %d: another holds the bytes up to %d", name, e.begin, end)
		}
		end = e.end
	}
	if end != size {
		return s.fail(h.end+end, "no tensor holds the last %d of %d bytes of data", size-end, size)
	}
	return nil
}
