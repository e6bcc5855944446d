package op_test

import (
	"math"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

// The slopes that second derivatives are taken of are those of Backward where a factor is 0 and the other isn't finite.
func TestSlopesAtTheEnds(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		name string
		f    func(x grad.Value) grad.Value
		x    []float32
		want []float32
	}{
		{"x⁰", func(x grad.Value) grad.Value { return op.PowScalar(x, 0) }, []float32{0, 2, inf}, []float32{0, 0, 0}},
		{"base of x⁰", func(x grad.Value) grad.Value { return op.Pow(x, x.Scalar(0)) }, []float32{0, 2}, []float32{0, 0}},
		{"exponent of 0ˣ", func(x grad.Value) grad.Value { return op.Pow(x.Scalar(0), x) }, []float32{0, 2}, []float32{0, 0}},
		{"LogSumExp of −Inf", func(x grad.Value) grad.Value { return op.LogSumExp(x) }, []float32{-inf, -inf}, []float32{0, 0}},
		{"HardSwish", op.HardSwish, []float32{-inf, -4, 0, 4, inf}, []float32{0, 0, 0.5, 1, 1}},
	} {
		x := tensor.From(c.x)
		backward := gradientOf(t, x, c.f)
		var slope tensor.Tensor
		err := grad.NewTape(grad.Config{}).Step(grad.Train, func(s *grad.Step) error {
			v := s.Use(grad.NewParam("p", x))
			s.ReadTensor(s.Grad(op.Sum(c.f(v)), v)[0], &slope)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := tensor.Of[float32](slope); !slices.Equal(got, c.want) || !slices.Equal(backward, c.want) {
			t.Errorf("%s: slope %v, Backward's %v, want %v", c.name, got, backward, c.want)
		}
	}
}

func TestAbs(t *testing.T)  { optest.Run(t, unary("abs", op.Abs, math.Abs, -2, 2, 0.01)) }
func TestSign(t *testing.T) { optest.Run(t, unary("sign", op.Sign, sign64, -2, 2, 0.01)) }

func sign64(x float64) float64 { return math.Copysign(1, x) } // no operand is 0

func TestHeaviside(t *testing.T) {
	f := func(x grad.Value) grad.Value { return op.Heaviside(x, 0.25) }
	c := unary("heaviside", f, func(x float64) float64 { return (1 + sign64(x)) / 2 }, -2, 2, 0.01)
	c.Golden = func(a optest.Attrs, in ...grad.Value) grad.Value { return op.Heaviside(in[0], a.Float("values")) }
	optest.Run(t, c)
}

func TestFloor(t *testing.T) { optest.Run(t, unary("floor", op.Floor, math.Floor, -4, 4, 0.01)) }
func TestCeil(t *testing.T)  { optest.Run(t, unary("ceil", op.Ceil, math.Ceil, -4, 4, 0.01)) }
func TestRound(t *testing.T) { optest.Run(t, unary("round", op.Round, math.RoundToEven, -4, 4, 0.01)) }

func TestSin(t *testing.T)   { optest.Run(t, unary("sin", op.Sin, math.Sin, -9, 9, 2)) }
func TestCos(t *testing.T)   { optest.Run(t, unary("cos", op.Cos, math.Cos, -9, 9, 2)) }
func TestLog1p(t *testing.T) { optest.Run(t, unary("log1p", op.Log1p, math.Log1p, -0.75, 2, 3.5)) }
func TestExpm1(t *testing.T) { optest.Run(t, unary("expm1", op.Expm1, math.Expm1, -3, 3, 3.5)) }
func TestErf(t *testing.T)   { optest.Run(t, unary("erf", op.Erf, math.Erf, -4, 4, 4.5)) }

func TestClamp(t *testing.T) {
	f := func(x grad.Value) grad.Value { return op.Clamp(x, -0.5, 1.25) }
	c := unary("clamp", f, func(x float64) float64 { return min(max(x, -0.5), 1.25) }, -2, 2, 0.01)
	c.Golden = func(a optest.Attrs, in ...grad.Value) grad.Value {
		return op.Clamp(in[0], a.Float("min"), a.Float("max"))
	}
	optest.Run(t, c)
}

func TestMinimum(t *testing.T) {
	optest.Run(t, twice(binary("minimum", op.Minimum, math.Min, -2, 2)))
}

func TestPow(t *testing.T) {
	c := twice(binary("pow", op.Pow, math.Pow, 0.5, 2))
	c.ULP = 0.6
	optest.Run(t, c)
}

func TestPowScalar(t *testing.T) {
	for _, p := range []float64{2.5, -1.5, 2, 3, 0.5, -1, 1, 0} {
		f := func(x grad.Value) grad.Value { return op.PowScalar(x, p) }
		c := unary("pow_scalar", f, func(x float64) float64 { return math.Pow(x, p) }, 0.5, 2, 1.1)
		c.Golden = func(a optest.Attrs, in ...grad.Value) grad.Value { return op.PowScalar(in[0], a.Float("exponent")) }
		optest.Run(t, c)
	}
}

func mask(shape ...int) optest.Input {
	in := optest.IDs(2, shape...)
	in.DType = tensor.U8
	return in
}

func TestWhere(t *testing.T) {
	in := func(shape ...int) optest.Input { return optest.F32(shape...) }
	optest.Run(t, optest.Case{
		Name: "where",
		Inputs: [][]optest.Input{
			{mask(3, 5), in(3, 5), in(3, 5)}, {mask(5), in(3, 1), in()}, {mask(2, 1, 1), in(4), in(3, 1)}, {mask(), in(3), in(2, 1)},
			{mask(0, 3), in(3), in(1)}, {mask(35), in(35), in(35)},
		},
		Large: []optest.Input{mask(40, 1000), in(40, 1000), in(1000)},
		Op:    func(in ...grad.Value) grad.Value { return op.Where(in[0], in[1], in[2]) },
		Ref: func(in ...optest.Array) optest.Array {
			first := optest.Broadcast(in[0], in[1], func(m, a float64) float64 { return m * a })
			second := optest.Broadcast(in[0], in[2], func(m, b float64) float64 { return (1 - m) * b })
			return optest.Broadcast(first, second, func(a, b float64) float64 { return a + b })
		},
		VJP: true,
	})
}

func TestMaskedFill(t *testing.T) {
	optest.Run(t, optest.Case{
		Name:   "masked_fill",
		Inputs: [][]optest.Input{{optest.F32(3, 5), mask(3, 5)}, {optest.F32(2, 3, 4), mask(3, 1)}, {optest.F32(4), mask()}},
		Op:     func(in ...grad.Value) grad.Value { return op.MaskedFill(in[0], in[1], -7.5) },
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.MaskedFill(in[0], in[1], a.Float("value"))
		},
		Ref: func(in ...optest.Array) optest.Array {
			return optest.Broadcast(in[0], in[1], func(x, m float64) float64 {
				if m != 0 {
					return -7.5
				}
				return x
			})
		},
		VJP: true,
	})
}
