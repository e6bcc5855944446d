package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
)

// cumSumAttrs are the axis and the direction: Back adds up from the end.
type cumSumAttrs struct {
	Axis int32
	Back bool
}

// CumSum adds up the elements along the axis as far as each, itself included.
//
//	y[…, k, …] = Σ x[…, j, …] over j ≤ k
//	dx[…, j, …] = Σ g[…, k, …] over k ≥ j
//
// Shapes: any with the axis → same. Saved: nothing. Sums are formed in float64.
func CumSum(x grad.Value, axis int) grad.Value {
	return cumSum.Apply(cumSumAttrs{Axis: int32(axisOf("CumSum", x, axis))}, x)
}

var cumSum = grad.Def[cumSumAttrs]{
	Name: "cum_sum", Args: "x",
	Infer: func(_ *cumSumAttrs, c *grad.Call) { inferSame(nil, c) },
	Forward: func(a *cumSumAttrs, c *grad.Call) {
		outer, n, inner := runOf(c.In(0), 1<<a.Axis)
		reduce.CumSum(out(c, 0), in(c, 0), outer, n, inner, a.Back, false)
	},
	Backward: func(a *cumSumAttrs, c *grad.Call) {
		outer, n, inner := runOf(c.In(0), 1<<a.Axis)
		g := gradOut(c, 0)
		gx, add := gradIn(c, 0)
		reduce.CumSum(gx, g, outer, n, inner, !a.Back, add)
	},
}

func init() {
	cumSum.VJP = func(a *cumSumAttrs, v *grad.VJP) {
		v.SetGradIn(0, cumSum.Apply(cumSumAttrs{a.Axis, !a.Back}, v.GradOut(0)))
	}
}
