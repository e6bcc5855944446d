package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/gemm"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// LinearAttrs are the attributes of a "linear" node, for exporters.
type LinearAttrs struct{ Act Activation }

// Linear computes act(x·wᵀ + b) in one pass; a zero b leaves the bias out. It equals act(Add(MatMulNT(x, w), b)).
//
//	gz = g·act′(y), dx = gz·w, dw = gzᵀ·x, db = Σ gz
//
// Shapes: x [… in], w [out in], b [out] → [… out]. Saved: x, w, y.
func Linear(x, w, b grad.Value, act Activation) grad.Value {
	if act > ActTanh {
		panic(tensor.Errorf("op.Linear with activation %d: there is none", act))
	}
	return linear.Apply(LinearAttrs{act}, x, w, b)
}

var linear = grad.Def[LinearAttrs]{
	Name: "linear", Args: "x weight bias",
	Infer:    inferLinear,
	Forward:  forwardLinear,
	Backward: backwardLinear,
}

// activations are the kernel's names for ours.
var activations = [...]gemm.Activation{ActNone: gemm.None, ActReLU: gemm.ReLU, ActSigmoid: gemm.Sigmoid, ActTanh: gemm.Tanh}

func inferLinear(_ *LinearAttrs, c *grad.Call) {
	wantF32(c, 0, 3)
	x, w := c.In(0), c.In(1)
	switch n := x.Rank(); {
	case n == 0 || w.Rank() != 2:
		c.Fail("x [… in] and weight [out in] wanted")
	case x.Dim(-1) != w.Dim(1):
		c.Fail("x has %d features, weight wants %d", x.Dim(-1), w.Dim(1))
	}
	if c.Has(2) {
		if b := c.In(2); b.Rank() != 1 || b.Dim(0) != w.Dim(0) {
			c.Fail("bias of shape [%d] wanted, one for each row of weight", w.Dim(0))
		}
	}
	var shape [tensor.MaxRank]int
	copy(shape[:], x.Dims())
	shape[x.Rank()-1] = w.Dim(0)
	c.Output(tensor.F32, shape[:x.Rank()]...)
}

// linearSizes returns the rows of x, the inputs and the outputs.
func linearSizes(c *grad.Call) (rows, in, out int) {
	w := c.In(1)
	rows = 1
	x := c.In(0)
	for _, d := range x.Dims()[:x.Rank()-1] {
		rows *= d
	}
	return rows, w.Dim(1), w.Dim(0)
}

func forwardLinear(a *LinearAttrs, c *grad.Call) {
	m, k, n := linearSizes(c)
	p := gemm.Params{
		M: m, N: n, K: k, C: out(c, 0), LDC: n,
		A:    gemm.Matrix{Data: in(c, 0), Stride: k},
		B:    gemm.Matrix{Data: in(c, 1), Stride: k, Trans: true},
		Bias: optional(c, 2), Act: activations[a.Act],
	}
	if packed := c.Keep(1, packWeight); packed != nil {
		p.Packed = packed.(*gemm.PackedB)
	}
	gemm.Mul(&p)
}

// packWeight makes a weight [out in] ready for single rows.
func packWeight(w tensor.Tensor) any {
	return gemm.PackB(gemm.Matrix{Data: f32(w), Stride: w.Dim(1), Trans: true}, w.Dim(1), w.Dim(0))
}

func backwardLinear(a *LinearAttrs, c *grad.Call) {
	m, k, n := linearSizes(c)
	gz := gradOut(c, 0)
	if a.Act != ActNone {
		g := gz
		gz = scratch(c, len(g))
		switch a.Act {
		case ActReLU:
			vec.ReLUGrad(gz, g, out(c, 0), false)
		case ActSigmoid:
			vec.SigmoidGrad(gz, g, out(c, 0), false)
		case ActTanh:
			vec.TanhGrad(gz, g, out(c, 0), false)
		}
	}
	if c.Needs(1) {
		bad := c.NonFinite(1)
		gw, add := gradIn(c, 1)
		p := gemm.Params{
			M: n, N: k, K: m, C: gw, LDC: k, Accumulate: add, NonFinite: bad,
			A: gemm.Matrix{Data: gz, Stride: n, Trans: true},
			B: gemm.Matrix{Data: in(c, 0), Stride: k},
		}
		gemm.Mul(&p)
	}
	if c.Needs(2) {
		gb, add := gradIn(c, 2)
		reduce.SumCols(gb, gz, m, n, add)
	}
	if c.Needs(0) {
		gx, add := gradIn(c, 0)
		p := gemm.Params{
			M: m, N: k, K: n, C: gx, LDC: k, Accumulate: add,
			A: gemm.Matrix{Data: gz, Stride: n},
			B: gemm.Matrix{Data: in(c, 1), Stride: k},
		}
		gemm.Mul(&p)
	}
}

func init() {
	linear.VJP = func(a *LinearAttrs, v *grad.VJP) {
		x, w, gz := v.In(0), v.In(1), v.GradOut(0)
		switch a.Act {
		case ActReLU:
			gz = reluGradOf(gz, v.Out(0))
		case ActSigmoid:
			gz = sigmoidGradOf(gz, v.Out(0))
		case ActTanh:
			gz = tanhGradOf(gz, v.Out(0))
		}
		in, out := w.Dim(1), w.Dim(0)
		m := 1
		for i := range x.Rank() - 1 {
			m *= x.Dim(i)
		}
		rows := Reshape(gz, m, out)
		if v.Needs(0) {
			v.SetGradIn(0, Reshape(MatMul(rows, w), x.Shape()...))
		}
		if v.Needs(1) {
			v.SetGradIn(1, MatMulTN(rows, Reshape(x, m, in)))
		}
		if v.Needs(2) {
			v.SetGradIn(2, Sum(rows, 0))
		}
	}
}
