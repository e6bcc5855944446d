package op

import (
	"sync/atomic"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/gemm"
	"github.com/ingot-ml/ingot/tensor"
)

// matmulAttrs say which operands are transposed in their last two dimensions.
type matmulAttrs struct{ TransA, TransB bool }

// MatMul computes the matrix products a·b of the last two dimensions.
//
//	y[…, i, j] = Σₖ a[…, i, k]·b[…, k, j]
//	da = g·bᵀ, db = aᵀ·g, summed over the repeats of what was broadcast
//
// Shapes: [… M K], [… K N] → [… M N]; the leading dimensions broadcast by NumPy's rule. Saved: a, b. MatMulNT, MatMulTN and
// MatMulTT take b, a or both transposed, without a copy.
func MatMul(a, b grad.Value) grad.Value { return matmul.Apply(matmulAttrs{}, a, b) }

// MatMulNT computes a·bᵀ: [… M K], [… N K] → [… M N].
func MatMulNT(a, b grad.Value) grad.Value { return matmul.Apply(matmulAttrs{TransB: true}, a, b) }

// MatMulTN computes aᵀ·b: [… K M], [… K N] → [… M N].
func MatMulTN(a, b grad.Value) grad.Value { return matmul.Apply(matmulAttrs{TransA: true}, a, b) }

// MatMulTT computes aᵀ·bᵀ: [… K M], [… N K] → [… M N].
func MatMulTT(a, b grad.Value) grad.Value { return matmul.Apply(matmulAttrs{true, true}, a, b) }

var matmul = grad.Def[matmulAttrs]{
	Name: "matmul", Args: "a b",
	Infer:   inferMatmul,
	Forward: func(t *matmulAttrs, c *grad.Call) { multiply(c.Out(0), c.In(0), c.In(1), *t, false, nil) },
	Backward: func(t *matmulAttrs, c *grad.Call) {
		a, b, g := c.In(0), c.In(1), c.GradOut(0)
		if c.Needs(0) {
			if t.TransA {
				giveProduct(c, 0, b, g, matmulAttrs{t.TransB, true})
			} else {
				giveProduct(c, 0, g, b, matmulAttrs{false, !t.TransB})
			}
		}
		if !c.Needs(1) {
			return
		}
		if !t.TransA && batchOf(&b) == 1 { // the batch is part of the sum over rows
			a, g = rowsOf(a), rowsOf(g)
		}
		if t.TransB {
			giveProduct(c, 1, g, a, matmulAttrs{true, t.TransA})
		} else {
			giveProduct(c, 1, a, g, matmulAttrs{!t.TransA, false})
		}
	},
}

func inferMatmul(t *matmulAttrs, c *grad.Call) {
	wantF32(c, 0, 2)
	a, b := c.In(0), c.In(1)
	if a.Rank() < 2 || b.Rank() < 2 {
		c.Fail("at least two dimensions wanted")
	}
	m, ka := matrixOf(&a, t.TransA)
	kb, n := matrixOf(&b, t.TransB)
	if ka != kb {
		c.Fail("the inner dimensions differ: %d and %d", ka, kb)
	}
	var shape [tensor.MaxRank]int
	k := broadcastShape(c, &shape, a.Dims()[:a.Rank()-2], b.Dims()[:b.Rank()-2])
	shape[k], shape[k+1] = m, n
	c.Output(tensor.F32, shape[:k+2]...)
}

// matrixOf returns the rows and columns of the last two dimensions, transposed or not.
func matrixOf(x *tensor.Tensor, trans bool) (rows, cols int) {
	d := x.Dims()
	rows, cols = d[len(d)-2], d[len(d)-1]
	if trans {
		return cols, rows
	}
	return rows, cols
}

// batchOf returns the number of matrices.
func batchOf(x *tensor.Tensor) int {
	n := 1
	for _, d := range x.Dims()[:x.Rank()-2] {
		n *= d
	}
	return n
}

// rowsOf sees the matrices as one, under each other.
func rowsOf(x tensor.Tensor) tensor.Tensor {
	rows, cols := matrixOf(&x, false)
	r, _ := x.Reshape(batchOf(&x)*rows, cols)
	return r
}

// multiply computes dst = a·b, or adds it to dst, whose leading dimensions are those of a and b broadcast.
func multiply(dst, a, b tensor.Tensor, t matmulAttrs, add bool, bad *atomic.Bool) {
	if !t.TransA && batchOf(&b) == 1 && batchOf(&a) == batchOf(&dst) {
		a, dst = rowsOf(a), rowsOf(dst)
	}
	if dst.Numel() == 0 {
		return
	}
	m, n := matrixOf(&dst, false)
	_, k := matrixOf(&a, t.TransA)
	strideA, strideB := k, n
	if t.TransA {
		strideA = m
	}
	if t.TransB {
		strideB = k
	}
	p := gemm.Params{M: m, N: n, K: k, LDC: n, Accumulate: add, NonFinite: bad}
	x, y, z := f32(a), f32(b), f32(dst)
	var g grid
	var sa, sb [tensor.MaxRank]int
	dims := dst.Dims()[:dst.Rank()-2]
	batchStrides(&sa, dims, a.Dims(), m*k)
	batchStrides(&sb, dims, b.Dims(), k*n)
	g.plan(dims, sa[:len(dims)], sb[:len(dims)])
	for row := range g.rows {
		oa, ob := 0, 0
		for i, r := 1, row; i < g.rank; i++ {
			oa, ob, r = oa+r%g.n[i]*g.strideA[i], ob+r%g.n[i]*g.strideB[i], r/g.n[i]
		}
		p.A, p.B = gemm.Matrix{Data: x[oa:], Stride: strideA, Trans: t.TransA}, gemm.Matrix{Data: y[ob:], Stride: strideB, Trans: t.TransB}
		p.C = z[row*g.n[0]*m*n:]
		gemm.Batched(&p, g.n[0], g.strideA[0], g.strideB[0], m*n)
	}
}

// batchStrides gives the elements from one matrix of x to the next along each of the leading dimensions dims: 0 where
// x is repeated.
func batchStrides(s *[tensor.MaxRank]int, dims, x []int, size int) {
	x = x[:len(x)-2]
	for i := 1; i <= len(x); i++ {
		if d := x[len(x)-i]; d != 1 {
			s[len(dims)-i] = size
			size *= d
		}
	}
}

// giveProduct gives operand i the gradient a·b, summed over what was broadcast.
func giveProduct(c *grad.Call, i int, a, b tensor.Tensor, t matmulAttrs) {
	x := c.In(i)
	rows, _ := matrixOf(&a, t.TransA)
	_, cols := matrixOf(&b, t.TransB)
	if n := max(batchOf(&a), batchOf(&b)); n == batchOf(&x) {
		bad := c.NonFinite(i)
		gx, add := c.GradIn(i)
		multiply(gx, a, b, t, add, bad)
		return
	}
	var shape [tensor.MaxRank]int
	n := broadcastShape(c, &shape, a.Dims()[:a.Rank()-2], b.Dims()[:b.Rank()-2])
	shape[n], shape[n+1] = rows, cols
	g := c.Scratch(tensor.F32, shape[:n+2]...)
	multiply(g, a, b, t, false, nil)
	giveSum(c, i, g)
}

func init() {
	matmul.VJP = func(t *matmulAttrs, v *grad.VJP) {
		a, b, g := v.In(0), v.In(1), v.GradOut(0)
		if v.Needs(0) {
			if t.TransA {
				v.SetGradIn(0, unbroadcast(matmul.Apply(matmulAttrs{t.TransB, true}, b, g), a))
			} else {
				v.SetGradIn(0, unbroadcast(matmul.Apply(matmulAttrs{false, !t.TransB}, g, b), a))
			}
		}
		if v.Needs(1) {
			if t.TransB {
				v.SetGradIn(1, unbroadcast(matmul.Apply(matmulAttrs{true, t.TransA}, g, a), b))
			} else {
				v.SetGradIn(1, unbroadcast(matmul.Apply(matmulAttrs{!t.TransA, false}, a, g), b))
			}
		}
	}
}
