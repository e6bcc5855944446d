package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"
)

// padding is how many values more than a page's own its runs may have: they end with groups of eight, and writers keep
// place for some.
const padding = 512

// plainDictionary is PLAIN_DICTIONARY, by which old writers call RLE_DICTIONARY in pages of data.
const plainDictionary format.Encoding = 2

// countValues holds what the runs of a page's values say of their number against the n of its header.
func countValues(b []byte, e format.Encoding, n int) (err error) {
	switch e {
	case plainDictionary, format.RLEDictionary:
		if len(b) == 0 {
			return nil
		}
		return countRuns(b[1:], int(b[0]), n)
	case format.RLE:
		if b, _, err = prefixed(b); err != nil {
			return err
		}
		return countRuns(b, 1, n)
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray:
		_, err = countDeltas(b, n)
		return err
	case format.DeltaByteArray:
		return countPrefixes(b, n)
	}
	return nil // the values' bytes are in the page
}

// countRuns counts the values of the hybrid of runs and bit-packed groups, width bits each.
//
// Source: Apache Parquet, "Encodings", https://parquet.apache.org/docs/file-format/data-pages/encodings/.
func countRuns(b []byte, width, n int) error {
	if width > 32 {
		return fmt.Errorf("a page's values are said to have %d bits", width)
	}
	for total := uint64(0); len(b) > 0; {
		u, k := binary.Uvarint(b)
		if k <= 0 {
			return errors.New("a page's runs are cut")
		}
		b = b[k:]
		count, size := u>>1, uint64(width+7)/8
		if u&1 != 0 {
			if count > uint64(n+padding) { // before it is multiplied
				return tooMany(n)
			}
			count, size = 8*count, count*uint64(width)
		}
		if count > uint64(n+padding) {
			return tooMany(n)
		}
		if total += count; total > uint64(n+padding) {
			return tooMany(n)
		}
		b = b[min(size, uint64(len(b))):] // the library finds what is cut
	}
	return nil
}

func tooMany(n int) error {
	return fmt.Errorf("a page has more than the %d values that its header says", n)
}

// countDeltas counts the numbers of a delta-encoded list and returns what is behind it.
func countDeltas(b []byte, n int) (rest []byte, err error) {
	var head [3]uint64 // values of a block, its parts, values in all
	for i := range head {
		var k int
		if head[i], k = binary.Uvarint(b); k <= 0 {
			return nil, errors.New("a page's deltas are cut")
		}
		b = b[k:]
	}
	block, parts, total := head[0], head[1], head[2]
	switch {
	case total > uint64(n):
		return nil, tooMany(n)
	case block > maxPage/8 || parts == 0 || parts > block:
		return nil, fmt.Errorf("a page's deltas are said to be in blocks of %d values in %d parts", block, parts)
	}
	_, k := binary.Varint(b) // the first number
	if k <= 0 {
		return nil, errors.New("a page's deltas are cut")
	}
	b = b[k:]
	for left := int64(total) - 1; left > 0; {
		if _, k = binary.Varint(b); k <= 0 || uint64(len(b)-k) < parts {
			return nil, errors.New("a page's deltas are cut")
		}
		widths := b[k : k+int(parts)]
		b = b[k+int(parts):]
		for _, w := range widths {
			if left <= 0 {
				break
			}
			b = b[min(uint64(len(b)), block/parts*uint64(w)/8):] // the library finds what is cut
			left -= int64(block / parts)
		}
	}
	return b, nil
}

// countPrefixes counts the bytes of texts that each begin with a part of the one before.
func countPrefixes(b []byte, n int) error {
	rest, err := countDeltas(b, n)
	if err != nil {
		return err
	}
	if _, err := countDeltas(rest, n); err != nil {
		return err
	}
	prefixes, err := new(delta.BinaryPackedEncoding).DecodeInt32(nil, b)
	if err != nil {
		return err
	}
	total := int64(len(b))
	for _, p := range prefixes {
		if total += int64(p); p < 0 || total > maxPage {
			return fmt.Errorf("a page's texts have more than %d bytes: write smaller pages", maxPage)
		}
	}
	return nil
}
