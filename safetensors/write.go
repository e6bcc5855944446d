package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/tensor"
)

// Entry is a tensor to write.
type Entry struct {
	Name   string
	Tensor tensor.Tensor // in host memory; a strided one is written in row-major order
}

// Save writes a file at path, whole or not at all.
func Save(path string, metadata map[string]string, entries []Entry) error {
	return fs.WriteFile(path, func(w io.Writer) error { return Write(w, metadata, entries) })
}

// Write writes a file: the same arguments give the same bytes. Header and data have the order of entries; metadata is sorted
// by key and left out where it is nil. The header is padded with spaces so that the data begins at a multiple of
// tensor.Align. Names must be UTF-8, differ, and not be __metadata__; metadata must be UTF-8. An error of that kind comes
// before anything is written.
func Write(w io.Writer, metadata map[string]string, entries []Entry) error {
	h, err := encodeHeader(metadata, entries)
	if err != nil {
		return err
	}
	if _, err := w.Write(h); err != nil {
		return err
	}
	for _, e := range entries {
		t := e.Tensor
		if !t.Contiguous() {
			t = t.Clone()
		}
		if _, err := w.Write(t.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// encodeHeader returns the length and the padded header.
func encodeHeader(metadata map[string]string, entries []Entry) ([]byte, error) {
	b := append(make([]byte, 8, 4096), '{')
	var err error
	if metadata != nil {
		if b, err = appendMetadata(b, metadata); err != nil {
			return nil, err
		}
	}
	seen := map[string]bool{metadataKey: true}
	offset := 0
	for _, e := range entries {
		if seen[e.Name] {
			return nil, fmt.Errorf("safetensors: the name %q is taken", e.Name)
		}
		seen[e.Name] = true
		if err := writable(e); err != nil {
			return nil, err
		}
		size := e.Tensor.Numel() * e.Tensor.DType().Size()
		if offset > math.MaxInt-size {
			return nil, fmt.Errorf("safetensors: the tensors up to %q are too large for one file", e.Name)
		}
		if b, err = appendEntry(b, e, offset, size); err != nil {
			return nil, err
		}
		offset += size
	}
	b = append(b, '}')
	for len(b)%tensor.Align != 0 {
		b = append(b, ' ')
	}
	if len(b)-8 > MaxHeader {
		return nil, fmt.Errorf("safetensors: a header of %d bytes, at most %d may be: too many tensors or too much metadata", len(b)-8, MaxHeader)
	}
	binary.LittleEndian.PutUint64(b, uint64(len(b)-8))
	return b, nil
}

func writable(e Entry) error {
	switch {
	case !e.Tensor.Valid():
		return fmt.Errorf("safetensors: tensor %q holds nothing", e.Name)
	case e.Tensor.Device() != nil:
		return fmt.Errorf("safetensors: tensor %q is on %s; copy it to the host first", e.Name, e.Tensor.Device().Name())
	}
	return nil
}

// appendMetadata appends the member __metadata__.
func appendMetadata(b []byte, metadata map[string]string) ([]byte, error) {
	b = append(b, `"`+metadataKey+`":{`...)
	for i, key := range slices.Sorted(maps.Keys(metadata)) {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendString(b, key); err != nil {
			return nil, err
		}
		if b, err = appendString(append(b, ':'), metadata[key]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendEntry appends the member of one tensor, behind a comma unless it is the first.
func appendEntry(b []byte, e Entry, offset, size int) ([]byte, error) {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b, err := appendString(b, e.Name)
	if err != nil {
		return nil, err
	}
	b = append(append(b, `:{"dtype":"`...), dtypeName(e.Tensor.DType())...)
	b = append(b, `","shape":[`...)
	for i, d := range e.Tensor.Shape() {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(d), 10)
	}
	b = strconv.AppendInt(append(b, `],"data_offsets":[`...), int64(offset), 10)
	b = strconv.AppendInt(append(b, ','), int64(offset+size), 10)
	return append(b, "]}"...), nil
}

func dtypeName(d tensor.DType) string {
	for name, other := range dtypes {
		if other == d {
			return name
		}
	}
	panic("safetensors: no name for dtype " + d.String())
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("safetensors: %q is not UTF-8", s)
	}
	q, err := json.Marshal(s)
	return append(b, q...), err
}
