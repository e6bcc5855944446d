package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/norm"
	"github.com/ingot-ml/ingot/tensor"
)

type normAttrs struct{ Eps float32 }

// LayerNorm normalises each row, the last axis, then scales and shifts it. A zero gamma or beta leaves it out; beta needs
// gamma.
//
//	x̂ = (x − mean)/√(var + eps), y = gamma·x̂ + beta, with the biased variance
//	dx = (h − mean(h) − x̂·mean(h·x̂))/√(var + eps), h = g·gamma;  dgamma = Σ g·x̂, dbeta = Σ g
//
// Shapes: x [… C], gamma [C], beta [C] → [… C]. Saved: x, each row's mean and 1/√(var + eps).
// Source: Ba, Kiros & Hinton 2016, arXiv:1607.06450.
func LayerNorm(x, gamma, beta grad.Value, eps float64) grad.Value {
	return layerNorm.Apply(normAttrs{float32(eps)}, x, gamma, beta)
}

var layerNorm = grad.Def[normAttrs]{
	Name: "layer_norm", Args: "x gamma beta",
	Infer: func(_ *normAttrs, c *grad.Call) {
		wantF32(c, 0, 3)
		x := c.In(0)
		if x.Rank() == 0 {
			c.Fail("x [… C] wanted")
		}
		wantChannels(c, 1, 2, x.Dim(-1))
		rows, _ := rowsAndCols(x)
		c.OutputLike(x)
		c.Save(tensor.F32, rows)
		c.Save(tensor.F32, rows)
	},
	Forward: func(a *normAttrs, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		norm.LayerNorm(out(c, 0), saved(c, 0), saved(c, 1), in(c, 0), optional(c, 1), optional(c, 2), rows, cols, a.Eps)
	},
	Backward: func(_ *normAttrs, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		x, g, mean, rstd := in(c, 0), gradOut(c, 0), saved(c, 0), saved(c, 1)
		if c.Needs(0) {
			gx, add := gradIn(c, 0)
			norm.LayerNormGrad(gx, g, x, mean, rstd, optional(c, 1), rows, cols, add)
		}
		if c.Needs(1) {
			gg, add := gradIn(c, 1)
			norm.LayerNormParamGrad(gg, nil, g, x, mean, rstd, rows, cols, add, false)
		}
		if c.Needs(2) {
			gb, add := gradIn(c, 2)
			norm.LayerNormParamGrad(nil, gb, g, x, mean, rstd, rows, cols, false, add)
		}
	},
}

// wantChannels refuses operands from the first, n of them, that aren't [C], and a beta, the second, without a gamma.
func wantChannels(c *grad.Call, first, n, channels int) {
	for i := first; i < first+n; i++ {
		if !c.Has(i) {
			continue
		}
		if t := c.In(i); t.Rank() != 1 || t.Dim(0) != channels {
			c.Fail("operand %d has shape %v, [%d] wanted", i, t.Shape(), channels)
		}
	}
	if c.Has(first+1) && !c.Has(first) {
		c.Fail("beta without gamma")
	}
}
