// Package safetensors reads and writes the safetensors file format, strictly: a file that lies in any way is refused, with
// the byte where it does.
//
//	offset 0    N, the length of the header: unsigned, 64 bits, little-endian
//	offset 8    the header: a JSON object in UTF-8, {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …},
//	            with an optional "__metadata__": {"KEY": "VALUE", …}; spaces may follow it
//	offset 8+N  the data: elements row-major, little-endian; the offsets count from here
//
// The tensors must fill the data without overlap or hole. Source: the format's description in the README of
// github.com/huggingface/safetensors.
package safetensors

import (
	"errors"
	"fmt"
	"maps"

	"github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/tensor"
)

// MaxHeader is the largest header that is read, in bytes; the reference library has the same limit.
const MaxHeader = 100_000_000

// Error says what is wrong with a file, and at which byte.
type Error struct {
	File   string // empty if the bytes came from memory
	Offset int64  // from the start of the file
	Msg    string // what was found and what was wanted
}

// Error returns "FILE: offset 31: …".
func (e *Error) Error() string {
	file := e.File
	if file == "" {
		file = "safetensors"
	}
	return fmt.Sprintf("%s: offset %d: %s", file, e.Offset, e.Msg)
}

// File is an open file. Its tensors see its memory, which is read-only and ends with Close.
type File struct {
	names    []string
	entries  map[string]entry
	metadata map[string]string
	data     []byte
	close    func() error
}

// Open maps the file at path and checks its header. Pages of data are read when they are used.
func Open(path string) (*File, error) {
	b, release, err := fs.Map(path)
	if err != nil {
		return nil, err
	}
	f, err := Parse(b)
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			e.File = path
		}
		return nil, errors.Join(err, release())
	}
	f.close = release
	return f, nil
}

// Parse checks the header of a file in memory. The File sees b, which must not change.
func Parse(b []byte) (*File, error) {
	h, err := parseHeader(b)
	if err != nil {
		return nil, err
	}
	return &File{names: h.names, entries: h.entries, metadata: h.metadata, data: b[h.end:]}, nil
}

// Names returns the tensors' names in the order of the header.
func (f *File) Names() []string { return append([]string(nil), f.names...) }

// Metadata returns a copy of the file's __metadata__, nil if it has none.
func (f *File) Metadata() map[string]string { return maps.Clone(f.metadata) }

// Describe returns dtype and shape of the tensor of that name without reading it.
func (f *File) Describe(name string) (d tensor.DType, shape []int, ok bool) {
	e, ok := f.entries[name]
	return e.dtype, append([]int(nil), e.shape...), ok
}

// Tensor returns the tensor of that name. It sees the file's memory, which must not be written to, until Close; only where
// the file doesn't align it to its element's size is it a copy.
func (f *File) Tensor(name string) (tensor.Tensor, error) {
	e, ok := f.entries[name]
	if !ok {
		return tensor.Tensor{}, fmt.Errorf("safetensors: no tensor %q among the %d in the file", name, len(f.names))
	}
	b := f.data[e.begin:e.end]
	if e.dtype == tensor.Bool {
		for i, v := range b {
			if v > 1 {
				return tensor.Tensor{}, fmt.Errorf("safetensors: tensor %q: element %d is the byte %d, want 0 or 1", name, i, v)
			}
		}
	}
	if t, err := tensor.FromBytes(e.dtype, e.shape, b); err == nil {
		return t, nil
	}
	t := tensor.New(e.dtype, e.shape...)
	copy(t.Bytes(), b)
	return t, nil
}

// Close releases the memory of the file and so ends its tensors.
func (f *File) Close() error {
	release := f.close
	f.close, f.data, f.entries, f.names = nil, nil, nil, nil
	if release == nil {
		return nil
	}
	return release()
}
