package token

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of what is read from files; the largest public vocabulary (o200k) has 200,000 ids and tokens of 128 bytes.
const (
	maxIDs   = 1 << 21
	maxToken = 1 << 12 // bytes of a token
	maxFile  = 1 << 26 // bytes of a file
)

// BPE is byte pair encoding over bytes: any text, valid UTF-8 or not, has ids and comes back from them. A piece of text (see
// Split) begins as its bytes; of the neighbours that may be merged, those of the lowest rank are, the leftmost first, until
// none may.
//
// Which may is said in one of two ways, as the tokenizer's files do. By ranks (tiktoken, and what Train makes): two
// neighbours whose bytes together are a token, which has that token's id as rank, and a piece that is a token is one at once.
// By merges (GPT-2): pairs of tokens that are listed, ranked by their place in the list.
//
// Source: Sennrich, Haddow & Birch 2016, arXiv:1508.07909; over bytes: Radford et al. 2019, "Language models are
// unsupervised multitask learners", section 2.2.
type BPE struct {
	split   Split
	tokens  []string // by id; "" where an id has no token; the special ones aren't here
	ids     map[string]int32
	longest int // bytes of the longest token
	bytes   [256]int32

	merges [][2]int32       // in the order of their ranks; nil: by ranks
	pairs  map[uint64]merge // the same

	special map[string]int32
	names   map[int32]string
	order   []string // of the special tokens, longest first, then by name
	size    int
}

// merge is what a pair of tokens becomes, and when.
type merge struct{ rank, id int32 }

func pairKey(l, r int32) uint64 { return uint64(uint32(l))<<32 | uint64(uint32(r)) }

// newBPE checks the parts and puts them together. The error is about one of them, without a file or line.
func newBPE(split Split, tokens []string, merges [][2]int32, special map[string]int32) (*BPE, error) {
	if err := split.check(); err != nil {
		return nil, err
	}
	b := &BPE{split: split, tokens: tokens, ids: make(map[string]int32, len(tokens)), size: len(tokens)}
	if len(tokens) > maxIDs {
		return nil, fmt.Errorf("token: %d ids, want at most %d", len(tokens), maxIDs)
	}
	for id, t := range tokens {
		if t == "" {
			continue
		}
		if was, ok := b.ids[t]; ok {
			return nil, fmt.Errorf("token: ids %d and %d are both %q", was, id, t)
		}
		if len(t) > maxToken {
			return nil, fmt.Errorf("token: id %d has %d bytes, want at most %d", id, len(t), maxToken)
		}
		b.ids[t] = int32(id)
		b.longest = max(b.longest, len(t))
	}
	for c := range b.bytes {
		id, ok := b.ids[string([]byte{byte(c)})]
		if !ok {
			return nil, fmt.Errorf("token: the byte 0x%02x has no token: each of the 256 must have one", c)
		}
		b.bytes[c] = id
	}
	if err := b.setMerges(merges); err != nil {
		return nil, err
	}
	return b, b.setSpecial(special)
}

// setMerges wants the parts of each merge to be bytes or made by merges before it: then merging one pair at a time gives what
// merging all of its occurrences at once does.
func (b *BPE) setMerges(merges [][2]int32) error {
	if merges == nil {
		return nil
	}
	b.merges, b.pairs = merges, make(map[uint64]merge, len(merges))
	made := make(map[int32]bool, 256+len(merges))
	for _, id := range b.bytes {
		made[id] = true
	}
	for rank, m := range merges {
		for _, part := range m {
			if part < 0 || int(part) >= len(b.tokens) || !made[part] {
				return fmt.Errorf("token: merge %d joins id %d, which is neither a byte nor made by a merge before it", rank, part)
			}
		}
		id, ok := b.ids[b.tokens[m[0]]+b.tokens[m[1]]]
		if !ok {
			return fmt.Errorf("token: merge %d makes %q, which has no id", rank, b.tokens[m[0]]+b.tokens[m[1]])
		}
		key := pairKey(m[0], m[1])
		if _, ok := b.pairs[key]; ok {
			return fmt.Errorf("token: merge %d is of the same two tokens as one before it", rank)
		}
		b.pairs[key] = merge{int32(rank), id}
		made[id] = true
	}
	return nil
}

func (b *BPE) setSpecial(special map[string]int32) error {
	b.special, b.names = special, make(map[int32]string, len(special))
	for name := range special {
		b.order = append(b.order, name)
	}
	slices.SortFunc(b.order, func(x, y string) int {
		if len(x) != len(y) {
			return len(y) - len(x)
		}
		return strings.Compare(x, y)
	})
	for _, name := range b.order {
		id := special[name]
		switch {
		case name == "" || !utf8.ValidString(name):
			return fmt.Errorf("token: the special token %q isn't text", name)
		case id < 0 || id >= maxIDs:
			return fmt.Errorf("token: the special token %q has id %d, want 0 to %d", name, id, maxIDs-1)
		case int(id) < len(b.tokens) && b.tokens[id] != "":
			return fmt.Errorf("token: the special token %q has id %d, which is that of %q", name, id, b.tokens[id])
		}
		if was, ok := b.names[id]; ok {
			return fmt.Errorf("token: the special tokens %q and %q both have id %d", was, name, id)
		}
		b.names[id] = name
		b.size = max(b.size, int(id)+1)
	}
	return nil
}

// Len implements Tokenizer.
func (b *BPE) Len() int { return b.size }

// Split returns how text is cut.
func (b *BPE) Split() Split { return b.split }

// Special returns the id of a special token, such as <|endoftext|>.
func (b *BPE) Special(name string) (id int32, ok bool) {
	id, ok = b.special[name]
	return id, ok
}

// Token implements Tokenizer. A special token's bytes are its name.
func (b *BPE) Token(id int32) (string, bool) {
	if id >= 0 && int(id) < len(b.tokens) && b.tokens[id] != "" {
		return b.tokens[id], true
	}
	name, ok := b.names[id]
	return name, ok
}

// Encode implements Tokenizer; it never fails. The name of a special token in text is text like any other: whoever sends the
// text can't end it.
func (b *BPE) Encode(text string) ([]int32, error) { return b.Append(nil, text), nil }

// Append appends to ids what Encode returns.
func (b *BPE) Append(ids []int32, text string) []int32 {
	ids = slices.Grow(ids, len(text)/4+1)
	var w merger
	for len(text) > 0 {
		n := b.split.next(text)
		ids = b.piece(ids, text[:n], &w)
		text = text[n:]
	}
	return ids
}

// EncodeSpecial is Encode for text of one's own: the names of special tokens in it become those tokens. Where several begin
// at the same place, the longest is meant.
func (b *BPE) EncodeSpecial(text string) []int32 {
	var ids []int32
	places := make([]int, len(b.order)) // where each name is next, from the start of text
	for i := range places {
		places[i] = -1
	}
	for at := 0; at < len(text); {
		found := -1
		for i, name := range b.order {
			if places[i] < at {
				places[i] = len(text)
				if n := strings.Index(text[at:], name); n >= 0 {
					places[i] = at + n
				}
			}
			if found < 0 || places[i] < places[found] {
				found = i
			}
		}
		if found < 0 || places[found] == len(text) {
			return b.Append(ids, text[at:])
		}
		ids = append(b.Append(ids, text[at:places[found]]), b.special[b.order[found]])
		at = places[found] + len(b.order[found])
	}
	return ids
}
