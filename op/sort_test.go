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

// places are the indices of v in the order of its elements.
func places(v []float64, descending bool) []int {
	r := make([]int, len(v))
	for i := range r {
		r[i] = i
	}
	slices.SortStableFunc(r, func(a, b int) int {
		if v[a] == v[b] {
			return 0
		}
		if (v[a] < v[b]) != descending {
			return -1
		}
		return 1
	})
	return r
}

func TestSort(t *testing.T) {
	for output := range 2 {
		for axis := range 2 {
			optest.Run(t, optest.Case{
				Name: "sort", Output: output, NoGrad: output == 1, VJP: output == 0, ULP: 0.01,
				Inputs: [][]optest.Input{{optest.F32(3, 5)}, {optest.F32(2, 7, 3)}, {optest.F32(1, 1)}, {optest.F32(0, 2)}, {optest.F32(2, 0)}},
				Large:  []optest.Input{optest.F32(300, 101)},
				Op: func(in ...grad.Value) grad.Value {
					values, ids := op.Sort(in[0], axis, axis == 1)
					return []grad.Value{values, ids}[output]
				},
				Ref: func(in ...optest.Array) optest.Array {
					return overAxis(in[0], axis, func(v []float64) []float64 {
						r := make([]float64, len(v))
						for i, k := range places(v, axis == 1) {
							r[i] = []float64{v[k], float64(k)}[output]
						}
						return r
					})
				},
				Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
					values, ids := op.Sort(in[0], a.Int("axis"), a.Bool("descending"))
					return []grad.Value{values, ids}[output]
				},
			})
		}
	}
	refused(t, "op.Sort: axis 1", func(s *grad.Step) { op.Sort(zeros(s, 3), 1, false) })
}

func TestTopK(t *testing.T) {
	for output := range 2 {
		optest.Run(t, optest.Case{
			Name: "top_k", Output: output, NoGrad: output == 1, VJP: output == 0, ULP: 0.01,
			Inputs: [][]optest.Input{{optest.F32(3, 5)}, {optest.F32(2, 3, 33)}, {optest.F32(2, 2)}, {optest.F32(0, 2)}},
			Large:  []optest.Input{optest.F32(300, 101)},
			Op: func(in ...grad.Value) grad.Value {
				values, ids := op.TopK(in[0], 2, -1)
				return []grad.Value{values, ids}[output]
			},
			Ref: func(in ...optest.Array) optest.Array {
				y := optest.NewArray(append(slices.Clone(in[0].Shape[:len(in[0].Shape)-1]), 2)...)
				for r, row := range in[0].Rows() {
					for i, k := range places(row, true)[:2] {
						y.Data[2*r+i] = []float64{row[k], float64(k)}[output]
					}
				}
				return y
			},
			Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
				values, ids := op.TopK(in[0], a.Int("k"), a.Int("axis"))
				return []grad.Value{values, ids}[output]
			},
		})
	}
	refused(t, "k is 4; the axis has 3 elements", func(s *grad.Step) { op.TopK(zeros(s, 2, 3), 4, 1) })
	refused(t, "op.TopK", func(s *grad.Step) { op.TopK(zeros(s, 2, 3), 4, 1) })
	refused(t, "op.TopK with k -1", func(s *grad.Step) { op.TopK(zeros(s, 3), -1, 0) })
}

// Equal elements keep their order, zeros of both signs are equal, NaN is the largest.
func TestSortOfTiesAndNaN(t *testing.T) {
	negative := float32(math.Copysign(0, -1))
	x := tensor.From([]float32{0, float32(math.NaN()), negative, -1, 2, 0, 2})
	for descending, want := range map[bool][]int32{false: {3, 0, 2, 5, 4, 6, 1}, true: {1, 4, 6, 0, 2, 5, 3}} {
		var got tensor.Tensor
		err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			_, ids := op.Sort(s.Input(x), 0, descending)
			s.ReadTensor(ids, &got)
			return nil
		})
		if err != nil || !slices.Equal(tensor.Of[int32](got), want) {
			t.Errorf("descending=%v: %v, %v; %v wanted", descending, tensor.Of[int32](got), err, want)
		}
	}
}
