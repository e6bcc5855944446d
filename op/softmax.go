package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/softmax"
	"github.com/ingot-ml/ingot/tensor"
)

// alongAxis applies an op that works along the last axis along another.
func alongAxis(x grad.Value, axis int, rows *grad.Def[grad.None]) grad.Value {
	n := x.Rank()
	a := axis
	if a < 0 {
		a += n
	}
	if a < 0 || a >= n {
		panic(tensor.Errorf("axis %d is outside a value of shape %v", axis, x.Shape()))
	}
	if a == n-1 {
		return rows.Apply(grad.None{}, x)
	}
	swap := dimsAttrs{Rank: int32(n)}
	for i := range n {
		swap.Dims[i] = int32(i)
	}
	swap.Dims[a], swap.Dims[n-1] = int32(n-1), int32(a)
	return permute.Apply(swap, rows.Apply(grad.None{}, permute.Apply(swap, x)))
}

// rowsAndCols cuts an operand along its last axis.
func rowsAndCols(x tensor.Tensor) (rows, cols int) {
	rows, cols = 1, x.Dim(-1)
	for _, d := range x.Dims()[:x.Rank()-1] {
		rows *= d
	}
	return rows, cols
}

// Softmax computes exp(x) / Σ exp(x) along the axis, without overflow.
//
//	dx = y·(g − Σ g·y)
//
// Shapes: any with the axis → same. Saved: y.
func Softmax(x grad.Value, axis int) grad.Value { return alongAxis(x, axis, &softmaxRows) }

var softmaxRows = grad.Def[grad.None]{
	Name: "softmax", Args: "x",
	Infer: inferSame,
	Forward: func(_ *grad.None, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		softmax.Softmax(out(c, 0), in(c, 0), rows, cols)
	},
	Backward: func(_ *grad.None, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		g := gradOut(c, 0)
		gx, add := gradIn(c, 0)
		softmax.SoftmaxGrad(gx, g, out(c, 0), rows, cols, add)
	},
	VJP: func(_ *grad.None, v *grad.VJP) {
		g, y := v.GradOut(0), v.Out(0)
		v.SetGradIn(0, Mul(y, Sub(g, SumKeep(Mul(g, y), -1))))
	},
}

// LogSoftmax computes x − ln Σ exp(x) along the axis, without overflow.
//
//	dx = g − exp(y)·Σ g
//
// Shapes: any with the axis → same. Saved: y.
func LogSoftmax(x grad.Value, axis int) grad.Value { return alongAxis(x, axis, &logSoftmaxRows) }

var logSoftmaxRows = grad.Def[grad.None]{
	Name: "log_softmax", Args: "x",
	Infer: inferSame,
	Forward: func(_ *grad.None, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		softmax.LogSoftmax(out(c, 0), in(c, 0), rows, cols)
	},
	Backward: func(_ *grad.None, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		g := gradOut(c, 0)
		gx, add := gradIn(c, 0)
		softmax.LogSoftmaxGrad(gx, g, out(c, 0), rows, cols, add)
	},
	VJP: func(_ *grad.None, v *grad.VJP) {
		g, y := v.GradOut(0), v.Out(0)
		v.SetGradIn(0, Sub(g, Mul(Exp(y), SumKeep(g, -1))))
	},
}
