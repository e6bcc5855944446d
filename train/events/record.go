package events

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A record is the length of its data in 8 bytes, their masked CRC, the data, their masked CRC; little-endian.
const (
	headBytes = 12
	tailBytes = 4
)

// maxRecord bounds a record's data: a larger one isn't of a training's events.
const maxRecord = 1 << 30

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// mask is the CRC as records have it, so that a CRC over data that hold one is no weaker.
func mask(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// appendRecord frames data.
func appendRecord(dst, data []byte) []byte {
	at := len(dst)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(data)))
	dst = binary.LittleEndian.AppendUint32(dst, mask(dst[at:]))
	dst = append(dst, data...)
	return binary.LittleEndian.AppendUint32(dst, mask(data))
}

// errTorn tells a record that isn't whole.
var errTorn = errors.New("the last record is torn")

// readRecord returns the data of the next record, in buf where they fit; io.EOF at the end, errTorn where the file ends
// within the record. Memory grows with what is read, not with what a length claims.
func readRecord(r io.Reader, buf []byte) ([]byte, error) {
	var head [headBytes]byte
	switch _, err := io.ReadFull(r, head[:]); err {
	case nil:
	case io.ErrUnexpectedEOF:
		return nil, errTorn
	default:
		return nil, err
	}
	if mask(head[:8]) != binary.LittleEndian.Uint32(head[8:]) {
		return nil, errors.New("the CRC of a record's length is wrong")
	}
	n := binary.LittleEndian.Uint64(head[:8])
	if n > maxRecord {
		return nil, fmt.Errorf("a record of %d bytes; at most %d are wanted", n, maxRecord)
	}
	buf = buf[:0]
	for left := int(n) + tailBytes; left > 0; {
		k := min(left, 1<<16)
		at := len(buf)
		buf = append(buf, make([]byte, k)...)
		switch _, err := io.ReadFull(r, buf[at:]); err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return nil, errTorn
		default:
			return nil, err
		}
		left -= k
	}
	data, tail := buf[:n], buf[n:]
	if mask(data) != binary.LittleEndian.Uint32(tail) {
		return nil, errors.New("the CRC of a record's data is wrong")
	}
	return data, nil
}

// whole returns how many bytes of a file are whole records, from its begin. A damaged record is no torn one: a file that has
// one is left as it is, for its reader to tell.
func whole(r io.ReaderAt, size int64) (int64, error) {
	s := io.NewSectionReader(r, 0, size)
	var at int64
	var buf []byte
	for {
		data, err := readRecord(s, buf)
		switch {
		case err == io.EOF || errors.Is(err, errTorn):
			return at, nil
		case err != nil:
			return size, nil
		}
		at += headBytes + int64(len(data)) + tailBytes
		buf = data
	}
}
