package op_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
)

func normOf(v []float64, p float64) float64 {
	if math.IsInf(p, 1) {
		var m float64
		for _, x := range v {
			m = max(m, math.Abs(x))
		}
		return m
	}
	var s float64
	for _, x := range v {
		s += math.Pow(math.Abs(x), p)
	}
	return math.Pow(s, 1/p)
}

func TestNorm(t *testing.T) {
	for _, p := range []float64{2, 1, 3, 1.5, math.Inf(1)} {
		reducer{
			in:    apart,
			plain: func(x grad.Value, axes ...int) grad.Value { return op.Norm(x, p, axes...) },
			keep:  func(x grad.Value, axes ...int) grad.Value { return op.NormKeep(x, p, axes...) },
			ref:   func(v []float64) float64 { return normOf(v, p) },
			apply: func(a optest.Attrs, x grad.Value) grad.Value {
				p, _ := strconv.ParseFloat(a.String("p"), 64)
				if a.Bool("keepdim") {
					return op.NormKeep(x, p, a.Ints("axes")...)
				}
				return op.Norm(x, p, a.Ints("axes")...)
			},
		}.run(t, "norm", false, p != 1.5) // whose second derivative is steep near 0
	}
	refused(t, "op.Norm with p 0.5", func(s *grad.Step) { op.Norm(zeros(s, 3), 0.5) })
	refused(t, "op.Norm with p NaN", func(s *grad.Step) { op.Norm(zeros(s, 3), math.NaN()) })
}

func TestNormalize(t *testing.T) {
	optest.Run(t, optest.Case{
		Name: "normalize", Tol: 4e-6, VJP: true,
		Inputs: [][]optest.Input{{optest.F32(3, 5)}, {optest.F32(2, 3, 17)}, {optest.F32(0, 3)}},
		Op:     func(in ...grad.Value) grad.Value { return op.Normalize(in[0], 2, 1e-12, -1) },
		Ref: func(in ...optest.Array) optest.Array {
			return overAxis(in[0], -1, func(v []float64) []float64 {
				n, r := normOf(v, 2), make([]float64, len(v))
				for i := range v {
					r[i] = v[i] / max(n, 1e-12)
				}
				return r
			})
		},
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.Normalize(in[0], a.Float("p"), a.Float("eps"), a.Int("axis"))
		},
	})
	refused(t, "op.Normalize with eps 0", func(s *grad.Step) { op.Normalize(zeros(s, 3), 2, 0, 0) })
}
