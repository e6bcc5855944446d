package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// LeakyReLU computes x where x > 0 and slope·x elsewhere.
//
//	dx = g where x > 0, g·slope elsewhere
//
// Shapes: any → same. Saved: x. PyTorch's default slope is 0.01.
// Source: Maas, Hannun & Ng 2013, "Rectifier nonlinearities improve neural network acoustic models", ICML.
func LeakyReLU(x grad.Value, slope float64) grad.Value {
	if !finite(slope) {
		panic(tensor.Errorf("op.LeakyReLU: slope is %v; a finite one is wanted", slope))
	}
	return leakyReLU.Apply(funcAttrs{vec.Params{float32(slope)}}, x)
}

var leakyReLU = grad.Def[funcAttrs]{
	Name: "leaky_relu", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.LeakyReLU),
	Backward: mappedGrad(vec.LeakyReLU),
	VJP: slopeVJP(func(a *funcAttrs, x grad.Value) grad.Value {
		slope := float64(a.P[0])
		return plus(times(Heaviside(x, 0), 1-slope), slope)
	}),
}

// PReLU computes x where x > 0 and w·x elsewhere, with one w for all or one for each channel, the second axis (the only one of
// a vector). It is composed: x·(h + w·(1 − h)) with h = Heaviside(x, 0).
//
//	dx = g where x > 0, g·w elsewhere; dw = Σ g·x where x ≤ 0
//
// Shapes: x [N C …] or [C], w [1] or [C] → x's.
// Source: He, Zhang, Ren & Sun 2015, arXiv:1502.01852.
func PReLU(x, w grad.Value) grad.Value {
	axis := min(1, x.Rank()-1)
	n := 1
	if axis >= 0 {
		n = x.Dim(axis)
	}
	if w.Rank() != 1 || w.Dim(0) != 1 && w.Dim(0) != n {
		panic(tensor.Errorf("op.PReLU: x %v and a weight of shape %v: [1] or [%d] wanted, one for each channel", x.Shape(), w.Shape(), n))
	}
	shape := make([]int, max(1, x.Rank()-axis))
	for i := range shape {
		shape[i] = 1
	}
	shape[0] = w.Dim(0)
	if x.Rank() == 0 {
		shape = nil
	}
	up := Heaviside(x, 0)
	return Mul(x, Add(up, Mul(Reshape(w, shape...), plus(Neg(up), 1))))
}

// HardTanh computes x, but at least −1 and at most 1. It is Clamp(x, −1, 1); for other bounds call that.
func HardTanh(x grad.Value) grad.Value { return Clamp(x, -1, 1) }

// ReLU6 computes x, but at least 0 and at most 6. It is Clamp(x, 0, 6).
// Source: Krizhevsky 2010, "Convolutional deep belief networks on CIFAR-10".
func ReLU6(x grad.Value) grad.Value { return Clamp(x, 0, 6) }

// HardSigmoid computes (x + 3)/6, but at least 0 and at most 1.
//
//	dx = g/6 where −3 < x < 3, 0 elsewhere
//
// Shapes: any → same. Saved: x.
// Source: Howard et al. 2019, arXiv:1905.02244; Courbariaux, Bengio & David 2015, arXiv:1511.00363, have another slope.
func HardSigmoid(x grad.Value) grad.Value { return hardSigmoid.Apply(funcAttrs{}, x) }

var hardSigmoid = grad.Def[funcAttrs]{
	Name: "hard_sigmoid", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.HardSigmoid),
	Backward: mappedGrad(vec.HardSigmoid),
	VJP:      slopeVJP(func(_ *funcAttrs, x grad.Value) grad.Value { return times(inside(x, -3, 3), 1.0/6) }),
}

// HardSwish computes x·HardSigmoid(x).
//
//	dx = 0 where x ≤ −3, g·(x/3 + ½) where −3 < x < 3, g where x ≥ 3
//
// Shapes: any → same. Saved: x.
// Source: Howard et al. 2019, arXiv:1905.02244.
func HardSwish(x grad.Value) grad.Value { return hardSwish.Apply(funcAttrs{}, x) }

var hardSwish = grad.Def[funcAttrs]{
	Name: "hard_swish", Args: "x",
	Infer:    inferFunc,
	Forward:  mapped(vec.HardSwish),
	Backward: mappedGrad(vec.HardSwish),
	VJP: slopeVJP(func(_ *funcAttrs, x grad.Value) grad.Value {
		ramp := Mul(inside(x, -3, 3), plus(times(Clamp(x, -3, 3), 1.0/3), 0.5))
		return Add(ramp, Heaviside(plus(x, -3), 1))
	}),
}

// Maxout computes the largest of each run of so many pieces along the last axis. It is Max over that axis cut in two.
//
//	dx = g at the largest; equal ones share it
//
// Shapes: [… D·pieces] → [… D].
// Source: Goodfellow, Warde-Farley, Mirza, Courville & Bengio 2013, arXiv:1302.4389.
func Maxout(x grad.Value, pieces int) grad.Value {
	n := x.Rank()
	if n == 0 || pieces < 1 || x.Dim(n-1)%pieces != 0 {
		panic(tensor.Errorf("op.Maxout: x %v and pieces %d: a last axis that pieces divides is wanted", x.Shape(), pieces))
	}
	shape := append(x.Shape(), pieces)
	shape[n-1] /= pieces
	return Max(Reshape(x, shape...), n)
}
