package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/softmax"
)

// LogSumExp is ln Σ eˣ along the axes, which go, without overflow; no axes: of all elements.
//
//	dx = g·exp(x − y), which is g times the softmax
//
// Shapes: x, axes → x without the axes. Saved: x, y. Of nothing, and of −Inf only, it is −Inf, with gradient 0. LogSumExpKeep
// leaves 1 in place of each axis.
func LogSumExp(x grad.Value, axes ...int) grad.Value {
	return overLast(x, reduceAttrs{Axes: axesOf(x, axes)}, &logSumExp)
}

// LogSumExpKeep is LogSumExp with the axes left as dimensions of size 1.
func LogSumExpKeep(x grad.Value, axes ...int) grad.Value {
	return overLast(x, reduceAttrs{axesOf(x, axes), true}, &logSumExp)
}

// logSumExp reduces the last axes.
var logSumExp = grad.Def[reduceAttrs]{
	Name: "log_sum_exp", Args: "x",
	Infer: inferReduce,
	Forward: func(a *reduceAttrs, c *grad.Call) {
		rows, cols, _ := runOf(c.In(0), a.Axes)
		softmax.LogSumExp(out(c, 0), in(c, 0), rows, cols)
	},
	Backward: func(a *reduceAttrs, c *grad.Call) {
		rows, cols, _ := runOf(c.In(0), a.Axes)
		g := gradOut(c, 0)
		gx, add := gradIn(c, 0)
		softmax.LogSumExpGrad(gx, g, in(c, 0), out(c, 0), rows, cols, add)
	},
	VJP: func(a *reduceAttrs, v *grad.VJP) {
		x, y := v.In(0), v.Out(0)
		y = Maximum(y, y.Scalar(-math.MaxFloat32)) // −Inf − −Inf is no number
		p := Exp(Sub(x, repeat(y, x, a.Axes)))
		v.SetGradIn(0, Mul(repeat(v.GradOut(0), x, a.Axes), p))
	},
}
