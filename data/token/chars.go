package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

const charsKind = "chars"

// Chars gives each character of a fixed set an id of its own, in the order of code points.
type Chars struct {
	chars []rune
	ids   map[rune]int32
}

// NewChars returns the tokenizer of the characters that occur in text, which must be valid UTF-8. The error is a *TextError.
func NewChars(text string) (*Chars, error) {
	seen := map[rune]bool{}
	for i, r := range text {
		if r == utf8.RuneError {
			if err := checkRune(text, i); err != nil {
				return nil, err
			}
		}
		seen[r] = true
	}
	chars := make([]rune, 0, len(seen))
	for r := range seen {
		chars = append(chars, r)
	}
	slices.Sort(chars)
	return newChars(chars)
}

// newChars wants chars in rising order.
func newChars(chars []rune) (*Chars, error) {
	if len(chars) == 0 {
		return nil, errors.New("token: a character tokenizer wants at least one character")
	}
	c := &Chars{chars: chars, ids: make(map[rune]int32, len(chars))}
	for i, r := range chars {
		if i > 0 && r <= chars[i-1] {
			return nil, fmt.Errorf("token: character %q at place %d, after %q: they must rise", r, i, chars[i-1])
		}
		c.ids[r] = int32(i)
	}
	return c, nil
}

// checkRune tells an encoded U+FFFD, which is fine, from a byte that is no UTF-8.
func checkRune(text string, i int) error {
	if _, n := utf8.DecodeRuneInString(text[i:]); n == 1 {
		return &TextError{i, fmt.Sprintf("0x%02x is not UTF-8", text[i])}
	}
	return nil
}

// Len implements Tokenizer.
func (c *Chars) Len() int { return len(c.chars) }

// Encode implements Tokenizer. A character outside the set and a byte that is no UTF-8 are errors.
func (c *Chars) Encode(text string) ([]int32, error) {
	ids := make([]int32, 0, len(text))
	for i, r := range text {
		id, ok := c.ids[r]
		if r == utf8.RuneError {
			if err := checkRune(text, i); err != nil {
				return nil, err
			}
		}
		if !ok {
			return nil, &TextError{i, fmt.Sprintf("%q (%U) is not among the %d characters known", r, r, len(c.chars))}
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// Token implements Tokenizer.
func (c *Chars) Token(id int32) (string, bool) {
	if id < 0 || int(id) >= len(c.chars) {
		return "", false
	}
	return string(c.chars[id]), true
}

// charsJSON is the form in a file.
type charsJSON struct {
	Kind  string `json:"kind"`
	Chars string `json:"chars"` // in the order of their ids
}

// MarshalJSON implements json.Marshaler.
func (c *Chars) MarshalJSON() ([]byte, error) {
	return json.Marshal(charsJSON{charsKind, string(c.chars)})
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *Chars) UnmarshalJSON(b []byte) error {
	var j charsJSON
	if err := decodeStrict(b, &j); err != nil {
		return err
	}
	if j.Kind != charsKind {
		return fmt.Errorf("token: a tokenizer of kind %q, want %q", j.Kind, charsKind)
	}
	n, err := newChars([]rune(j.Chars))
	if err != nil {
		return err
	}
	*c = *n
	return nil
}
