package events

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Reader reads an event file. Of fields that Event has no place for it takes no notice.
type Reader struct {
	r   *bufio.Reader
	n   int
	buf []byte
}

// NewReader reads events from r, from the begin of a file.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReader(r)} }

// Next returns the next event; io.EOF at the end, and an error that wraps io.ErrUnexpectedEOF where the last record is torn:
// it is being written, or its writer died. A record holds at most 1 GiB, and memory follows what is there, not what is claimed.
func (r *Reader) Next() (Event, error) {
	var e Event
	data, err := readRecord(r.r, r.buf)
	switch {
	case err == io.EOF:
		return e, err
	case errors.Is(err, errTorn):
		return e, fmt.Errorf("record %d: %w: %w", r.n, err, io.ErrUnexpectedEOF)
	case err != nil:
		return e, fmt.Errorf("record %d: %w", r.n, err)
	}
	if err := e.decode(data); err != nil {
		return e, fmt.Errorf("record %d isn't an event: %w", r.n, err)
	}
	r.buf = data
	r.n++
	return e, nil
}

// each calls f for every field of a message: bits is a number's, b the bytes of a field that has a length.
func each(m []byte, f func(field protowire.Number, t protowire.Type, bits uint64, b []byte) error) error {
	for len(m) > 0 {
		field, t, n := protowire.ConsumeTag(m)
		if n < 0 {
			return protowire.ParseError(n)
		}
		m = m[n:]
		var bits uint64
		var b []byte
		switch t {
		case protowire.VarintType:
			bits, n = protowire.ConsumeVarint(m)
		case protowire.Fixed32Type:
			var x uint32
			x, n = protowire.ConsumeFixed32(m)
			bits = uint64(x)
		case protowire.Fixed64Type:
			bits, n = protowire.ConsumeFixed64(m)
		case protowire.BytesType:
			b, n = protowire.ConsumeBytes(m)
		default:
			n = protowire.ConsumeFieldValue(field, t, m)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		m = m[n:]
		if err := f(field, t, bits, b); err != nil {
			return err
		}
	}
	return nil
}

func (e *Event) decode(m []byte) error {
	return each(m, func(field protowire.Number, t protowire.Type, bits uint64, b []byte) error {
		switch {
		case field == 1 && t == protowire.Fixed64Type:
			e.Time = math.Float64frombits(bits)
		case field == 2 && t == protowire.VarintType:
			e.Step = int64(bits)
		case field == 3 && t == protowire.BytesType:
			e.Version = string(b)
		case field == 5 && t == protowire.BytesType:
			return e.decodeSummary(b)
		case field == 7 && t == protowire.BytesType:
			return each(b, func(field protowire.Number, t protowire.Type, bits uint64, _ []byte) error {
				if field == 1 && t == protowire.VarintType {
					e.Start = bits == sessionStart
				}
				return nil
			})
		}
		return nil
	})
}

func (e *Event) decodeSummary(m []byte) error {
	return each(m, func(field protowire.Number, t protowire.Type, _ uint64, b []byte) error {
		if field != 1 || t != protowire.BytesType {
			return nil
		}
		var v Value
		if err := v.decode(b); err != nil {
			return err
		}
		if v.Data != nil {
			e.Values = append(e.Values, v)
		}
		return nil
	})
}

func (v *Value) decode(m []byte) error {
	return each(m, func(field protowire.Number, t protowire.Type, bits uint64, b []byte) (err error) {
		switch {
		case field == 1 && t == protowire.BytesType:
			v.Tag = string(b)
		case field == 2 && t == protowire.Fixed32Type:
			v.Data = Scalar(math.Float32frombits(uint32(bits)))
		case field == 4 && t == protowire.BytesType:
			v.Data, err = decodeImage(b)
		case field == 5 && t == protowire.BytesType:
			v.Data, err = decodeHistogram(b)
		case field == 8 && t == protowire.BytesType:
			v.Data, err = decodeTensor(b)
		}
		return err
	})
}

func decodeImage(m []byte) (Data, error) {
	var i Image
	err := each(m, func(field protowire.Number, t protowire.Type, bits uint64, b []byte) error {
		switch {
		case field == 4 && t == protowire.BytesType:
			i.Encoded = append([]byte(nil), b...)
		case t != protowire.VarintType:
		case field == 1:
			i.Height = int(int32(bits))
		case field == 2:
			i.Width = int(int32(bits))
		case field == 3:
			i.Channels = int(int32(bits))
		}
		return nil
	})
	return i, err
}

func decodeHistogram(m []byte) (Data, error) {
	var h Histogram
	err := each(m, func(field protowire.Number, t protowire.Type, bits uint64, b []byte) error {
		x := math.Float64frombits(bits)
		switch {
		case t == protowire.BytesType && field == 6:
			h.Limits = append(h.Limits, unpack(b)...)
		case t == protowire.BytesType && field == 7:
			h.Counts = append(h.Counts, unpack(b)...)
		case t != protowire.Fixed64Type:
		case field == 1:
			h.Min = x
		case field == 2:
			h.Max = x
		case field == 3:
			h.Num = x
		case field == 4:
			h.Sum = x
		case field == 5:
			h.SumSquares = x
		}
		return nil
	})
	if len(h.Limits) != len(h.Counts) {
		return nil, fmt.Errorf("a histogram has %d limits and %d counts", len(h.Limits), len(h.Counts))
	}
	return h, err
}

// unpack reads packed doubles; what is left over of the last is no double.
func unpack(b []byte) []float64 {
	r := make([]float64, len(b)/8)
	for i := range r {
		r[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return r
}

// decodeTensor reads the tensors that newer writers of summaries have in place of simple values: a number or a text.
func decodeTensor(m []byte) (Data, error) {
	var dtype uint64
	var content []byte
	var d Data
	err := each(m, func(field protowire.Number, t protowire.Type, bits uint64, b []byte) error {
		switch {
		case field == 1 && t == protowire.VarintType:
			dtype = bits
		case field == 4 && t == protowire.BytesType:
			content = b
		case field == 8 && t == protowire.BytesType:
			d = Text(b)
		case field == 5 && t == protowire.BytesType && len(b) == 4:
			d = Scalar(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		}
		return nil
	})
	switch {
	case dtype == dtFloat && len(content) == 4:
		d = Scalar(math.Float32frombits(binary.LittleEndian.Uint32(content)))
	case dtype == dtDouble && len(content) == 8:
		d = Scalar(math.Float64frombits(binary.LittleEndian.Uint64(content)))
	}
	return d, err
}
