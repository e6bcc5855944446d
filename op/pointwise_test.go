package op_test

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
)

// pairs are operands of every kind of broadcasting, drawn from [low, high).
func pairs(low, high float64) [][]optest.Input {
	in := func(shape ...int) optest.Input { return optest.In(low, high, shape...) }
	return [][]optest.Input{
		{in(3, 5), in(3, 5)}, {in(), in()}, {in(7), in()}, {in(), in(2, 3)}, {in(2, 3, 4), in(3, 1)}, {in(4, 1, 3), in(2, 1)},
		{in(2, 1, 3, 1, 5), in(4, 1, 2, 1)}, {in(0, 3), in(3)}, {in(5, 1), in(1, 7)}, {in(1), in(1, 1)}, {in(33), in(33)},
	}
}

func binary(name string, f func(a, b grad.Value) grad.Value, ref func(a, b float64) float64, low, high float64) optest.Case {
	return optest.Case{
		Name: name, Inputs: pairs(low, high), Large: []optest.Input{optest.In(low, high, 40, 1000), optest.In(low, high, 1000)},
		Op:  func(in ...grad.Value) grad.Value { return f(in[0], in[1]) },
		Ref: func(in ...optest.Array) optest.Array { return optest.Broadcast(in[0], in[1], ref) },
		ULP: 0.51, GradTol: 4e-6,
	}
}

func twice(c optest.Case) optest.Case {
	c.VJP = true
	return c
}

func TestAdd(t *testing.T) {
	optest.Run(t, twice(binary("add", op.Add, func(a, b float64) float64 { return a + b }, -2, 2)))
}

func TestSub(t *testing.T) {
	optest.Run(t, twice(binary("sub", op.Sub, func(a, b float64) float64 { return a - b }, -2, 2)))
}

func TestMul(t *testing.T) {
	optest.Run(t, twice(binary("mul", op.Mul, func(a, b float64) float64 { return a * b }, -2, 2)))
}

func TestDiv(t *testing.T) {
	optest.Run(t, twice(binary("div", op.Div, func(a, b float64) float64 { return a / b }, 0.5, 2)))
}

func TestMaximum(t *testing.T) { optest.Run(t, twice(binary("maximum", op.Maximum, math.Max, -2, 2))) }

func unary(name string, f func(grad.Value) grad.Value, ref func(float64) float64, low, high, ulp float64) optest.Case {
	in := func(shape ...int) []optest.Input { return []optest.Input{optest.In(low, high, shape...)} }
	return optest.Case{
		Name: name, Inputs: [][]optest.Input{in(3, 5), in(), in(0, 2), in(67)}, Large: in(3, 20011),
		Op:  func(in ...grad.Value) grad.Value { return f(in[0]) },
		Ref: func(in ...optest.Array) optest.Array { return in[0].Map(ref) },
		ULP: ulp, GradTol: 4e-6, VJP: true,
	}
}

func TestNeg(t *testing.T) {
	optest.Run(t, unary("neg", op.Neg, func(x float64) float64 { return -x }, -2, 2, 0.01))
}

// Exp, Log, Sigmoid and Tanh are held to 2 ulp and half of one for the rounding of the reference.
func TestExp(t *testing.T)  { optest.Run(t, unary("exp", op.Exp, math.Exp, -3, 3, 2.5)) }
func TestLog(t *testing.T)  { optest.Run(t, unary("log", op.Log, math.Log, 0.1, 4, 2.5)) }
func TestSqrt(t *testing.T) { optest.Run(t, unary("sqrt", op.Sqrt, math.Sqrt, 0.2, 4, 0.51)) }

func TestReLU(t *testing.T) {
	optest.Run(t, unary("relu", op.ReLU, func(x float64) float64 { return max(x, 0) }, -2, 2, 0.01))
}

func TestSigmoid(t *testing.T) {
	optest.Run(t, unary("sigmoid", op.Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, -4, 4, 2.5))
}

func TestTanh(t *testing.T) { optest.Run(t, unary("tanh", op.Tanh, math.Tanh, -3, 3, 2.5)) }
