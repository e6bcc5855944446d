// Package token turns text into token ids and back, and feeds ids to a language model.
//
// Two tokenizers: [Chars], one id a character, and [BPE], byte pair encoding over bytes, which is trained by [Train] or read
// from GPT-2's files ([ReadGPT2]) or a tiktoken rank file ([ReadRanks]). Both marshal to JSON, the same bytes for the same
// tokenizer, and come back by [Parse]; a model file keeps them so.
//
// A [Set] is a sequence of ids, in memory or in a mapped file, and a [Loader] its batches: inputs and targets one ahead.
package token

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Tokenizer is what a language model's text goes through. *Chars and *BPE are safe for several goroutines.
type Tokenizer interface {
	// Len returns the size V of the vocabulary: ids are 0 … V−1, not all of which need have a token.
	Len() int
	// Encode returns the ids of text. The error is a *TextError.
	Encode(text string) ([]int32, error)
	// Token returns the bytes of an id, which may be a part of a character; ok is false where the id has none.
	Token(id int32) (bytes string, ok bool)
	json.Marshaler
}

// Error says what is wrong with a tokenizer's file, and on which line.
type Error struct {
	File string
	Line int // from 1; 0: the file as a whole
	Msg  string
}

// Error returns "FILE:LINE: …".
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Msg)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

// TextError says what in a text a tokenizer can't encode.
type TextError struct {
	Offset int // in bytes
	Msg    string
}

// Error returns "token: byte OFFSET of the text: …".
func (e *TextError) Error() string {
	return fmt.Sprintf("token: byte %d of the text: %s", e.Offset, e.Msg)
}

// Parse returns the tokenizer that MarshalJSON wrote.
func Parse(b []byte) (Tokenizer, error) {
	var head struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("token: not a tokenizer: %w", err)
	}
	switch head.Kind {
	case charsKind:
		t := new(Chars)
		return t, t.UnmarshalJSON(b)
	case bpeKind:
		t := new(BPE)
		return t, t.UnmarshalJSON(b)
	}
	return nil, fmt.Errorf("token: a tokenizer of kind %q, want %q or %q", head.Kind, charsKind, bpeKind)
}

// Decode returns the bytes of ids, one token behind the other: for ids that end inside a character they end with a part of it.
func Decode(t Tokenizer, ids []int32) (string, error) {
	var b []byte
	for i, id := range ids {
		s, ok := t.Token(id)
		if !ok {
			return "", noToken(t, i, id)
		}
		b = append(b, s...)
	}
	return string(b), nil
}

func noToken(t Tokenizer, i int, id int32) error {
	return fmt.Errorf("token: id %d at position %d has no token, the vocabulary has %d ids", id, i, t.Len())
}

// Stream decodes ids as they come, in whole characters: what Next and then Flush return is together what Decode returns.
type Stream struct {
	Tokenizer Tokenizer

	n       int
	pending []byte // the beginning of a character
}

// Next returns the text that is complete with id, which may be empty. Bytes that can't become a character are given as they
// are.
func (s *Stream) Next(id int32) (string, error) {
	b, ok := s.Tokenizer.Token(id)
	if !ok {
		return "", noToken(s.Tokenizer, s.n, id)
	}
	s.n++
	s.pending = append(s.pending, b...)
	end := len(s.pending)
	for k := 1; k < utf8.UTFMax && k <= len(s.pending); k++ {
		if at := len(s.pending) - k; utf8.RuneStart(s.pending[at]) {
			if !utf8.FullRune(s.pending[at:]) {
				end = at
			}
			break
		}
	}
	text := string(s.pending[:end])
	s.pending = s.pending[:copy(s.pending, s.pending[end:])]
	return text, nil
}

// Flush returns the bytes of a character that never became whole, and begins a new text.
func (s *Stream) Flush() string {
	rest := string(s.pending)
	s.pending, s.n = s.pending[:0], 0
	return rest
}
