package csv

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/ingot-ml/ingot/data/table"
)

// The encodings by the names that options have.
const (
	utf8Name    = "utf-8"
	utf16LE     = "utf-16le"
	utf16BE     = "utf-16be"
	windows1252 = "windows-1252"
)

var encodingNames = map[string]string{utf8Name: "UTF-8", utf16LE: "UTF-16 LE", utf16BE: "UTF-16 BE", windows1252: "Windows-1252"}

// decode finds the encoding by the byte order mark and the first bytes, unless it is given, and turns the text into UTF-8.
func (x *file) decode(name string) error {
	head := make([]byte, x.piece())
	n, err := io.ReadFull(x.in, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return &table.Error{File: x.path, Msg: "the file can't be read: " + err.Error(), Err: err}
	}
	head = head[:n]
	found, mark := encodingOf(head, n < x.piece())
	if name == "" {
		name = found
	} else if name != found {
		mark = 0
	}
	x.dialect.encoding = name
	x.in = io.MultiReader(bytes.NewReader(head[mark:]), x.in)
	var e encoding.Encoding
	switch name {
	case utf8Name:
		return nil
	case utf16LE:
		e = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case utf16BE:
		e = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case windows1252:
		e = charmap.Windows1252
	default:
		return fmt.Errorf("encoding %q is none of utf-8, utf-16le, utf-16be, windows-1252", name)
	}
	x.in = e.NewDecoder().Reader(x.in)
	return nil
}

// encodingOf tells the encoding of a text's beginning, and the length of its byte order mark. Text without a mark is UTF-16
// where every other byte of most is 0, and Windows-1252 where it isn't UTF-8 and has nothing that could be meant as such.
// whole: the text has no more, so that its end isn't a part of a character.
func encodingOf(b []byte, whole bool) (name string, mark int) {
	switch {
	case bytes.HasPrefix(b, []byte{0xef, 0xbb, 0xbf}):
		return utf8Name, 3
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		return utf16LE, 2
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return utf16BE, 2
	}
	zeros := [2]int{}
	n := min(len(b), 4096)
	for i, c := range b[:n] {
		if c == 0 {
			zeros[i&1]++
		}
	}
	switch {
	case n >= 4 && zeros[1] > n/3 && zeros[0] < n/50+1:
		return utf16LE, 0
	case n >= 4 && zeros[0] > n/3 && zeros[1] < n/50+1:
		return utf16BE, 0
	}
	valid, multi := validUTF8(b)
	if valid < len(b) && (whole || len(b)-valid >= utf8.UTFMax) && !multi {
		return windows1252, 0
	}
	return utf8Name, 0
}

// validUTF8 returns how many bytes of b are UTF-8 up to the first that isn't, and whether any character in b has more than
// one byte.
func validUTF8(b []byte) (valid int, multi bool) {
	if ascii(b) {
		return len(b), false
	}
	if utf8.Valid(b) {
		return len(b), true
	}
	valid = -1
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			if valid < 0 {
				valid = i
			}
		} else {
			multi = true
		}
		i += n
	}
	return valid, multi
}

// ascii reports whether no byte has its highest bit set.
func ascii(b []byte) bool {
	var x uint64
	for ; len(b) >= 32; b = b[32:] {
		x |= binary.LittleEndian.Uint64(b) | binary.LittleEndian.Uint64(b[8:]) | binary.LittleEndian.Uint64(b[16:]) | binary.LittleEndian.Uint64(b[24:])
	}
	for _, c := range b {
		x |= uint64(c)
	}
	return x&0x8080808080808080 == 0
}

// notUTF8 is a byte that isn't UTF-8 in a text that was taken for it.
type notUTF8 struct{ err *table.Error }

func (e *notUTF8) Error() string { return e.err.Error() }

// isNotUTF8 reports whether an error is a *notUTF8.
func isNotUTF8(err error) bool {
	_, ok := err.(*notUTF8)
	return ok
}
