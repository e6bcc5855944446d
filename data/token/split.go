package token

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Split says how text is cut into pieces; no token crosses from one into the next. A byte that is no UTF-8 counts as a
// character that is neither letter nor number nor space.
type Split string

// The known patterns, as the tiktoken library (0.14) has them.
const (
	// GPT2 cuts by '(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s
	GPT2 Split = "gpt2"
	// CL100K cuts by '(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s
	CL100K Split = "cl100k"
)

func (p Split) check() error {
	if p != GPT2 && p != CL100K {
		return fmt.Errorf("token: a split %q, want %q or %q", string(p), GPT2, CL100K)
	}
	return nil
}

// next returns the length of the first piece of s, which isn't empty.
func (p Split) next(s string) int {
	if p == CL100K {
		return nextCL100K(s)
	}
	return nextGPT2(s)
}

// class is what the patterns know of a character.
type class uint8

const (
	other  class = iota // [^\s\p{L}\p{N}]
	letter              // \p{L}
	number              // \p{N}
	space               // \s, Unicode's White_Space
)

var ascii = func() (t [utf8.RuneSelf]class) {
	for r := range rune(utf8.RuneSelf) {
		t[r] = classOf(r)
	}
	return t
}()

func classOf(r rune) class {
	switch {
	case unicode.IsLetter(r):
		return letter
	case unicode.IsNumber(r):
		return number
	case unicode.IsSpace(r):
		return space
	}
	return other
}

// first returns the class of the first character of s and its width; s isn't empty.
func first(s string) (class, int) {
	if b := s[0]; b < utf8.RuneSelf {
		return ascii[b], 1
	}
	r, n := utf8.DecodeRuneInString(s)
	return classOf(r), n
}

// run returns the length of the longest beginning of s that is all of class c, and the width of its last character.
func run(s string, c class) (n, last int) {
	for n < len(s) {
		k, w := first(s[n:])
		if k != c {
			break
		}
		n, last = n+w, w
	}
	return n, last
}

// contraction matches '(?:[sdmt]|ll|ve|re), with fold in any case: 0 where it doesn't.
func contraction(s string, fold bool) int {
	if len(s) < 2 || s[0] != '\'' {
		return 0
	}
	if fold {
		if strings.HasPrefix(s[1:], "ſ") { // the long s folds to s
			return 1 + len("ſ")
		}
		var low [3]byte
		n := copy(low[:], s)
		for i := range n {
			if 'A' <= low[i] && low[i] <= 'Z' {
				low[i] += 'a' - 'A'
			}
		}
		return contraction(string(low[:n]), false)
	}
	switch s[1] {
	case 's', 'd', 'm', 't':
		return 2
	}
	if len(s) > 2 {
		switch s[1:3] {
		case "ll", "ve", "re":
			return 3
		}
	}
	return 0
}

func nextGPT2(s string) int {
	if n := contraction(s, false); n > 0 {
		return n
	}
	at := 0
	if s[0] == ' ' && len(s) > 1 {
		at = 1
	}
	if c, _ := first(s[at:]); c != space {
		n, _ := run(s[at:], c)
		return at + n
	}
	n, last := run(s, space)
	return blanks(s, n, last)
}

// blanks matches \s++$|\s+(?!\S)|\s where s begins with n bytes of space, the last character of last bytes: all of it at the
// end of the text; else all but the last character, which goes with what follows.
func blanks(s string, n, last int) int {
	if n == len(s) || n == last {
		return n
	}
	return n - last
}

func nextCL100K(s string) int {
	if n := contraction(s, true); n > 0 {
		return n
	}
	c, w := first(s)
	switch {
	case c == letter:
		n, _ := run(s, letter)
		return n
	case c == number:
		return digits(s)
	case s[0] != '\r' && s[0] != '\n':
		if n, _ := run(s[w:], letter); n > 0 {
			return w + n
		}
	}
	at := 0
	if s[0] == ' ' && len(s) > 1 {
		at = 1
	}
	if n, _ := run(s[at:], other); n > 0 {
		n += at
		for n < len(s) && (s[n] == '\r' || s[n] == '\n') {
			n++
		}
		return n
	}
	n, last := run(s, space)
	if line := strings.LastIndexAny(s[:n], "\r\n"); line >= 0 && n < len(s) {
		return line + 1
	}
	return blanks(s, n, last)
}

// digits matches \p{N}{1,3}.
func digits(s string) (n int) {
	for range 3 {
		if n == len(s) {
			break
		}
		c, w := first(s[n:])
		if c != number {
			break
		}
		n += w
	}
	return n
}
