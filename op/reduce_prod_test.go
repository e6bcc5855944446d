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

func TestProd(t *testing.T) {
	reducer{plain: op.Prod, keep: op.ProdKeep, ref: func(v []float64) float64 {
		p := 1.0
		for _, x := range v {
			p *= x
		}
		return p
	}}.run(t, "prod", true, true)
}

// With zeros the gradient is the product of the others, and the second derivative of two that of the rest: for y = x₀x₁x₂ and
// D = Σ dy/dxᵢ, dD/dx₀ = x₁ + x₂.
func TestProdOfZeros(t *testing.T) {
	x := tensor.From([]float32{0, 2, 3, 0, 0, 4}, 2, 3)
	if got, want := gradientOf(t, x, func(x grad.Value) grad.Value { return op.Prod(x, 1) }), []float32{6, 0, 0, 0, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("gradient %v, want %v", got, want)
	}
	got := gradientOf(t, x, func(x grad.Value) grad.Value { return op.Sum(x.Step().Grad(op.Sum(op.Prod(x, 1)), x)[0]) })
	if want := []float32{5, 3, 2, 4, 4, 0}; !slices.Equal(got, want) {
		t.Errorf("second derivative %v, want %v", got, want)
	}
}

// A zero doesn't hide NaN, nor what 0·∞ is.
func TestProdKeepsNaN(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	var y tensor.Tensor
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(op.Prod(s.Input(tensor.From([]float32{0, nan, nan, 0, 0, inf, inf, 0}, 4, 2)), 1), &y)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range tensor.Of[float32](y) {
		if v == v {
			t.Errorf("row %d: %v, NaN wanted", i, v)
		}
	}
}

func TestLogSumExp(t *testing.T) {
	reducer{plain: op.LogSumExp, keep: op.LogSumExpKeep, ref: func(v []float64) float64 {
		var s float64
		for _, x := range v {
			s += math.Exp(x)
		}
		return math.Log(s)
	}}.run(t, "log_sum_exp", false, true)
}

// Rows of large numbers don't overflow: ln(2·e¹⁰⁰⁰) = 1000 + ln 2. One of −Inf only, or of nothing, is −Inf with gradient 0.
func TestLogSumExpAtTheEnds(t *testing.T) {
	low, high := float32(math.Inf(-1)), float32(math.Inf(1))
	x := tensor.From([]float32{1000, 1000, low, low, 3, low, high, 0}, 4, 2)
	var y, empty tensor.Tensor
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(op.LogSumExp(s.Input(x), 1), &y)
		s.ReadTensor(op.LogSumExp(zeros(s, 2, 0), 1), &empty)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := tensor.Of[float32](y), []float32{1000 + math.Ln2, low, 3, high}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := tensor.Of[float32](empty); !slices.Equal(got, []float32{low, low}) {
		t.Errorf("of nothing: %v", got)
	}
	g := gradientOf(t, tensor.From([]float32{low, low, 1000, 1000}, 2, 2), func(x grad.Value) grad.Value { return op.LogSumExp(x, 1) })
	for i, want := range []float64{0, 0, 0.5, 0.5} {
		if math.Abs(float64(g[i])-want) > 1e-4 { // 1000 + ln 2 is rounded to 6e-5
			t.Errorf("gradient %d is %v, want %v", i, g[i], want)
		}
	}
}

func TestCumSum(t *testing.T) {
	for axis := range 2 {
		optest.Run(t, optest.Case{
			Name: "cum_sum", VJP: true, Tol: 4e-6,
			Inputs: [][]optest.Input{{optest.F32(3, 5)}, {optest.F32(2, 7, 3)}, {optest.F32(1, 1)}, {optest.F32(0, 3)}},
			Large:  []optest.Input{optest.F32(300, 101)},
			Op:     func(in ...grad.Value) grad.Value { return op.CumSum(in[0], axis) },
			Ref: func(in ...optest.Array) optest.Array {
				return overAxis(in[0], axis, func(v []float64) []float64 {
					r, s := make([]float64, len(v)), 0.0
					for i, x := range v {
						s += x
						r[i] = s
					}
					return r
				})
			},
			Golden: func(a optest.Attrs, in ...grad.Value) grad.Value { return op.CumSum(in[0], a.Int("axis")) },
		})
	}
	refused(t, "op.CumSum: axis 2", func(s *grad.Step) { op.CumSum(zeros(s, 3, 2), 2) })
}
