package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/norm"
	"github.com/ingot-ml/ingot/tensor"
)

// RMSNorm divides each row, the last axis, by the root of its mean square, then scales it. A zero gamma leaves that out.
//
//	x̂ = x/√(mean(x²) + eps), y = gamma·x̂
//	dx = (h − x̂·mean(h·x̂))/√(mean(x²) + eps), h = g·gamma;  dgamma = Σ g·x̂
//
// Shapes: x [… C], gamma [C] → [… C]. Saved: x, each row's 1/√(mean(x²) + eps).
// Source: Zhang & Sennrich 2019, arXiv:1910.07467, with eps under the root, as PyTorch.
func RMSNorm(x, gamma grad.Value, eps float64) grad.Value {
	return rmsNorm.Apply(normAttrs{float32(eps)}, x, gamma)
}

var rmsNorm = grad.Def[normAttrs]{
	Name: "rms_norm", Args: "x gamma",
	Infer: func(_ *normAttrs, c *grad.Call) {
		wantF32(c, 0, 2)
		x := c.In(0)
		if x.Rank() == 0 {
			c.Fail("x [… C] wanted")
		}
		wantChannels(c, 1, 1, x.Dim(-1))
		rows, _ := rowsAndCols(x)
		c.OutputLike(x)
		c.Save(tensor.F32, rows)
	},
	Forward: func(a *normAttrs, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		norm.RMSNorm(out(c, 0), saved(c, 0), in(c, 0), optional(c, 1), rows, cols, a.Eps)
	},
	Backward: func(_ *normAttrs, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		norm.RMSNormGrad(normGrads(c, 1), gradOut(c, 0), in(c, 0), saved(c, 0), optional(c, 1), rows, cols)
	},
	VJP: func(a *normAttrs, v *grad.VJP) { normVJP(v, -1, false, a.Eps) },
}
