package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
)

// Prod multiplies the elements along the axes, which go; no axes: all of them.
//
//	dxᵢ = g·Π of the others, also where some are 0
//
// Shapes: x, axes → x without the axes. Saved: x. The product of nothing is 1. Products are formed in float64. ProdKeep leaves 1
// in place of each axis.
func Prod(x grad.Value, axes ...int) grad.Value {
	return overRun(x, reduceAttrs{Axes: axesOf(x, axes)}, &prod)
}

// ProdKeep is Prod with the axes left as dimensions of size 1.
func ProdKeep(x grad.Value, axes ...int) grad.Value {
	return overRun(x, reduceAttrs{axesOf(x, axes), true}, &prod)
}

// prod reduces one run of neighbouring axes.
var prod = grad.Def[reduceAttrs]{
	Name: "prod", Args: "x",
	Infer: inferReduce,
	Forward: func(a *reduceAttrs, c *grad.Call) {
		outer, n, inner := runOf(c.In(0), a.Axes)
		reduce.ProdAxis(out(c, 0), in(c, 0), outer, n, inner)
	},
	Backward: func(a *reduceAttrs, c *grad.Call) {
		outer, n, inner := runOf(c.In(0), a.Axes)
		g := gradOut(c, 0)
		gx, add := gradIn(c, 0)
		reduce.ProdAxisGrad(gx, g, in(c, 0), outer, n, inner, add)
	},
}

// The others' product is a row's of x repeated n times, with 1 on the diagonal: n times the work, but right where elements are 0.
func init() {
	prod.VJP = func(a *reduceAttrs, v *grad.VJP) {
		x := v.In(0)
		dims := x.Shape()
		n := reducedNumel(dims, a.Axes)
		outer, inner := 1, 1
		for i, d := range dims {
			switch {
			case a.Axes>>i == 0:
				inner *= d
			case a.Axes&(1<<i) == 0:
				outer *= d
			}
		}
		one := Tril(Triu(x.Step().Full(1, n, n), 0), 0)
		diagonal := Reshape(one, 1, n, n, 1)
		rows := Expand(Reshape(x, outer, 1, n, inner), outer, n, n, inner)
		rows = Add(Mul(rows, Sub(x.Scalar(1), diagonal)), diagonal)
		others := Reshape(prod.Apply(reduceAttrs{Axes: 1 << 2}, rows), dims...)
		v.SetGradIn(0, Mul(others, repeat(v.GradOut(0), x, a.Axes)))
	}
}
