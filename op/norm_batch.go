package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/norm"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// BatchNorm normalises each column by the batch's own mean and variance, then scales and shifts it: the form for training.
// A zero gamma or beta leaves it out; beta needs gamma.
//
//	x̂ = (x − mean)/√(var + eps), y = gamma·x̂ + beta, with the biased variance
//	dx = gamma·(g − mean(g) − x̂·mean(g·x̂))/√(var + eps);  dgamma = Σ g·x̂, dbeta = Σ g
//
// It also gives the mean and the unbiased variance, which running averages take (Step.Lerp); they carry no gradient.
//
// Shapes: x [N C] with N ≥ 2, gamma [C], beta [C] → [N C], [C], [C]. Saved: x, mean, 1/√(var + eps).
// Source: Ioffe & Szegedy 2015, arXiv:1502.03167.
func BatchNorm(x, gamma, beta grad.Value, eps float64) (y, mean, variance grad.Value) {
	var r [3]grad.Value
	batchNorm.ApplyTo(r[:], normAttrs{float32(eps)}, x, gamma, beta)
	return r[0], Detach(r[1]), Detach(r[2])
}

var batchNorm = grad.Def[normAttrs]{
	Name: "batch_norm", Args: "x gamma beta",
	Infer: func(_ *normAttrs, c *grad.Call) {
		wantF32(c, 0, 3)
		x := c.In(0)
		if x.Rank() != 2 || x.Dim(0) < 2 {
			c.Fail("x [N C] of at least two rows wanted: the variance of fewer isn't defined")
		}
		wantChannels(c, 1, 2, x.Dim(1))
		c.OutputLike(x)
		c.Output(tensor.F32, x.Dim(1))
		c.Output(tensor.F32, x.Dim(1))
		c.Save(tensor.F32, x.Dim(1))
	},
	Forward: func(a *normAttrs, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		x, mean, variance, rstd := in(c, 0), out(c, 1), out(c, 2), saved(c, 0)
		norm.BatchStats(mean, variance, x, rows, cols)
		norm.InvStd(rstd, variance, a.Eps)
		norm.BatchNorm(out(c, 0), x, mean, rstd, optional(c, 1), optional(c, 2), rows, cols)
		vec.Scale(variance, float32(float64(rows)/float64(rows-1)))
	},
	Backward: func(_ *normAttrs, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		gg, gb := batchParamGrads(c, out(c, 1), saved(c, 0), rows, cols)
		if c.Needs(0) {
			g := gradOut(c, 0)
			gx, add := gradIn(c, 0)
			norm.BatchNormGrad(gx, g, in(c, 0), out(c, 1), saved(c, 0), optional(c, 1), gg, gb, rows, cols, add)
		}
	},
	VJP: func(a *normAttrs, v *grad.VJP) { normVJP(v, 0, true, a.Eps) },
}

// batchParamGrads computes the gradients of gamma and beta, and gives those that are wanted.
func batchParamGrads(c *grad.Call, mean, rstd []float32, rows, cols int) (gg, gb []float32) {
	gg, gb = scratch(c, cols), scratch(c, cols)
	norm.BatchNormParamGrad(gg, gb, gradOut(c, 0), in(c, 0), mean, rstd, rows, cols)
	pass(c, 1, gg)
	pass(c, 2, gb)
	return gg, gb
}

// BatchNormInfer is BatchNorm with given statistics: the form for inference.
//
//	y = gamma·(x − mean)/√(variance + eps) + beta
//	dx = g·gamma/√(variance + eps);  dgamma = Σ g·x̂, dbeta = Σ g
//
// Shapes: x [N C], gamma [C], beta [C], mean [C], variance [C] → [N C]. Saved: x, mean, 1/√(variance + eps). The statistics
// have no gradient.
func BatchNormInfer(x, gamma, beta, mean, variance grad.Value, eps float64) grad.Value {
	return batchNormInfer.Apply(normAttrs{float32(eps)}, x, gamma, beta, mean, variance)
}

var batchNormInfer = grad.Def[normAttrs]{
	Name: "batch_norm_infer", Args: "x gamma beta mean variance",
	Infer: func(_ *normAttrs, c *grad.Call) {
		wantF32(c, 0, 5)
		x := c.In(0)
		if x.Rank() != 2 {
			c.Fail("x [N C] wanted")
		}
		wantChannels(c, 1, 2, x.Dim(1))
		wantChannels(c, 3, 2, x.Dim(1))
		c.OutputLike(x)
		c.Save(tensor.F32, x.Dim(1))
	},
	Forward: func(a *normAttrs, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		norm.InvStd(saved(c, 0), in(c, 4), a.Eps)
		norm.BatchNorm(out(c, 0), in(c, 0), in(c, 3), saved(c, 0), optional(c, 1), optional(c, 2), rows, cols)
	},
	Backward: func(_ *normAttrs, c *grad.Call) {
		refuseGrad(c, 3, "the mean")
		refuseGrad(c, 4, "the variance")
		rows, cols := rowsAndCols(c.In(0))
		if c.Needs(1) || c.Needs(2) {
			batchParamGrads(c, in(c, 3), saved(c, 0), rows, cols)
		}
		if c.Needs(0) {
			zero := scratch(c, cols)
			clear(zero)
			g := gradOut(c, 0)
			gx, add := gradIn(c, 0)
			norm.BatchNormGrad(gx, g, in(c, 0), in(c, 3), saved(c, 0), optional(c, 1), zero, zero, rows, cols, add)
		}
	},
}
