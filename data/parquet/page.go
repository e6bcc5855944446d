package parquet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Bounds of a page: what its header says, and what its values take.
const (
	maxPage   = 256 << 20
	maxHeader = 1 << 20
)

// walker looks at the pages of a column chunk before the library decodes them: the library takes memory for as many bytes as a
// page decompresses to, and for as many values as its runs say.
type walker struct {
	in      io.ReaderAt
	at, end int64
	codec   format.CompressionCodec
	nulls   int // the largest definition level
	width   int // bytes of a value of a type of fixed length
	b       *buffers
}

// buffers are what the walkers of a file share.
type buffers struct {
	head, body, plain []byte
	zstd              *zstd.Decoder
}

// next checks the pages up to the next one of values. After the last one it says nothing: the library does.
func (w *walker) next() error {
	for w.at < w.end {
		h, err := w.header()
		if err != nil {
			return err
		}
		if err := w.body(h); err != nil {
			return err
		}
		if h.Type == format.DataPage || h.Type == format.DataPageV2 {
			return nil
		}
	}
	return nil
}

// header reads a page's header and goes behind it.
func (w *walker) header() (*format.PageHeader, error) {
	for size := int64(4 << 10); ; size = maxHeader {
		b := sized(&w.b.head, int(min(size, w.end-w.at)))
		if _, err := w.in.ReadAt(b, w.at); err != nil {
			return nil, err
		}
		n, err := skim(b)
		if errors.Is(err, errShort) && int64(len(b)) < w.end-w.at && size < maxHeader {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("a page's header is damaged: %w", err)
		}
		h := new(format.PageHeader)
		if err := thrift.Unmarshal(&thrift.CompactProtocol{}, b[:n], h); err != nil {
			return nil, fmt.Errorf("a page's header is damaged: %w", err)
		}
		w.at += int64(n)
		return h, nil
	}
}

// body checks a page against its header and goes behind it.
func (w *walker) body(h *format.PageHeader) error {
	packed, plain := int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
	switch {
	case packed < 0 || packed > w.end-w.at:
		return fmt.Errorf("a page is said to have %d bytes, the column has %d more", packed, w.end-w.at)
	case plain < 0 || packed > maxPage || plain > maxPage:
		return fmt.Errorf("a page is said to have %d bytes, %d decompressed; at most %d are read: write smaller pages", packed, plain, maxPage)
	}
	b := sized(&w.b.body, int(packed))
	if _, err := w.in.ReadAt(b, w.at); err != nil {
		return err
	}
	w.at += packed
	switch h.Type {
	case format.DictionaryPage:
		return w.dictionary(h, b)
	case format.DataPage:
		return w.first(h, b)
	case format.DataPageV2:
		return w.second(h, b)
	}
	return nil // the library refuses it
}

func (w *walker) dictionary(h *format.PageHeader, b []byte) error {
	n := int64(h.DictionaryPageHeader.V.NumValues)
	if err := w.count(n); err != nil {
		return err
	}
	b, err := w.decompress(b, int(h.UncompressedPageSize))
	if err == nil && n > 8*int64(len(b)) {
		err = fmt.Errorf("a dictionary of %d bytes is said to have %d values", len(b), n)
	}
	return err
}

// first checks a data page of version 1.
func (w *walker) first(h *format.PageHeader, b []byte) error {
	d := &h.DataPageHeader.V
	if err := w.count(int64(d.NumValues)); err != nil {
		return err
	}
	b, err := w.decompress(b, int(h.UncompressedPageSize))
	if err != nil {
		return err
	}
	if w.nulls > 0 {
		levels, rest, err := prefixed(b)
		if err != nil {
			return err
		}
		if err := countRuns(levels, bits.Len(uint(w.nulls)), int(d.NumValues)); err != nil {
			return err
		}
		b = rest
	}
	return countValues(b, d.Encoding, int(d.NumValues))
}

// second checks a data page of version 2, whose levels aren't compressed.
func (w *walker) second(h *format.PageHeader, b []byte) error {
	d := &h.DataPageHeaderV2.V
	if err := w.count(int64(d.NumValues)); err != nil {
		return err
	}
	repeats, defined := int64(d.RepetitionLevelsByteLength), int64(d.DefinitionLevelsByteLength)
	if repeats < 0 || defined < 0 || repeats+defined > int64(len(b)) {
		return fmt.Errorf("a page of %d bytes is said to have %d bytes of levels", len(b), repeats+defined)
	}
	if d.NumNulls < 0 || d.NumNulls > d.NumValues {
		return fmt.Errorf("a page of %d values is said to have %d nulls", d.NumValues, d.NumNulls)
	}
	if w.nulls > 0 {
		if err := countRuns(b[repeats:repeats+defined], bits.Len(uint(w.nulls)), int(d.NumValues)); err != nil {
			return err
		}
	}
	b = b[repeats+defined:]
	if !d.IsCompressed.Valid || d.IsCompressed.V {
		var err error
		if b, err = w.decompress(b, int(h.UncompressedPageSize)); err != nil {
			return err
		}
	}
	return countValues(b, d.Encoding, int(d.NumValues))
}

// count checks the values that a page is said to have.
func (w *walker) count(n int64) error {
	if n < 0 || n*int64(max(w.width, 8)) > maxPage {
		return fmt.Errorf("a page is said to have %d values, at most %d are read: write smaller pages", n, maxPage/max(w.width, 8))
	}
	return nil
}

// decompress returns the bytes of a page that is said to have size of them; it takes no more memory than that.
func (w *walker) decompress(b []byte, size int) (_ []byte, err error) {
	if w.codec == format.Uncompressed {
		return b, nil
	}
	out := sized(&w.b.plain, size+1)
	n := 0
	switch w.codec {
	case format.Snappy:
		if n, err = snappy.DecodedLen(b); err == nil && n <= size {
			_, err = snappy.Decode(out, b)
		}
	case format.Zstd:
		if w.b.zstd == nil {
			if w.b.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true)); err != nil {
				return nil, err
			}
		}
		var all []byte
		all, err = w.b.zstd.DecodeAll(b, out[:0:size])
		n = len(all)
	case format.Gzip:
		var r *gzip.Reader
		if r, err = gzip.NewReader(bytes.NewReader(b)); err == nil {
			n, err = readAll(r, out)
		}
	case format.Brotli:
		n, err = readAll(brotli.NewReader(bytes.NewReader(b)), out)
	default:
		err = fmt.Errorf("compression %v isn't read", w.codec)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("a page said to have %d bytes can't be decompressed: %w", size, err)
	case n > size:
		return nil, fmt.Errorf("a page has more than the %d bytes that its header says", size)
	}
	return out[:n], nil
}

// readAll reads until the end or until b is full.
func readAll(r io.Reader, b []byte) (n int, err error) {
	if n, err = io.ReadFull(r, b); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && n < len(b) {
		err = nil // a stream that was cut is found by the library
	}
	return n, err
}

// sized returns n bytes of a buffer that grows.
func sized(b *[]byte, n int) []byte {
	if cap(*b) < n {
		*b = make([]byte, n)
	}
	return (*b)[:n]
}

// prefixed splits off what comes behind its length in four bytes.
func prefixed(b []byte) (head, rest []byte, err error) {
	if len(b) < 4 || int64(binary.LittleEndian.Uint32(b)) > int64(len(b)-4) {
		return nil, nil, errors.New("a page's levels are cut")
	}
	n := 4 + int(binary.LittleEndian.Uint32(b))
	return b[4:n], b[n:], nil
}
