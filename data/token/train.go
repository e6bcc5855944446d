package token

import (
	"errors"
	"fmt"
	"maps"
)

// TrainConfig says what vocabulary Train makes.
type TrainConfig struct {
	Vocab    int      // ids in all: the 256 bytes, the merges and the special tokens; fewer where the text has no more pairs
	Split    Split    // how text is cut; empty: GPT2
	MinCount int      // a pair seen fewer times isn't merged; 0: 2
	Special  []string // special tokens; their ids come last
}

// Train makes the vocabulary of text: it begins with the bytes, in GPT-2's order, and again and again gives the pair of
// neighbouring tokens that is seen most often an id. Among pairs seen equally often that of the lowest ids is taken (the
// left one first), so that the same text gives the same vocabulary. The result works by ranks.
//
// Counts are kept up to date from merge to merge and the most frequent pair is at the top of a heap: a merge costs as much
// as the words it changes.
func Train(text string, c TrainConfig) (*BPE, error) {
	if c.Split == "" {
		c.Split = GPT2
	}
	if c.MinCount == 0 {
		c.MinCount = 2
	}
	special := make(map[string]int32, len(c.Special))
	switch err := c.Split.check(); {
	case err != nil:
		return nil, err
	case c.Vocab < 256+len(c.Special) || c.Vocab > maxIDs:
		return nil, fmt.Errorf("token: a vocabulary of %d ids, want %d (256 bytes and %d special tokens) to %d", c.Vocab, 256+len(c.Special), len(c.Special), maxIDs)
	case c.MinCount < 1:
		return nil, fmt.Errorf("token: MinCount is %d, want at least 1", c.MinCount)
	case text == "":
		return nil, errors.New("token: no text to train on")
	}
	t := newTrainer(text, c.Split)
	for len(t.tokens) < c.Vocab-len(c.Special) {
		key, ok := t.best(c.MinCount)
		if !ok {
			break
		}
		t.merge(key)
	}
	for i, name := range c.Special {
		if _, ok := special[name]; ok {
			return nil, fmt.Errorf("token: the special token %q is named twice", name)
		}
		special[name] = int32(len(t.tokens) + i)
	}
	return newBPE(c.Split, t.tokens, nil, special)
}

// word is a piece of the text, and how often it is there.
type word struct {
	ids   []int32
	count int
}

// pairCount is how often two tokens are neighbours, and in which words that is or was so.
type pairCount struct {
	count int
	words []int32
}

// candidate is a pair in the heap, with a count that was right when it was put there and can have only fallen since.
type candidate struct {
	count int
	key   uint64
}

// before is the order of the heap.
func (a candidate) before(b candidate) bool {
	return a.count > b.count || a.count == b.count && a.key < b.key
}

type trainer struct {
	tokens []string
	known  map[string]bool
	words  []word
	pairs  map[uint64]*pairCount
	heap   []candidate
}

func newTrainer(text string, split Split) *trainer {
	t := &trainer{known: map[string]bool{}, pairs: map[uint64]*pairCount{}}
	var ids [256]int32
	for i, c := range byteOrder {
		t.tokens = append(t.tokens, string([]byte{c}))
		t.known[t.tokens[i]] = true
		ids[c] = int32(i)
	}
	index := map[string]int{}
	for len(text) > 0 {
		n := split.next(text)
		i, ok := index[text[:n]]
		if !ok {
			i = len(t.words)
			index[text[:n]] = i
			w := word{ids: make([]int32, n)}
			for k := range n {
				w.ids[k] = ids[text[k]]
			}
			t.words = append(t.words, w)
		}
		t.words[i].count++
		text = text[n:]
	}
	for i, w := range t.words {
		for k := 1; k < len(w.ids); k++ {
			t.add(pairKey(w.ids[k-1], w.ids[k]), w.count, i)
		}
	}
	for key := range maps.Keys(t.pairs) {
		t.push(key)
	}
	return t
}

// add counts a pair n more times, in a word.
func (t *trainer) add(key uint64, n, word int) {
	p := t.pairs[key]
	if p == nil {
		p = &pairCount{}
		t.pairs[key] = p
	}
	p.count += n
	if k := len(p.words); k == 0 || p.words[k-1] != int32(word) {
		p.words = append(p.words, int32(word))
	}
}

// remove counts a pair n fewer times.
func (t *trainer) remove(key uint64, n int) {
	if p := t.pairs[key]; p != nil {
		p.count -= n
	}
}

// best takes the most frequent pair whose token there isn't yet.
func (t *trainer) best(minCount int) (key uint64, ok bool) {
	for len(t.heap) > 0 {
		c := t.pop()
		p := t.pairs[c.key]
		switch {
		case p.count < minCount:
		case p.count < c.count:
			t.push(c.key)
		case t.known[t.text(c.key)] || len(t.text(c.key)) > maxToken:
			delete(t.pairs, c.key) // the same bytes by two ways would be one token with two ids
		default:
			return c.key, true
		}
	}
	return 0, false
}

// text returns the bytes of a pair.
func (t *trainer) text(key uint64) string { return t.tokens[key>>32] + t.tokens[uint32(key)] }

// merge makes a token of the pair, in all words.
func (t *trainer) merge(key uint64) {
	l, r, id := int32(key>>32), int32(uint32(key)), int32(len(t.tokens))
	text := t.text(key)
	t.tokens, t.known[text] = append(t.tokens, text), true
	words := t.pairs[key].words
	var fresh []uint64
	count := func(k uint64, n, word int) {
		if t.pairs[k] == nil {
			fresh = append(fresh, k)
		}
		t.add(k, n, word)
	}
	for _, i := range words {
		w := &t.words[i]
		out := w.ids[:0]
		for k := 0; k < len(w.ids); k++ {
			if w.ids[k] != l || k+1 == len(w.ids) || w.ids[k+1] != r {
				out = append(out, w.ids[k])
				continue
			}
			if n := len(out); n > 0 {
				t.remove(pairKey(out[n-1], l), w.count)
				count(pairKey(out[n-1], id), w.count, int(i))
			}
			if k+2 < len(w.ids) {
				t.remove(pairKey(r, w.ids[k+2]), w.count)
				count(pairKey(id, w.ids[k+2]), w.count, int(i))
			}
			out = append(out, id)
			k++
		}
		w.ids = out
	}
	delete(t.pairs, key)
	for _, k := range fresh {
		t.push(k)
	}
}

func (t *trainer) push(key uint64) {
	t.heap = append(t.heap, candidate{t.pairs[key].count, key})
	h := t.heap
	for c := len(h) - 1; c > 0; {
		up := (c - 1) / 2
		if !h[c].before(h[up]) {
			break
		}
		h[up], h[c] = h[c], h[up]
		c = up
	}
}

func (t *trainer) pop() candidate {
	h := t.heap
	top, n := h[0], len(h)-1
	h[0] = h[n]
	h = h[:n]
	for c := 0; ; {
		k := 2*c + 1
		if k >= n {
			break
		}
		if k+1 < n && h[k+1].before(h[k]) {
			k++
		}
		if !h[k].before(h[c]) {
			break
		}
		h[c], h[k] = h[k], h[c]
		c = k
	}
	t.heap = h
	return top
}
