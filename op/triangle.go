package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// triangleAttrs are a diagonal: 0 is the main one, those above are positive.
type triangleAttrs struct{ Diagonal int32 }

// Tril keeps the elements of the last two axes on and below a diagonal, the main one or one that is so many columns to its
// right, and makes the others 0.
//
//	y[…, i, j] = x[…, i, j] where j − i ≤ diagonal, 0 elsewhere
//	dx = g there, 0 elsewhere
//
// Shapes: [… M N] → same. Saved: nothing.
func Tril(x grad.Value, diagonal int) grad.Value { return tril.Apply(diagonalOf(diagonal), x) }

// Triu is Tril of the other side: it keeps the elements on and above the diagonal, where j − i ≥ diagonal.
func Triu(x grad.Value, diagonal int) grad.Value { return triu.Apply(diagonalOf(diagonal), x) }

// diagonalOf brings a diagonal into the attribute's range: those beyond the matrix are all alike.
func diagonalOf(d int) triangleAttrs {
	return triangleAttrs{int32(max(-math.MaxInt32, min(d, math.MaxInt32)))}
}

var tril, triu = triangleDef("tril", false), triangleDef("triu", true)

func triangleDef(name string, upper bool) grad.Def[triangleAttrs] {
	return grad.Def[triangleAttrs]{
		Name: name, Args: "x",
		Infer: func(_ *triangleAttrs, c *grad.Call) {
			if x := c.In(0); x.Rank() < 2 {
				c.Fail("at least two dimensions wanted")
			}
			inferSame(nil, c)
		},
		Forward: func(a *triangleAttrs, c *grad.Call) { keepSide(out(c, 0), c.In(0), int(a.Diagonal), upper, false) },
		Backward: func(a *triangleAttrs, c *grad.Call) {
			g := c.GradOut(0)
			gx, add := gradIn(c, 0)
			keepSide(gx, g, int(a.Diagonal), upper, add)
		},
	}
}

// keepSide computes dst = x on one side of the diagonal and 0 on the other, or adds that to dst.
func keepSide(dst []float32, x tensor.Tensor, diagonal int, upper, add bool) {
	src := f32(x)
	rows, cols := matrixOf(&x, false)
	for r := range batchOf(&x) * rows {
		at := r%rows + diagonal
		lo, hi := 0, max(0, min(at+1, cols))
		if upper {
			lo, hi = max(0, min(at, cols)), cols
		}
		row := dst[r*cols : (r+1)*cols]
		if add {
			for i := lo; i < hi; i++ {
				row[i] += src[r*cols+i]
			}
			continue
		}
		clear(row[:lo])
		copy(row[lo:hi], src[r*cols+lo:])
		clear(row[hi:])
	}
}

// The gradient is the same side of g, and so is that gradient's.
func init() {
	tril.VJP = func(a *triangleAttrs, v *grad.VJP) { v.SetGradIn(0, tril.Apply(*a, v.GradOut(0))) }
	triu.VJP = func(a *triangleAttrs, v *grad.VJP) { v.SetGradIn(0, triu.Apply(*a, v.GradOut(0))) }
}
