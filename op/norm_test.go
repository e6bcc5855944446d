package op_test

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
)

// standard returns (v − mean)/√(variance + eps) with v's own biased variance.
func standard(v []float64, eps float64) []float64 {
	m, r := average(v), make([]float64, len(v))
	s := 0.0
	for _, x := range v {
		s += (x - m) * (x - m)
	}
	for i, x := range v {
		r[i] = (x - m) / math.Sqrt(s/float64(len(v))+eps)
	}
	return r
}

// affine is gamma·x + beta, either left out.
func affine(x, gamma, beta optest.Array) optest.Array {
	if gamma.Valid() {
		x = optest.Broadcast(x, gamma, func(a, b float64) float64 { return a * b })
	}
	if beta.Valid() {
		x = optest.Broadcast(x, beta, func(a, b float64) float64 { return a + b })
	}
	return x
}

func TestLayerNorm(t *testing.T) {
	optest.Run(t, optest.Case{
		Name: "layer_norm", VJP: true, Tol: 4e-6, GradTol: 3e-5, LargeTol: 2e-5,
		Inputs: [][]optest.Input{
			{optest.F32(3, 7), optest.F32(7), optest.F32(7)}, {optest.F32(2, 3, 19), optest.F32(19), optest.None()}, {optest.F32(4, 5), optest.None(), optest.None()},
			{optest.F32(0, 3), optest.F32(3), optest.F32(3)},
		},
		Large: []optest.Input{optest.F32(300, 101), optest.F32(101), optest.F32(101)},
		Op:    func(in ...grad.Value) grad.Value { return op.LayerNorm(in[0], in[1], in[2], 1e-5) },
		Ref: func(in ...optest.Array) optest.Array {
			return affine(overAxis(in[0], -1, func(v []float64) []float64 { return standard(v, 1e-5) }), in[1], in[2])
		},
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.LayerNorm(in[0], in[1], in[2], a.Float("eps"))
		},
	})
}

func TestRMSNorm(t *testing.T) {
	optest.Run(t, optest.Case{
		Name: "rms_norm", VJP: true, Tol: 4e-6, GradTol: 3e-5, LargeTol: 2e-5,
		Inputs: [][]optest.Input{
			{optest.F32(3, 7), optest.F32(7)}, {optest.F32(2, 3, 19), optest.F32(19)}, {optest.F32(4, 5), optest.None()}, {optest.F32(0, 3), optest.F32(3)},
			{optest.F32(6), optest.F32(6)},
		},
		Large: []optest.Input{optest.F32(300, 101), optest.F32(101)},
		Op:    func(in ...grad.Value) grad.Value { return op.RMSNorm(in[0], in[1], 1e-5) },
		Ref: func(in ...optest.Array) optest.Array {
			return affine(overAxis(in[0], -1, func(v []float64) []float64 {
				s, r := 0.0, make([]float64, len(v))
				for _, x := range v {
					s += x * x
				}
				for i, x := range v {
					r[i] = x / math.Sqrt(s/float64(len(v))+1e-5)
				}
				return r
			}), in[1], optest.Array{})
		},
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value { return op.RMSNorm(in[0], in[1], a.Float("eps")) },
	})
	refused(t, "operand 1 has shape [2], [3] wanted", func(s *grad.Step) { op.RMSNorm(zeros(s, 2, 3), zeros(s, 2), 1e-5) })
	refused(t, "op.RMSNorm", func(s *grad.Step) { op.RMSNorm(zeros(s), grad.Value{}, 1e-5) })
}

// running is PyTorch's running average of a batch's statistic.
func running(old, now grad.Value, momentum float64) grad.Value {
	return op.Add(op.Mul(old, old.Scalar(1-momentum)), op.Mul(now, now.Scalar(momentum)))
}

func TestBatchNorm(t *testing.T) {
	for output := range 3 {
		c := optest.Case{
			Name: "batch_norm", Output: output, Tol: 4e-6, GradTol: 3e-5, LargeTol: 2e-5, NoGrad: output > 0, VJP: output == 0,
			Inputs: [][]optest.Input{
				{optest.F32(6, 3), optest.F32(3), optest.F32(3), optest.Const(optest.F32(3)), optest.Const(optest.F32(3))},
				{optest.F32(4, 17), optest.F32(17), optest.None(), optest.Const(optest.F32(3)), optest.Const(optest.F32(3))},
				{optest.F32(9, 2), optest.None(), optest.None(), optest.Const(optest.F32(3)), optest.Const(optest.F32(3))},
			},
			Large: []optest.Input{optest.F32(300, 101), optest.F32(101), optest.F32(101)},
			Op: func(in ...grad.Value) grad.Value {
				y, mean, variance := op.BatchNorm(in[0], in[1], in[2], 1e-5)
				return []grad.Value{y, mean, variance}[output]
			},
			Ref: func(in ...optest.Array) optest.Array {
				switch output {
				case 1:
					return reduction(in[0], []int{0}, false, average)
				case 2:
					return reduction(in[0], []int{0}, false, func(v []float64) float64 {
						m, s := average(v), 0.0
						for _, x := range v {
							s += (x - m) * (x - m)
						}
						return s / float64(len(v)-1)
					})
				}
				return affine(overAxis(in[0], 0, func(v []float64) []float64 { return standard(v, 1e-5) }), in[1], in[2])
			},
			Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
				if !a.Bool("training") {
					return op.BatchNormInfer(in[0], in[1], in[2], in[3], in[4], a.Float("eps"))
				}
				y, mean, variance := op.BatchNorm(in[0], in[1], in[2], a.Float("eps"))
				m := a.Float("momentum")
				return []grad.Value{y, running(in[3], mean, m), running(in[4], variance, m)}[output]
			},
		}
		optest.Run(t, c)
	}
}

func TestBatchNormInfer(t *testing.T) {
	stats := func(n int) []optest.Input {
		return []optest.Input{optest.Const(optest.F32(n)), optest.Const(optest.In(0.2, 3, n))}
	}
	optest.Run(t, optest.Case{
		Name: "batch_norm_infer", Tol: 4e-6, GradTol: 2e-5, LargeTol: 2e-5,
		Inputs: [][]optest.Input{
			append([]optest.Input{optest.F32(4, 3), optest.F32(3), optest.F32(3)}, stats(3)...),
			append([]optest.Input{optest.F32(1, 17), optest.None(), optest.None()}, stats(17)...),
			append([]optest.Input{optest.F32(0, 2), optest.F32(2), optest.F32(2)}, stats(2)...),
		},
		Large: append([]optest.Input{optest.F32(300, 101), optest.F32(101), optest.F32(101)}, stats(101)...),
		Op: func(in ...grad.Value) grad.Value {
			return op.BatchNormInfer(in[0], in[1], in[2], in[3], in[4], 1e-5)
		},
		Ref: func(in ...optest.Array) optest.Array {
			x := optest.Broadcast(in[0], in[3], func(a, b float64) float64 { return a - b })
			x = optest.Broadcast(x, in[4], func(a, b float64) float64 { return a / math.Sqrt(b+1e-5) })
			return affine(x, in[1], in[2])
		},
	})
}
