package op_test

import (
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

func long(in optest.Input) optest.Input {
	in.DType = tensor.I64
	return in
}

func ids(s *grad.Step, v ...int32) grad.Value { return s.Input(tensor.From(v)) }

func TestIndexSelect(t *testing.T) {
	for axis := range 2 {
		optest.Run(t, exactly(optest.Case{
			Name: "index_select",
			Inputs: [][]optest.Input{
				{optest.F32(4, 4), optest.IDs(4, 7)}, {optest.F32(3, 3, 2), long(optest.IDs(3, 2))}, {optest.F32(2, 2), optest.IDs(2, 0)},
			},
			Large: []optest.Input{optest.F32(50, 333), optest.IDs(50, 400)},
			Op:    func(in ...grad.Value) grad.Value { return op.IndexSelect(in[0], in[1], axis) },
			Ref: func(in ...optest.Array) optest.Array {
				shape := slices.Clone(in[0].Shape)
				shape[axis] = len(in[1].Data)
				return moved(in[0], shape, func(at []int) []int { at[axis] = int(in[1].Data[at[axis]]); return at })
			},
			Golden: func(a optest.Attrs, in ...grad.Value) grad.Value { return op.IndexSelect(in[0], in[1], a.Int("axis")) },
		}))
	}
	refused(t, "op.IndexSelect: axis 2", func(s *grad.Step) { op.IndexSelect(zeros(s, 3, 2), ids(s, 0), 2) })
	refused(t, "the id at position 1 is 3; there are 3 rows, 0 to 2", func(s *grad.Step) { op.IndexSelect(zeros(s, 2, 3), ids(s, 0, 3), 1) })
	refused(t, "the id at position 0 is -1", func(s *grad.Step) { op.IndexSelect(zeros(s, 3), ids(s, -1), 0) })
	refused(t, "ids of one dimension wanted", func(s *grad.Step) { op.IndexSelect(zeros(s, 3), op.Reshape(ids(s, 0), 1, 1), 0) })
	refused(t, "ids are f32", func(s *grad.Step) { op.IndexSelect(zeros(s, 3), zeros(s, 1), 0) })
}

func TestIndexAdd(t *testing.T) {
	for axis := range 2 {
		optest.Run(t, optest.Case{
			Name: "index_add", VJP: true,
			Inputs: [][]optest.Input{
				{optest.F32(4, 4), optest.IDs(4, 4), optest.F32(4, 4)}, {optest.F32(3, 3, 2), long(optest.IDs(3, 3)), optest.F32(3, 3, 2)},
			},
			Op: func(in ...grad.Value) grad.Value { return op.IndexAdd(in[0], in[1], in[2], axis) },
			Ref: func(in ...optest.Array) optest.Array {
				y := in[0].Map(func(x float64) float64 { return x })
				in[2].Each(func(at []int, place int) {
					to := slices.Clone(at)
					to[axis] = int(in[1].Data[at[axis]])
					y.Data[y.Index(to...)] += in[2].Data[place]
				})
				return y
			},
			Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
				return op.IndexAdd(in[0], in[1], in[2], a.Int("axis"))
			},
		})
	}
	refused(t, "2 dimensions wanted", func(s *grad.Step) { op.IndexAdd(zeros(s, 3, 2), ids(s, 0), zeros(s, 2), 0) })
	refused(t, "one for each of the 2 slices of src", func(s *grad.Step) { op.IndexAdd(zeros(s, 3, 2), ids(s, 0), zeros(s, 2, 2), 0) })
	refused(t, "the slices of src differ", func(s *grad.Step) { op.IndexAdd(zeros(s, 3, 2), ids(s, 0), zeros(s, 1, 3), 0) })
	refused(t, "the id at position 0 is 3; there are 3 rows", func(s *grad.Step) { op.IndexAdd(zeros(s, 3, 2), ids(s, 3), zeros(s, 1, 2), 0) })
}

func TestScatterAdd(t *testing.T) {
	optest.Run(t, optest.Case{
		Name: "scatter_add", VJP: true,
		Inputs: [][]optest.Input{
			{optest.F32(4, 5), optest.IDs(5, 4, 2), optest.F32(4, 2)}, {optest.F32(3, 2), optest.IDs(2, 2, 7), optest.F32(2, 7)},
			{optest.F32(2, 5, 3), optest.IDs(5, 2, 7, 2), optest.F32(2, 7, 2)}, {optest.F32(3, 2), optest.IDs(2, 0, 2), optest.F32(0, 2)},
		},
		Op: func(in ...grad.Value) grad.Value { return op.ScatterAdd(in[0], in[1], in[2], 1) },
		Ref: func(in ...optest.Array) optest.Array {
			y := in[0].Map(func(x float64) float64 { return x })
			in[1].Each(func(at []int, place int) {
				to := slices.Clone(at)
				to[1] = int(in[1].Data[place])
				y.Data[y.Index(to...)] += in[2].Data[place]
			})
			return y
		},
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.ScatterAdd(in[0], in[1], in[2], a.Int("axis"))
		},
	})
	refused(t, "ids and src of one shape wanted", func(s *grad.Step) { op.ScatterAdd(zeros(s, 3), ids(s, 0), zeros(s, 2), 0) })
	refused(t, "i32 ids of 2 dimensions", func(s *grad.Step) { op.ScatterAdd(zeros(s, 3, 2), ids(s, 0), zeros(s, 1), 0) })
	refused(t, "the id at position 1 is 3; there are 3 places", func(s *grad.Step) { op.ScatterAdd(zeros(s, 3), ids(s, 0, 3), zeros(s, 2), 0) })
	refused(t, "ids have 2 in dimension 1, x has 1", func(s *grad.Step) {
		op.ScatterAdd(zeros(s, 3, 1), op.Reshape(ids(s, 0, 0), 1, 2), zeros(s, 1, 2), 0)
	})
	refused(t, "op.ScatterAdd: axis 1", func(s *grad.Step) { op.ScatterAdd(zeros(s, 3), ids(s, 0), zeros(s, 1), 1) })
}

func TestOneHot(t *testing.T) {
	optest.Run(t, optest.Case{
		Name: "one_hot", NoGrad: true, ULP: 0.01,
		Inputs: [][]optest.Input{{optest.IDs(5, 4)}, {long(optest.IDs(5, 2, 3))}, {optest.IDs(5, 0)}},
		Op:     func(in ...grad.Value) grad.Value { return op.OneHot(in[0], 5) },
		Ref: func(in ...optest.Array) optest.Array {
			y := optest.NewArray(append(slices.Clone(in[0].Shape), 5)...)
			for i, id := range in[0].Data {
				y.Data[5*i+int(id)] = 1
			}
			return y
		},
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value { return op.OneHot(in[0], a.Int("classes")) },
	})
	refused(t, "the id at position 1 is 5; there are 5 classes", func(s *grad.Step) { op.OneHot(ids(s, 0, 5), 5) })
	refused(t, "at least 1 wanted", func(s *grad.Step) { op.OneHot(ids(s, 0), 0) })
	refused(t, "ids are f32", func(s *grad.Step) { op.OneHot(zeros(s, 2), 5) })
}
