package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
)

// PoissonNLLLoss is −ln of the probability of counts t where x is the logarithm of their rate.
//
//	loss = exp x − t·x, or r − t·ln(r + Eps) of rates r; Full adds t·ln t − t + ½·ln(2πt) for t > 1, about ln t!
//	dx = g·(exp x − t), or g·(1 − t/(r + Eps))
//
// Shapes: x, target of at least 0, of one shape → [], or the same for ReduceNone. As PyTorch's.
type PoissonNLLLoss struct {
	Reduction Reduction
	Weights   grad.Value
	Rates     bool // x has rates, of at least 0, instead of their logarithms: PyTorch's log_input=False
	Full      bool
	Eps       float64 // 0: 1e-8
}

// Of returns the loss.
func (l PoissonNLLLoss) Of(x, target grad.Value) grad.Value {
	of := lossOf{"PoissonNLLLoss", l.Reduction, l.Weights}
	eps := of.positive("Eps", l.Eps, 1e-8)
	of.alike("x target", x, target)
	t := of.within(target, "target", atLeastZero)
	var loss grad.Value
	if l.Rates {
		x = of.within(x, "x", atLeastZero)
		loss = Sub(x, Mul(t, Log(plus(x, eps))))
	} else {
		loss = Sub(Exp(x), Mul(t, x))
	}
	if l.Full {
		loss = Add(loss, stirling(t))
	}
	return of.reduce(loss)
}

// stirling is about ln t! where t > 1, and 0 elsewhere.
func stirling(t grad.Value) grad.Value {
	many := Clamp(t, 1, math.Inf(1))
	s := Add(Mul(many, plus(Log(many), -1)), times(Log(times(many, 2*math.Pi)), 0.5))
	return Mul(s, Heaviside(plus(t, -1), 0))
}

// GaussianNLLLoss is −ln of the density of t under a normal distribution of mean x and the given variance.
//
//	loss = ½·(ln v + (x − t)²/v), v = max(variance, Eps); Full adds ½·ln 2π
//	dx = g·(x − t)/v, dt = −dx, dv = g·½·(1 − (x − t)²/v)/v, also where Eps is larger
//
// Shapes: x, target, variance of at least 0, of one shape → [], or the same for ReduceNone. As PyTorch's.
// Source: Nix & Weigend 1994, "Estimating the mean and variance of the target probability distribution", ICNN.
type GaussianNLLLoss struct {
	Reduction Reduction
	Weights   grad.Value
	Full      bool
	Eps       float64 // 0: 1e-6
}

// Of returns the loss.
func (l GaussianNLLLoss) Of(x, target, variance grad.Value) grad.Value {
	of := lossOf{"GaussianNLLLoss", l.Reduction, l.Weights}
	eps := of.positive("Eps", l.Eps, 1e-6)
	of.alike("x target variance", x, target, variance)
	v := of.within(variance, "variance", atLeastZero)
	v = Add(v, Detach(Sub(Clamp(v, eps, math.Inf(1)), v))) // the gradient passes Eps, so that a variance can leave 0
	d := Sub(x, target)
	loss := times(Add(Log(v), Div(Mul(d, d), v)), 0.5)
	if l.Full {
		loss = plus(loss, 0.5*math.Log(2*math.Pi))
	}
	return of.reduce(loss)
}
