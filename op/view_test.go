package op_test

import (
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

// exactly makes a case of an op that moves elements: not a bit may change.
func exactly(c optest.Case) optest.Case {
	c.ULP, c.GradTol, c.VJP = 0.01, 1e-6, true
	return c
}

func TestReshape(t *testing.T) {
	optest.Run(t, exactly(optest.Case{
		Name: "reshape", Inputs: [][]optest.Input{{optest.F32(3, 4)}, {optest.F32(2, 1, 6)}, {optest.F32(0, 4)}},
		Op: func(in ...grad.Value) grad.Value { return op.Reshape(in[0], -1, 4) },
		Ref: func(in ...optest.Array) optest.Array {
			return optest.Array{Shape: []int{len(in[0].Data) / 4, 4}, Data: in[0].Data}
		},
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value { return op.Reshape(in[0], a.Ints("shape")...) },
	}))
}

// permuted is the plain transposition.
func permuted(x optest.Array, axes ...int) optest.Array {
	shape := make([]int, len(axes))
	for i, a := range axes {
		shape[i] = x.Shape[a]
	}
	y := optest.NewArray(shape...)
	y.Each(func(at []int, place int) {
		from := make([]int, len(at))
		for i, a := range axes {
			from[a] = at[i]
		}
		y.Data[place] = x.Data[x.Index(from...)]
	})
	return y
}

func TestPermute(t *testing.T) {
	in := [][]optest.Input{{optest.F32(2, 3, 4)}, {optest.F32(1, 5, 1)}, {optest.F32(2, 0, 3)}}
	optest.Run(t, exactly(optest.Case{
		Name: "permute", Inputs: in,
		Op:     func(in ...grad.Value) grad.Value { return op.Permute(in[0], 2, 0, -2) },
		Ref:    func(in ...optest.Array) optest.Array { return permuted(in[0], 2, 0, 1) },
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value { return op.Permute(in[0], a.Ints("axes")...) },
	}))
	optest.Run(t, exactly(optest.Case{
		Name: "transpose", Inputs: in,
		Op:  func(in ...grad.Value) grad.Value { return op.Transpose(in[0]) },
		Ref: func(in ...optest.Array) optest.Array { return permuted(in[0], 0, 2, 1) },
	}))
}

func TestSlice(t *testing.T) {
	for _, step := range []int{1, 2, 9} {
		optest.Run(t, exactly(optest.Case{
			Name: "slice", Inputs: [][]optest.Input{{optest.F32(3, 5)}, {optest.F32(2, 5, 3)}, {optest.F32(0, 5)}},
			Op: func(in ...grad.Value) grad.Value { return op.SliceStep(in[0], 1, 1, 5, step) },
			Ref: func(in ...optest.Array) optest.Array {
				shape := append([]int(nil), in[0].Shape...)
				shape[1] = (4 + step - 1) / step
				y := optest.NewArray(shape...)
				y.Each(func(at []int, place int) {
					from := append([]int(nil), at...)
					from[1] = 1 + step*at[1]
					y.Data[place] = in[0].Data[in[0].Index(from...)]
				})
				return y
			},
			Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
				return op.Slice(in[0], a.Int("axis"), a.Int("start"), a.Int("stop"))
			},
		}))
	}
}

func TestExpand(t *testing.T) {
	c := exactly(optest.Case{
		Name: "expand", Inputs: [][]optest.Input{{optest.F32(3, 1)}, {optest.F32()}, {optest.F32(2, 1, 4)}, {optest.F32(2, 3, 4)}},
		Op: func(in ...grad.Value) grad.Value { return op.Expand(in[0], 2, 3, 4) },
		Ref: func(in ...optest.Array) optest.Array {
			return optest.Broadcast(in[0], optest.NewArray(2, 3, 4), func(a, _ float64) float64 { return a })
		},
	})
	c.GradTol = 4e-6
	optest.Run(t, c)
}

func TestConcat(t *testing.T) {
	for axis := range 2 {
		shapes := [][]optest.Input{
			{optest.F32(2, 3), optest.F32(2, 3)}, {optest.F32(4, 4)}, {optest.F32(2, 2), optest.F32(2, 2), optest.F32(2, 2)},
		}
		if axis == 0 {
			shapes = append(shapes, []optest.Input{optest.F32(3, 2), optest.F32(0, 2), optest.F32(1, 2)})
		}
		optest.Run(t, exactly(optest.Case{
			Name: "concat", Inputs: shapes,
			Op: func(in ...grad.Value) grad.Value { return op.Concat(axis-2, in...) },
			Ref: func(in ...optest.Array) optest.Array {
				shape := append([]int(nil), in[0].Shape...)
				shape[axis] = 0
				for _, x := range in {
					shape[axis] += x.Shape[axis]
				}
				y, from := optest.NewArray(shape...), 0
				for _, x := range in {
					x.Each(func(at []int, place int) {
						to := append([]int(nil), at...)
						to[axis] += from
						y.Data[y.Index(to...)] = x.Data[place]
					})
					from += x.Shape[axis]
				}
				return y
			},
			Golden: func(a optest.Attrs, in ...grad.Value) grad.Value { return op.Concat(a.Int("axis"), in...) },
		}))
	}
}

func TestGather(t *testing.T) {
	optest.Run(t, optest.Case{
		Name: "gather", ULP: 0.01, GradTol: 2e-6,
		Inputs: [][]optest.Input{
			{optest.F32(4, 5), optest.IDs(5, 4, 1)}, {optest.F32(3, 2), optest.IDs(2, 2, 7)}, {optest.F32(2, 5, 3), optest.IDs(5, 2, 7, 2)},
			{optest.F32(3, 2), optest.IDs(2, 0, 2)},
		},
		Op: func(in ...grad.Value) grad.Value { return op.Gather(in[0], in[1], 1) },
		Ref: func(in ...optest.Array) optest.Array {
			y := optest.NewArray(in[1].Shape...)
			y.Each(func(at []int, place int) {
				from := append([]int(nil), at...)
				from[1] = int(in[1].Data[place])
				y.Data[place] = in[0].Data[in[0].Index(from...)]
			})
			return y
		},
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value { return op.Gather(in[0], in[1], a.Int("axis")) },
	})
}

func TestEmbedding(t *testing.T) {
	long := optest.IDs(7, 3, 2)
	long.DType = tensor.I64
	optest.Run(t, optest.Case{
		Name: "embedding", ULP: 0.01, GradTol: 2e-6,
		Inputs: [][]optest.Input{{optest.F32(7, 3), optest.IDs(7, 5)}, {optest.F32(7, 3), long}, {optest.F32(2, 1), optest.IDs(2, 9)}, {optest.F32(2, 3), optest.IDs(2, 0)}},
		Large:  []optest.Input{optest.F32(50, 333), optest.IDs(50, 400)},
		Op:     func(in ...grad.Value) grad.Value { return op.Embedding(in[0], in[1]) },
		Ref: func(in ...optest.Array) optest.Array {
			y := optest.NewArray(append(append([]int(nil), in[1].Shape...), in[0].Shape[1])...)
			for i, id := range in[1].Data {
				n := in[0].Shape[1]
				copy(y.Data[i*n:(i+1)*n], in[0].Data[int(id)*n:])
			}
			return y
		},
		Golden: func(_ optest.Attrs, in ...grad.Value) grad.Value { return op.Embedding(in[1], in[0]) },
	})
}
