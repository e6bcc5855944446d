package token

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
)

const bpeKind = "bpe"

// bpeJSON is the form in a file.
type bpeJSON struct {
	Kind    string           `json:"kind"`
	Split   Split            `json:"split"`
	Tokens  [][]byte         `json:"tokens"`           // by id, in base64; null where an id has none
	Merges  *[][2]int32      `json:"merges,omitempty"` // absent: by ranks
	Special map[string]int32 `json:"special,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (b *BPE) MarshalJSON() ([]byte, error) {
	j := bpeJSON{Kind: bpeKind, Split: b.split, Tokens: make([][]byte, len(b.tokens)), Special: b.special}
	for id, t := range b.tokens {
		if t != "" {
			j.Tokens[id] = []byte(t)
		}
	}
	if b.merges != nil {
		j.Merges = &b.merges
	}
	return json.Marshal(j)
}

// UnmarshalJSON implements json.Unmarshaler. What it takes is checked as a vocabulary file is.
func (b *BPE) UnmarshalJSON(text []byte) error {
	var j bpeJSON
	if err := decodeStrict(text, &j); err != nil {
		return err
	}
	if j.Kind != bpeKind {
		return fmt.Errorf("token: a tokenizer of kind %q, want %q", j.Kind, bpeKind)
	}
	tokens := make([]string, len(j.Tokens))
	for id, t := range j.Tokens {
		tokens[id] = string(t)
	}
	var merges [][2]int32
	if j.Merges != nil {
		merges = *j.Merges
		if merges == nil {
			merges = [][2]int32{}
		}
	}
	n, err := newBPE(j.Split, tokens, merges, maps.Clone(j.Special))
	if err != nil {
		return err
	}
	*b = *n
	return nil
}

// decodeStrict refuses fields that v hasn't and text after the value.
func decodeStrict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("token: not a tokenizer: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("token: text after the tokenizer")
	}
	return nil
}
