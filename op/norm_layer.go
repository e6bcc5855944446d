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
		norm.LayerNormGrad(normGrads(c, 2), gradOut(c, 0), in(c, 0), saved(c, 0), saved(c, 1), optional(c, 1), rows, cols)
	},
	VJP: func(a *normAttrs, v *grad.VJP) { normVJP(v, -1, true, a.Eps) },
}

// normGrads returns where the gradients of operand 0 and of n more, gamma and beta, go. The kernel is done with each before the
// next, so that one value may be several.
func normGrads(c *grad.Call, n int) (to norm.Grads) {
	if c.Needs(0) {
		to.X, to.AccX = gradIn(c, 0)
	}
	if c.Needs(1) {
		to.Gamma, to.AccGamma = gradIn(c, 1)
	}
	if n == 2 && c.Needs(2) {
		to.Beta, to.AccBeta = gradIn(c, 2)
	}
	return to
}

// normVJP is the backward, in ops, of normalising operand 0 along the axis, about its mean if centred, and of scaling and
// shifting it by operands 1 and 2.
func normVJP(v *grad.VJP, axis int, centred bool, eps float32) {
	x, g := v.In(0), v.GradOut(0)
	d := x
	if centred {
		d = Sub(x, MeanKeep(x, axis))
	}
	rstd := Div(x.Scalar(1), Sqrt(Add(MeanKeep(Mul(d, d), axis), x.Scalar(float64(eps)))))
	hat := Mul(d, rstd)
	if v.Needs(1) {
		v.SetGradIn(1, unbroadcast(Mul(g, hat), v.In(1)))
	}
	if v.Needs(2) {
		v.SetGradIn(2, unbroadcast(g, v.In(2)))
	}
	if !v.Needs(0) {
		return
	}
	h := g
	if v.Has(1) {
		h = Mul(g, v.In(1))
	}
	gx := Sub(h, Mul(hat, MeanKeep(Mul(h, hat), axis)))
	if centred {
		gx = Sub(gx, MeanKeep(h, axis))
	}
	v.SetGradIn(0, Mul(rstd, gx))
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
