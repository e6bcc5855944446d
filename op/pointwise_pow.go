package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

var powRows = rowLoops{vec.Pow, vec.PowScalar, vec.ScalarPow}

// Pow computes aᵇ: NaN where a is below 0 and b no whole number; a⁰ is 1.
//
//	da = g·b·aᵇ⁻¹, 0 where b = 0; db = g·y·ln a, 0 where a = 0 and b ≥ 0
//
// Shapes: as Add. Saved: a, b. Where a is below 0 the gradient of b is NaN.
func Pow(a, b grad.Value) grad.Value { return pow.Apply(grad.None{}, a, b) }

var pow = grad.Def[grad.None]{
	Name: "pow", Args: "a b",
	Infer:   inferBroadcast,
	Forward: func(_ *grad.None, c *grad.Call) { broadcast(c.Out(0), c.In(0), c.In(1), &powRows) },
	Backward: func(_ *grad.None, c *grad.Call) {
		g, full := c.GradOut(0), expandedOperands(c)
		t := c.Scratch(tensor.F32, g.Dims()...)
		for i, kernel := range [...]func(gx, g, a, b []float32){vec.PowGrad, vec.PowExponentGrad} {
			if c.Needs(i) {
				kernel(f32(t), f32(g), f32(full[0]), f32(full[1]))
				giveSum(c, i, t)
			}
		}
	},
}

// PowScalar computes xᵖ. Powers 0, 1, 2, 3, ½ and −1 are made of products, a root and a quotient.
//
//	dx = g·p·xᵖ⁻¹, 0 where p = 0
//
// Shapes: any → same. Saved: x. It is composed of Mul, Sqrt and Div for those powers.
func PowScalar(x grad.Value, p float64) grad.Value {
	if !finite(p) {
		panic(tensor.Errorf("op.PowScalar: p is %v; a finite one is wanted", p))
	}
	switch p {
	case 1:
		return x
	case 2:
		return Mul(x, x)
	case 3:
		return Mul(x, Mul(x, x))
	case 0.5:
		return Sqrt(x)
	case -1:
		return Div(x.Scalar(1), x)
	}
	return powScalar.Apply(funcAttrs{vec.Params{float32(p)}}, x)
}

var powScalar = grad.Def[funcAttrs]{
	Name: "pow_scalar", Args: "x",
	Infer:   inferFunc,
	Forward: func(a *funcAttrs, c *grad.Call) { vec.PowScalar(out(c, 0), in(c, 0), a.P[0]) },
	Backward: func(a *funcAttrs, c *grad.Call) {
		if a.P[0] == 0 {
			flatGrad(a, c)
			return
		}
		x, g := in(c, 0), gradOut(c, 0)
		t := scratch(c, len(x))
		vec.PowScalar(t, x, a.P[0]-1)
		vec.Scale(t, a.P[0])
		if gx, add := gradIn(c, 0); add {
			vec.MulAcc(gx, g, t)
		} else {
			vec.Mul(gx, g, t)
		}
	},
}

// These use their own op.
func init() {
	pow.VJP = func(_ *grad.None, v *grad.VJP) {
		a, b, g := v.In(0), v.In(1), v.GradOut(0)
		if v.Needs(0) { // b − 1, but 0 where b is 0: 0·0⁻¹ is to be 0
			v.SetGradIn(0, unbroadcast(Mul(g, Mul(b, Pow(a, Sub(b, Abs(Sign(b)))))), a))
		}
		if v.Needs(1) { // ln 1 where a is 0
			is0 := Sub(a.Scalar(1), Abs(Sign(a)))
			v.SetGradIn(1, unbroadcast(Mul(g, Mul(v.Out(0), Log(Add(a, is0)))), b))
		}
	}
	powScalar.VJP = slopeVJP(func(a *funcAttrs, x grad.Value) grad.Value {
		p := float64(a.P[0])
		if p == 0 {
			return zerosLike(x)
		}
		return times(PowScalar(x, p-1), p)
	})
}
