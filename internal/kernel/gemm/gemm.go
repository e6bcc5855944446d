// Package gemm multiplies float32 matrices.
//
// The order of sums is part of the contract. For one element of C, k is summed by fused multiply-adds in blocks of
// [BlockK] that start at multiples of BlockK, each from zero; a sum of −0 counts as +0. To the first block's sum C is
// added (with Accumulate), then the bias; then the other blocks' sums follow in order, and the activation comes last.
// No shape, layout, tile, worker count or vector width changes that, so that a row's result doesn't depend on its batch,
// and zeros appended to k change nothing.
//
// The method is Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication", ACM TOMS 34(3), in the form
// of Van Zee & van de Geijn 2015, "BLIS", ACM TOMS 41(3): a register tile in assembly, panels packed for it, blocks that
// stay in their cache level.
package gemm

import (
	"fmt"
	"sync/atomic"

	"github.com/ingot-ml/ingot/internal/kernel/vec"
)

// BlockK is how many products are summed before the sum is added to C. It is part of the results' bits.
const BlockK = 512

// Activation is applied to the finished sums.
type Activation uint8

// The activations that are fused.
const (
	None Activation = iota
	ReLU
	Sigmoid
	Tanh
)

// Matrix is a view of a matrix: element (i, j) is Data[i*Stride+j], or Data[j*Stride+i] when Trans.
type Matrix struct {
	Data   []float32
	Stride int
	Trans  bool
}

// Params is one product: C [M N] = act(A [M K] · B [K N] + bias), or C += A · B.
type Params struct {
	M, N, K    int
	A, B       Matrix
	Packed     *PackedB // instead of B
	C          []float32
	LDC        int          // from one row of C to the next
	Accumulate bool         // add to C
	Bias       []float32    // of length N, or nil
	Act        Activation   // after the bias
	NonFinite  *atomic.Bool // set where a written element is NaN or Inf; nil: not looked at
}

// Mul computes the product.
func Mul(p *Params) {
	if p.M == 0 || p.N == 0 {
		return
	}
	p.check()
	t := tasks.Get()
	t.plan(p)
	t.run()
	*t = task{packed: t.packed}
	tasks.Put(t)
}

// Batched computes n products of one shape; the strides, in elements, lead from one's A, B and C to the next's.
func Batched(p *Params, n, strideA, strideB, strideC int) {
	if p.M == 0 || p.N == 0 || n == 0 {
		return
	}
	t := batches.Get()
	t.p, t.strideA, t.strideB, t.strideC = *p, strideA, strideB, strideC
	t.run(n)
	*t = batch{}
	batches.Put(t)
}

// check panics where a slice is too short: callers have checked their users' shapes, so that this is a bug of ours.
func (p *Params) check() {
	rows, cols := p.M, p.K
	if p.A.Trans {
		rows, cols = cols, rows
	}
	short := rows > 0 && cols > 0 && len(p.A.Data) < (rows-1)*p.A.Stride+cols
	if p.Packed == nil {
		rows, cols = p.K, p.N
		if p.B.Trans {
			rows, cols = cols, rows
		}
		short = short || rows > 0 && cols > 0 && len(p.B.Data) < (rows-1)*p.B.Stride+cols
	} else {
		short = short || p.Packed.k != p.K || p.Packed.n != p.N
	}
	if short || len(p.C) < (p.M-1)*p.LDC+p.N || p.Bias != nil && len(p.Bias) < p.N {
		panic(fmt.Sprintf("gemm: a slice is too short for M %d N %d K %d: A %d (stride %d) B %d (stride %d) C %d (stride %d) bias %d",
			p.M, p.N, p.K, len(p.A.Data), p.A.Stride, len(p.B.Data), p.B.Stride, len(p.C), p.LDC, len(p.Bias)))
	}
}

// activate applies what the tile doesn't: everything but None and ReLU.
func activate(a Activation, row []float32) {
	switch a {
	case Sigmoid:
		vec.Sigmoid(row, row)
	case Tanh:
		vec.Tanh(row, row)
	}
}
