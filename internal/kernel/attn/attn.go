// Package attn computes scaled dot-product attention by blocks, forward and backward, in memory linear in the lengths.
//
// The keys are cut in blocks at multiples of [BlockK] from the first. For each block, in order, a row of scores gives the
// largest so far, which the sums until then are scaled to, the exponentials, their sum (16 lanes and a tree, as package
// reduce says) and their product with the values, which is added. Rows don't know each other, and a key that a row doesn't
// see adds zeros, so that a row's bits depend on neither how many queries are asked at once nor the keys after those it
// sees. Work is cut by heads and by blocks of queries.
//
// The method is Dao, Fu, Ermon, Rudra & Ré 2022, arXiv:2205.14135, with the order of loops of Dao 2023, arXiv:2307.08691; the
// running maximum is Milakov & Gimelshein 2018, arXiv:1805.02867.
package attn

import (
	"math"

	"github.com/ingot-ml/ingot/internal/kernel/vec"
)

// BlockK is how many keys are looked at before the sums are scaled. It is part of the results' bits.
const BlockK = 256

// View is [batch heads rows D] in memory: element (b, h, t, d) is Data[b·B + h·H + t·T + d].
type View struct {
	Data    []float32
	B, H, T int
}

func (v *View) at(b, h, t int) []float32 { return v.Data[b*v.B+h*v.H+t*v.T:] }

// Mask is [batch heads queries keys] with strides, 0 where it is broadcast: numbers that are added to the scores, or bytes
// of which 0 hides a key.
type Mask struct {
	F32        []float32
	Bool       []uint8
	B, H, T, S int
}

// Params is one attention: out = softmax(scale·q·kᵀ + bias)·v for each head. Query head h looks at key head h/(Heads/KVHeads).
// With Causal, query i sees the keys up to i + Keys − Queries: the last query sees all. Slopes, one a head, add
// −slope·|i + Keys − Queries − j| to the score of query i and key j.
type Params struct {
	Batch, Heads, KVHeads, Queries, Keys, D int

	Scale  float32
	Causal bool
	Mask   Mask
	Slopes []float32

	Query, Key, Value, Out View
	LSE                    []float32 // [batch heads queries]: ln Σ exp(score); 0 where a row sees nothing

	// Backward only. What isn't wanted has no Data.
	GOut               View
	GQuery, GKey, GVal View
	AddQ, AddK, AddVal bool // to what is there; otherwise it is overwritten
}

// biased says whether something is added to the scores, which are scaled before then, not with the exponential; so are
// scores whose scale isn't above 0. What only hides leaves the others' bits alone.
func (p *Params) biased() bool { return p.Slopes != nil || p.Mask.F32 != nil || p.Scale <= 0 }

// seen returns how many keys query i sees, without a mask.
func (p *Params) seen(i int) int {
	if !p.Causal {
		return p.Keys
	}
	return min(max(i+1+p.Keys-p.Queries, 0), p.Keys)
}

// scores is what a block of scores, rows by keys, is turned to by bias and the row kernels.
type scores struct {
	data     []float32
	ld       int
	b, h     int
	row, key int // the first query and the first key
	rows     int
	keys     int // none of the rows sees more of the block
}

// rowArgs describes the block for the row kernels.
func (p *Params) rowArgs(s *scores, a *rowArgs) {
	*a = rowArgs{
		s: &s.data[0], ld: 4 * s.ld, rows: s.rows, n: s.keys, most: s.keys, width: (s.keys + 15) / 16 * 16,
		scale: p.Scale, gscale: p.Scale,
	}
	if p.Causal {
		a.n, a.step = s.row+1+p.Keys-p.Queries-s.key, 1
	}
	if p.biased() {
		a.scale = 1
	}
	if p.biased() || p.Mask.Bool != nil {
		p.bias(s)
	}
}

// bias scales scores that are biased, adds mask and slopes, and hides.
func (p *Params) bias(s *scores) {
	hidden := float32(math.Inf(-1))
	for r := range s.rows {
		n := min(s.keys, p.seen(s.row+r)-s.key)
		if n <= 0 {
			continue
		}
		x := s.data[r*s.ld:][:n]
		if p.biased() {
			vec.Scale(x, p.Scale)
		}
		if p.Slopes != nil {
			slope, d := p.Slopes[s.h], s.row+r+p.Keys-p.Queries-s.key
			for j := range x {
				x[j] -= float32(slope * float32(max(d-j, j-d)))
			}
		}
		m := &p.Mask
		at := s.b*m.B + s.h*m.H + (s.row+r)*m.T + s.key*m.S
		for j := 0; j < n && m.F32 != nil; j++ {
			x[j] += m.F32[at+j*m.S]
		}
		for j := 0; j < n && m.Bool != nil; j++ {
			if m.Bool[at+j*m.S] == 0 {
				x[j] = hidden
			}
		}
	}
}
