package safetensors

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads the part of JSON that a header is made of: objects, strings and arrays of unsigned integers. Unlike
// encoding/json it refuses repeated names, invalid UTF-8 and lone surrogates, and knows where it is. It does not recurse.
type scanner struct {
	b []byte // the file up to the header's end: positions are the file's
	i int    // the next byte
}

func (s *scanner) fail(at int, format string, args ...any) error {
	return &Error{Offset: int64(at), Msg: fmt.Sprintf(format, args...)}
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// expect takes the byte c.
func (s *scanner) expect(c byte) error {
	if got := s.peek(); got != c || s.i == len(s.b) {
		return s.unexpected(fmt.Sprintf("%q", c))
	}
	s.i++
	return nil
}

func (s *scanner) unexpected(want string) error {
	if s.i >= len(s.b) {
		return s.fail(s.i, "the header ends, want %s", want)
	}
	return s.fail(s.i, "found %q, want %s", s.b[s.i], want)
}

// object reads an object; member reads the value of each name, which stands at byte at.
func (s *scanner) object(member func(name string, at int) error) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	if s.peek() == '}' {
		s.i++
		return nil
	}
	seen := map[string]bool{}
	for {
		s.peek()
		at := s.i
		name, err := s.string()
		if err != nil {
			return err
		}
		if seen[name] {
			return s.fail(at, "%q stands twice in one object", name)
		}
		seen[name] = true
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := member(name, at); err != nil {
			return err
		}
		if s.peek() == '}' {
			s.i++
			return nil
		}
		if err := s.expect(','); err != nil {
			return err
		}
	}
}

// ints reads an array of at most limit integers.
func (s *scanner) ints(limit int, what string) ([]int, error) {
	if err := s.expect('['); err != nil {
		return nil, err
	}
	list := []int{}
	if s.peek() == ']' {
		s.i++
		return list, nil
	}
	for {
		n, err := s.int()
		if err != nil {
			return nil, err
		}
		if list = append(list, n); len(list) > limit {
			return nil, s.fail(s.i, "more than %d %s", limit, what)
		}
		if s.peek() == ']' {
			s.i++
			return list, nil
		}
		if err := s.expect(','); err != nil {
			return nil, err
		}
	}
}

// int reads 0 or digits that don't begin with 0.
func (s *scanner) int() (int, error) {
	s.peek()
	at, n := s.i, 0
	for ; s.i < len(s.b) && '0' <= s.b[s.i] && s.b[s.i] <= '9'; s.i++ {
		d := int(s.b[s.i] - '0')
		if n > (math.MaxInt-d)/10 {
			return 0, s.fail(at, "a number above %d", math.MaxInt)
		}
		n = 10*n + d
	}
	switch {
	case s.i == at:
		return 0, s.unexpected("an unsigned integer")
	case s.b[at] == '0' && s.i > at+1:
		return 0, s.fail(at, "a number with a leading 0")
	}
	return n, nil
}

// string reads a string.
func (s *scanner) string() (string, error) {
	if err := s.expect('"'); err != nil {
		return "", err
	}
	at := s.i
	var out []byte
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			if !utf8.Valid(out) {
				return "", s.fail(at, "the string that begins here is not UTF-8")
			}
			return string(out), nil
		case c < ' ':
			return "", s.fail(s.i, "control character %#02x in a string", c)
		case c == '\\':
			var err error
			if out, err = s.escape(out); err != nil {
				return "", err
			}
		default:
			out = append(out, c)
			s.i++
		}
	}
	return "", s.unexpected("the end of a string")
}

// escape reads \x and appends what it stands for.
func (s *scanner) escape(out []byte) ([]byte, error) {
	at := s.i
	if s.i++; s.i == len(s.b) {
		return nil, s.unexpected("an escape")
	}
	c := s.b[s.i]
	if c == 'u' {
		r, err := s.unicode(at)
		return utf8.AppendRune(out, r), err
	}
	k := bytes.IndexByte([]byte(`"\/bfnrt`), c)
	if k < 0 {
		return nil, s.fail(at, "unknown escape \\%c", c)
	}
	s.i++
	return append(out, "\"\\/\b\f\n\r\t"[k]), nil
}

// unicode reads the rest of \u and four hex digits, or of two such that are a surrogate pair.
func (s *scanner) unicode(at int) (rune, error) {
	r, err := s.hex4(at)
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if bytes.HasPrefix(s.b[s.i:], []byte(`\u`)) {
		s.i++
		low, err := s.hex4(at)
		if err != nil {
			return 0, err
		}
		if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
			return r, nil
		}
	}
	return 0, s.fail(at, "half of a surrogate pair")
}

// hex4 reads u and four hex digits.
func (s *scanner) hex4(at int) (rune, error) {
	var b [2]byte
	if len(s.b)-s.i < 5 {
		return 0, s.fail(at, "the header ends in an escape")
	}
	if _, err := hex.Decode(b[:], s.b[s.i+1:s.i+5]); err != nil {
		return 0, s.fail(at, "\\u wants 4 hexadecimal digits")
	}
	s.i += 5
	return rune(b[0])<<8 | rune(b[1]), nil
}
