package optim

import (
	"math"

	"github.com/ingot-ml/ingot/internal/kernel/gemm"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// orthogonal brings the singular values of x [r c] near 1 by the Newton–Schulz iteration, in the form that [Muon] tells. All that
// is made of A are polynomials of it: they are symmetric, and the order of their products is free.
func (o *muonMatrices) orthogonal(x []float32, r, c int) []float32 {
	const eps = 1e-7 // the reference's
	vec.Scale(x, float32(1/max(math.Sqrt(reduce.SumSquares(x)), eps)))
	n, y := min(r, c), o.y[:len(x)]
	a, q, all, spare := o.square[0][:n*n], o.square[1][:n*n], o.square[2][:n*n], o.square[3][:n*n]
	o.symmetric(n, max(r, c), gemm.Matrix{Data: x, Stride: c, Trans: r > c}, gemm.Matrix{Data: x, Stride: c, Trans: r <= c}, a)
	square := func(d []float32) gemm.Matrix { return gemm.Matrix{Data: d, Stride: n} }
	for k := range nsSteps {
		o.symmetric(n, n, square(a), square(a), q)
		vec.Scale(q, nsC)
		vec.Axpy(q, nsB, a)
		for i := range n {
			q[i*n+i] += nsA
		}
		if k < nsSteps-1 {
			o.symmetric(n, n, square(q), square(a), spare)
			o.symmetric(n, n, square(q), square(spare), a)
		}
		if k == 0 {
			q, all = all, q
			continue
		}
		o.symmetric(n, n, square(q), square(all), spare)
		all, spare = spare, all
	}
	if r > c {
		o.mul(r, c, n, gemm.Matrix{Data: x, Stride: c}, square(all), y, c)
	} else {
		o.mul(r, c, n, square(all), gemm.Matrix{Data: x, Stride: c}, y, c)
	}
	return y
}

// mul is c = a·b.
func (o *muonMatrices) mul(m, n, k int, a, b gemm.Matrix, c []float32, stride int) {
	o.product = gemm.Params{M: m, N: n, K: k, A: a, B: b, C: c, LDC: stride}
	gemm.Mul(&o.product)
}

// band is how many columns of a symmetric product are computed at a time, from the diagonal down.
const band = 64

// symmetric is c = a·b [n n], which is known to be symmetric: its lower half is computed and mirrored.
func (o *muonMatrices) symmetric(n, k int, a, b gemm.Matrix, c []float32) {
	for j := 0; j < n; j += band {
		below, right := a, b
		below.Data, right.Data = a.Data[j*step(!a.Trans, a.Stride):], b.Data[j*step(b.Trans, b.Stride):]
		o.mul(n-j, min(band, n-j), k, below, right, c[j*n+j:], n)
	}
	o.mirrored = mirror{c, n}
	parallel.For((n+mirrorTile-1)/mirrorTile, &o.mirrored)
}

// step is how far the next row, or column, of a matrix is.
func step(strided bool, stride int) int {
	if strided {
		return stride
	}
	return 1
}

// mirror copies a matrix's lower half to the upper.
type mirror struct {
	c []float32
	n int
}

const mirrorTile = 32

// Run does rows i·mirrorTile … of the upper half.
func (m *mirror) Run(i int) {
	top, bottom := i*mirrorTile, min((i+1)*mirrorTile, m.n)
	for left := top; left < m.n; left += mirrorTile {
		for row := top; row < bottom; row++ {
			to := m.c[row*m.n:][:m.n]
			for col := max(left, row+1); col < min(left+mirrorTile, m.n); col++ {
				to[col] = m.c[col*m.n+row]
			}
		}
	}
}
