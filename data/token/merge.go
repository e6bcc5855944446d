package token

import "math"

// none is the rank of neighbours that may not be merged.
const none = math.MaxInt32

// part is a token of a piece under way.
type part struct {
	start, end int // in the piece
	id         int32
	with       merge // with the part after it; rank none: not at all
	prev, next int   // neighbours in a long piece, −1: none
}

// merger is the memory of one Append.
type merger struct {
	parts []part
	heap  []uint64
}

// longPiece is the number of bytes from which a heap finds the lowest rank sooner than a look at all parts.
const longPiece = 96

// piece appends the ids of one piece.
func (b *BPE) piece(ids []int32, s string, w *merger) []int32 {
	if len(s) == 1 {
		return append(ids, b.bytes[s[0]])
	}
	if b.merges == nil {
		if id, ok := b.ids[s]; ok {
			return append(ids, id)
		}
	}
	w.begin(b, s)
	if len(s) < longPiece {
		return w.short(b, s, ids, none)
	}
	return w.long(b, s, ids)
}

// begin makes a part of each byte.
func (w *merger) begin(b *BPE, s string) {
	w.parts = w.parts[:0]
	for i := range len(s) {
		w.parts = append(w.parts, part{start: i, end: i + 1, id: b.bytes[s[i]], prev: i - 1, next: i + 1})
	}
	last := len(s) - 1
	w.parts[last].next, w.parts[last].with.rank = -1, none
	for i := range last {
		w.parts[i].with = b.join(s, &w.parts[i], &w.parts[i+1])
	}
}

// join returns what the neighbours l and r become.
func (b *BPE) join(s string, l, r *part) merge {
	if b.merges != nil {
		if m, ok := b.pairs[pairKey(l.id, r.id)]; ok {
			return m
		}
		return merge{rank: none}
	}
	if r.end-l.start <= b.longest {
		if id, ok := b.ids[s[l.start:r.end]]; ok {
			return merge{id, id}
		}
	}
	return merge{rank: none}
}

// short makes the merges of rank below limit: it looks at all parts for each and closes the gap, which is quick for what is
// as long as a word.
func (w *merger) short(b *BPE, s string, ids []int32, limit int32) []int32 {
	p := w.parts
	for {
		at := 0
		for i := range p {
			if p[i].with.rank < p[at].with.rank {
				at = i
			}
		}
		if p[at].with.rank >= limit {
			break
		}
		p[at].id, p[at].end = p[at].with.id, p[at+1].end
		p = append(p[:at+1], p[at+2:]...)
		p[at].with.rank = none
		if at+1 < len(p) {
			p[at].with = b.join(s, &p[at], &p[at+1])
		}
		if at > 0 {
			p[at-1].with = b.join(s, &p[at-1], &p[at])
		}
	}
	for i := range p {
		ids = append(ids, p[i].id)
	}
	return ids
}

// placeBits are the bits of a heap's entry that hold the part; the rank lies above them, so that entries are in the order
// of rank, then place.
const placeBits = 40

// long keeps the merges that were possible in a heap: a piece of n bytes takes about n·log n steps. An entry whose part has
// gone or now merges into something else is passed over.
func (w *merger) long(b *BPE, s string, ids []int32) []int32 {
	p := w.parts
	w.heap = w.heap[:0]
	for i := range p {
		w.push(i)
	}
	for len(w.heap) > 0 {
		e := w.pop()
		at, rank := int(e&(1<<placeBits-1)), int32(e>>placeBits)
		if p[at].end == 0 || p[at].with.rank != rank {
			continue
		}
		gone := p[at].next
		p[at].id, p[at].end, p[at].next = p[at].with.id, p[gone].end, p[gone].next
		p[gone].end = 0
		p[at].with.rank = none
		if n := p[at].next; n >= 0 {
			p[n].prev = at
			p[at].with = b.join(s, &p[at], &p[n])
			w.push(at)
		}
		if l := p[at].prev; l >= 0 {
			p[l].with = b.join(s, &p[l], &p[at])
			w.push(l)
		}
	}
	for i := 0; i >= 0; i = p[i].next {
		ids = append(ids, p[i].id)
	}
	return ids
}

// push adds the merge of part i with the next, where there is one.
func (w *merger) push(i int) {
	rank := w.parts[i].with.rank
	if rank == none {
		return
	}
	w.heap = append(w.heap, uint64(rank)<<placeBits|uint64(i))
	h := w.heap
	for c := len(h) - 1; c > 0; {
		up := (c - 1) / 2
		if h[up] <= h[c] {
			break
		}
		h[up], h[c] = h[c], h[up]
		c = up
	}
}

// pop takes the least entry.
func (w *merger) pop() uint64 {
	h := w.heap
	least, n := h[0], len(h)-1
	h[0] = h[n]
	h = h[:n]
	for c := 0; ; {
		k := 2*c + 1
		if k >= n {
			break
		}
		if k+1 < n && h[k+1] < h[k] {
			k++
		}
		if h[c] <= h[k] {
			break
		}
		h[c], h[k] = h[k], h[c]
		c = k
	}
	w.heap = h
	return least
}
