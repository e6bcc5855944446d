// Package rnn runs recurrent cells over the steps of sequences, forward and backward. What doesn't recur is the caller's: the
// inputs' part of the gates before, and the gradients of inputs and weights after, each one product over all steps.
//
// Rows of a batch don't know each other, so a piece of the work is some rows with all their steps, and the workers meet once.
// A step multiplies the rows' states by the recurrent weight, packed once, and passes over gates and states. The product is
// summed as package gemm says; a row's bits depend on neither its batch nor the lengths of other rows.
package rnn

import (
	"slices"

	"github.com/ingot-ml/ingot/internal/kernel/gemm"
)

// Cell is the kind of a cell. With a the inputs' part of its gates, cut in vectors of Size, and u = Weight·h, cut likewise:
//
//	Tanh  h′ = tanh(a + u)
//	ReLU  h′ = max(a + u, 0)
//	LSTM  i, f, o = σ(a + u), g = tanh(a + u), in the order i f g o; c′ = f∘c + i∘g, h′ = o∘tanh(c′)
//	GRU   r, z = σ(a + u), n = tanh(a + r∘(u + Bias)), in the order r z n; h′ = (1 − z)∘n + z∘h
type Cell uint8

// The cells.
const (
	Tanh Cell = iota
	ReLU
	LSTM
	GRU
)

// Gates returns how many vectors of Size the recurrent weight gives.
func (c Cell) Gates() int { return [...]int{Tanh: 1, ReLU: 1, LSTM: 4, GRU: 3}[c] }

// Kept returns how many vectors of Size a row of Gates and GGates has: one more for the GRU, where n's part of Weight·h and
// its gradient have a place of their own.
func (c Cell) Kept() int { return [...]int{Tanh: 1, ReLU: 1, LSTM: 4, GRU: 4}[c] }

// Params is one layer in one direction.
type Params struct {
	Cell               Cell
	Steps, Batch, Size int
	Reverse            bool    // from each row's last step to its first
	Lengths            []int32 // [Batch], 1 to Steps; nil: all Steps. After its end a row's Y is 0 and its state stays

	Weight []float32 // [Gates·Size Size]
	Bias   []float32 // [Size], of the GRU
	Gates  []float32 // [Steps Batch Kept·Size]: the inputs' part, overwritten by the gates. Tanh and ReLU have it in Y
	H0, C0 []float32 // [Batch Size]; nil: zeros
	Y      []float32 // [Steps Batch Size]
	C      []float32 // [Steps Batch Size], of the LSTM
	HN, CN []float32 // [Batch Size]; CN of the LSTM

	// Backward only.
	GY       []float32 // [Steps Batch Size]
	GHN, GCN []float32 // [Batch Size]
	GGates   []float32 // [Steps Batch Kept·Size]: the gradients of the gates before their activation, 0 after a row's end
	GFirst   []float32 // [Batch Kept·Size]: those of each row's first step; nil: not wanted
	GH0, GC0 []float32 // [Batch Size]; nil: not wanted
}

func (p *Params) length(b int) int {
	if p.Lengths == nil {
		return p.Steps
	}
	return int(p.Lengths[b])
}

// time returns which step of the sequence is computed as number s.
func (p *Params) time(s int) int {
	if p.Reverse {
		return p.Steps - 1 - s
	}
	return s
}

// first says whether a row's first step to be computed is at time t.
func (p *Params) first(t, b int) bool { return p.Reverse && t == p.length(b)-1 || !p.Reverse && t == 0 }

// row returns n elements of the row in x [Steps Batch n].
func (p *Params) row(x []float32, t, b, n int) []float32 { return x[(t*p.Batch+b)*n:][:n] }

// before returns the row's state before time t: of x [Steps Batch Size], or of x0 [Batch Size].
func (p *Params) before(x, x0, zeros []float32, t, b int) []float32 {
	switch {
	case !p.first(t, b) && p.Reverse:
		return p.row(x, t+1, b, p.Size)
	case !p.first(t, b):
		return p.row(x, t-1, b, p.Size)
	case x0 == nil:
		return zeros
	}
	return p.row(x0, 0, b, p.Size)
}

const (
	mostRows = 32 // of a piece: the recurrent weight is read once for them
	fewRows  = 8  // so many aren't cut: reading the weight takes as long as computing
	line     = 16 // rows of states are a cache line more than Size apart, so that they lie on different sets
)

// cut returns in how many pieces the rows are cut.
func cut(batch int) int {
	pieces := (batch + mostRows - 1) / mostRows
	if pieces == 1 && batch > fewRows {
		return 2
	}
	if pieces > 1 && pieces%2 == 1 {
		pieces++
	}
	return pieces
}

// sorted writes the rows to order, the longest first, so that those of a piece end at about the same time and the ones still
// to be computed are the first.
func (p *Params) sorted(order []int32) []int32 {
	order = slices.Grow(order[:0], p.Batch)[:p.Batch]
	for b := range order {
		order[b] = int32(b)
	}
	if p.Lengths != nil {
		slices.SortStableFunc(order, func(a, b int32) int { return int(p.Lengths[b]) - int(p.Lengths[a]) })
	}
	return order
}

// active returns how many of the rows, the longest first, have a step at time t.
func (p *Params) active(order []int32, t int) int {
	n := len(order)
	for n > 0 && p.length(int(order[n-1])) <= t {
		n--
	}
	return n
}

// panels is a packed weight.
type panels struct {
	data    []float32
	k, n    int // the weight's rows and columns, as the right factor
	columns int // of all panels
}

func (w *panels) plan(t *gemm.Tiles, k, n int) {
	w.k, w.n = k, n
	w.columns = (n + t.Cols() - 1) / t.Cols() * t.Cols()
}

// multiply writes the product of the first rows of a, or adds it.
func (w *panels) multiply(t *gemm.Tiles, rows int, a []float32, lda int, c []float32, ldc int, add bool) {
	for k := 0; k < w.k && rows > 0; k += gemm.BlockK {
		t.Mul(&gemm.Block{
			Rows: rows, Panels: w.columns / t.Cols(), K: min(gemm.BlockK, w.k-k),
			A: a[k:], ARow: lda, AK: 1,
			B: w.data[k*t.Cols():], BK: t.Cols(), BPanel: w.k * t.Cols(),
			C: c, LDC: ldc, Add: add || k > 0,
		})
	}
}
