package op_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

// activation is the case of a function of one operand over both its sides, whose error is relative to 1 as the larger of 1
// and its value, and of which golden cases have the attribute named.
func activation(name string, f func(x grad.Value) grad.Value, ref func(float64) float64, attr string, of func(x grad.Value, a float64) grad.Value) optest.Case {
	c := unary(name, f, ref, -7, 7, 0)
	c.Tol = 6e-7
	if attr != "" {
		c.Golden = func(a optest.Attrs, in ...grad.Value) grad.Value { return of(in[0], a.Float(attr)) }
	}
	return c
}

func plain(name string, f func(x grad.Value) grad.Value, ref func(float64) float64) optest.Case {
	return activation(name, f, ref, "", nil)
}

func gelu64(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) }
func silu64(x float64) float64 { return x / (1 + math.Exp(-x)) }

func elu64(x, alpha, beta, scale float64) float64 {
	return scale * (max(x, 0) + min(0, alpha*(math.Exp(min(x, 0)/beta)-1)))
}

func TestGELU(t *testing.T) { optest.Run(t, plain("gelu", op.GELU, gelu64)) }

func TestGELUTanh(t *testing.T) {
	optest.Run(t, plain("gelu_tanh", op.GELUTanh, func(x float64) float64 {
		return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}))
}

func TestSiLU(t *testing.T) { optest.Run(t, plain("silu", op.SiLU, silu64)) }

func TestMish(t *testing.T) {
	optest.Run(t, plain("mish", op.Mish, func(x float64) float64 { return x * math.Tanh(math.Log(1+math.Exp(x))) }))
}

func TestSoftplus(t *testing.T) {
	f := func(x grad.Value) grad.Value { return op.Softplus(x, 1.5) }
	optest.Run(t, activation("softplus", f, func(x float64) float64 { return math.Log(1+math.Exp(1.5*x)) / 1.5 }, "beta", op.Softplus))
}

func TestSoftsign(t *testing.T) {
	optest.Run(t, plain("softsign", op.Softsign, func(x float64) float64 { return x / (1 + math.Abs(x)) }))
}

func TestELU(t *testing.T) {
	f := func(x grad.Value) grad.Value { return op.ELU(x, 0.75) }
	optest.Run(t, activation("elu", f, func(x float64) float64 { return elu64(x, 0.75, 1, 1) }, "alpha", op.ELU))
}

func TestSELU(t *testing.T) {
	optest.Run(t, plain("selu", op.SELU, func(x float64) float64 { return elu64(x, 1.6732632423543772, 1, 1.0507009873554805) }))
}

func TestCELU(t *testing.T) {
	f := func(x grad.Value) grad.Value { return op.CELU(x, 2) }
	optest.Run(t, activation("celu", f, func(x float64) float64 { return elu64(x, 2, 2, 1) }, "alpha", op.CELU))
}

func TestLeakyReLU(t *testing.T) {
	f := func(x grad.Value) grad.Value { return op.LeakyReLU(x, 0.2) }
	optest.Run(t, activation("leaky_relu", f, func(x float64) float64 { return max(x, 0.2*x) }, "slope", op.LeakyReLU))
}

func TestHardTanh(t *testing.T) {
	optest.Run(t, plain("hard_tanh", op.HardTanh, func(x float64) float64 { return max(-1, min(1, x)) }))
}

func TestReLU6(t *testing.T) {
	optest.Run(t, plain("relu6", op.ReLU6, func(x float64) float64 { return max(0, min(6, x)) }))
}

func TestHardSigmoid(t *testing.T) {
	optest.Run(t, plain("hard_sigmoid", op.HardSigmoid, func(x float64) float64 { return max(0, min(1, x/6+0.5)) }))
}

func TestHardSwish(t *testing.T) {
	optest.Run(t, plain("hard_swish", op.HardSwish, func(x float64) float64 { return x * max(0, min(1, x/6+0.5)) }))
}

// gate64 is a·f(b) of the halves of the last axis.
func gate64(f func(float64) float64) func(in ...optest.Array) optest.Array {
	return func(in ...optest.Array) optest.Array {
		shape := append([]int(nil), in[0].Shape...)
		shape[len(shape)-1] /= 2
		y := optest.NewArray(shape...)
		for r, row := range in[0].Rows() {
			n := len(row) / 2
			for i := range n {
				y.Data[r*n+i] = row[i] * f(row[n+i])
			}
		}
		return y
	}
}

func gateCase(name string, f func(grad.Value) grad.Value, ref func(float64) float64) optest.Case {
	return optest.Case{
		Name: name, Inputs: [][]optest.Input{{optest.F32(3, 10)}, {optest.F32(2)}, {optest.F32(0, 4)}, {optest.F32(2, 3, 38)}, {optest.F32(2, 0)}},
		Large: []optest.Input{optest.F32(300, 256)},
		Op:    func(in ...grad.Value) grad.Value { return f(in[0]) }, Ref: gate64(ref), VJP: true,
	}
}

func TestGLU(t *testing.T) {
	optest.Run(t, gateCase("glu", op.GLU, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }))
}
func TestSwiGLU(t *testing.T) { optest.Run(t, gateCase("swiglu", op.SwiGLU, silu64)) }
func TestGeGLU(t *testing.T)  { optest.Run(t, gateCase("geglu", op.GeGLU, gelu64)) }

func TestReGLU(t *testing.T) {
	optest.Run(t, gateCase("reglu", op.ReGLU, func(x float64) float64 { return max(x, 0) }))
}

func TestPReLU(t *testing.T) {
	in := func(shape ...int) optest.Input { return optest.F32(shape...) }
	optest.Run(t, optest.Case{
		Name:   "prelu",
		Inputs: [][]optest.Input{{in(3, 5), in(5)}, {in(2, 3, 4), in(3)}, {in(2, 3, 4), in(1)}, {in(7), in(7)}, {in(), in(1)}, {in(0, 2), in(2)}},
		Op:     func(in ...grad.Value) grad.Value { return op.PReLU(in[0], in[1]) },
		Ref: func(in ...optest.Array) optest.Array {
			x, w := in[0], in[1]
			y := optest.NewArray(x.Shape...)
			x.Each(func(at []int, place int) {
				k := 0
				if w.Shape[0] > 1 {
					k = at[min(1, len(at)-1)]
				}
				y.Data[place] = max(x.Data[place], 0) + w.Data[k]*min(x.Data[place], 0)
			})
			return y
		},
		VJP: true,
	})
}

func TestSoftmin(t *testing.T) {
	optest.Run(t, optest.Case{
		Name: "softmin", Inputs: [][]optest.Input{{optest.F32(3, 5)}, {optest.F32(1, 1)}},
		Op: func(in ...grad.Value) grad.Value { return op.Softmin(in[0], -1) },
		Ref: func(in ...optest.Array) optest.Array {
			y := in[0].Map(func(x float64) float64 { return math.Exp(-x) })
			for _, row := range y.Rows() {
				sum := 0.0
				for _, v := range row {
					sum += v
				}
				for i := range row {
					row[i] /= sum
				}
			}
			return y
		},
		VJP: true,
	})
}

func TestMaxout(t *testing.T) {
	optest.Run(t, optest.Case{
		Name: "maxout", Inputs: [][]optest.Input{{optest.F32(3, 6)}, {optest.F32(9)}, {optest.F32(2, 2, 3)}},
		Op: func(in ...grad.Value) grad.Value { return op.Maxout(in[0], 3) },
		Ref: func(in ...optest.Array) optest.Array {
			shape := append([]int(nil), in[0].Shape...)
			shape[len(shape)-1] /= 3
			y := optest.NewArray(shape...)
			for i := range y.Data {
				y.Data[i] = max(in[0].Data[3*i], in[0].Data[3*i+1], in[0].Data[3*i+2])
			}
			return y
		},
	})
}

// Settings that have no meaning, and shapes that don't fit, are named with what was wanted.
func TestActivationsRefuse(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for want, f := range map[string]func(x grad.Value) grad.Value{
		"op.Softplus: beta is 0":                        func(x grad.Value) grad.Value { return op.Softplus(x, 0) },
		"op.Softplus: beta is NaN":                      func(x grad.Value) grad.Value { return op.Softplus(x, nan) },
		"op.ELU: alpha is +Inf":                         func(x grad.Value) grad.Value { return op.ELU(x, inf) },
		"op.CELU: alpha is 0":                           func(x grad.Value) grad.Value { return op.CELU(x, 0) },
		"op.LeakyReLU: slope is NaN":                    func(x grad.Value) grad.Value { return op.LeakyReLU(x, nan) },
		"op.Clamp: low 2 and high 1":                    func(x grad.Value) grad.Value { return op.Clamp(x, 2, 1) },
		"op.Clamp: low NaN and high 1":                  func(x grad.Value) grad.Value { return op.Clamp(x, nan, 1) },
		"op.PowScalar: p is +Inf":                       func(x grad.Value) grad.Value { return op.PowScalar(x, inf) },
		"op.Maxout: x [2 3] and pieces 2":               func(x grad.Value) grad.Value { return op.Maxout(x, 2) },
		"op.Maxout: x [2 3] and pieces 0":               func(x grad.Value) grad.Value { return op.Maxout(x, 0) },
		"op.PReLU: x [2 3] and a weight of shape [2 3]": func(x grad.Value) grad.Value { return op.PReLU(x, x) },
		"op.SwiGLU":       op.SwiGLU,
		"even size":       op.GLU,
		"the mask is f32": func(x grad.Value) grad.Value { return op.Where(x, x, x) },
		"a mask of shape [4 1 1] doesn't broadcast to x [2 3]": func(x grad.Value) grad.Value {
			return op.MaskedFill(x, x.Step().Input(tensor.New(tensor.U8, 4, 1, 1)), 1)
		},
		"can't be broadcast": func(x grad.Value) grad.Value {
			return op.Where(x.Step().Input(tensor.New(tensor.Bool, 2, 2)), x, x)
		},
	} {
		err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			f(s.Input(tensor.New(tensor.F32, 2, 3)))
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; one with %q wanted", err, want)
		}
	}
}
