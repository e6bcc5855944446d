package op_test

import (
	"errors"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

func bilinearRef(in ...optest.Array) optest.Array {
	a, b, w := in[0], in[1], in[2]
	k, ni, nj := w.Shape[0], w.Shape[1], w.Shape[2]
	y := optest.NewArray(append(append([]int(nil), a.Shape[:len(a.Shape)-1]...), k)...)
	for at := range y.Data {
		row, o := at/k, at%k
		for i := range ni {
			for j := range nj {
				y.Data[at] += a.Data[row*ni+i] * w.Data[(o*ni+i)*nj+j] * b.Data[row*nj+j]
			}
		}
		if len(in) > 3 && in[3].Data != nil {
			y.Data[at] += in[3].Data[o]
		}
	}
	return y
}

func TestBilinear(t *testing.T) {
	apply := func(in ...grad.Value) grad.Value {
		if len(in) == 3 {
			in = append(in, grad.Value{})
		}
		return op.Bilinear(in[0], in[1], in[2], in[3])
	}
	optest.Run(t, optest.Case{
		Name: "bilinear", VJP: true, Tol: 4e-6, LargeTol: 5e-5,
		Inputs: [][]optest.Input{
			{optest.F32(3, 2), optest.F32(3, 4), optest.F32(5, 2, 4), optest.F32(5)},
			{optest.F32(2, 3, 2), optest.F32(2, 3, 1), optest.F32(1, 2, 1), optest.None()},
			{optest.F32(2), optest.F32(3), optest.F32(2, 2, 3), optest.F32(2)},
			{optest.F32(0, 2), optest.F32(0, 3), optest.F32(2, 2, 3), optest.F32(2)},
		},
		Large:  []optest.Input{optest.F32(70, 30), optest.F32(70, 65), optest.F32(20, 30, 65), optest.F32(20)},
		Op:     apply,
		Ref:    bilinearRef,
		Golden: func(_ optest.Attrs, in ...grad.Value) grad.Value { return apply(in...) },
	})
}

func TestBilinearRefuses(t *testing.T) {
	for _, s := range [][4][]int{
		{{3, 2}, {3, 4}, {5, 4, 2}, {5}}, {{3, 2}, {2, 4}, {5, 2, 4}, {5}}, {{3, 2}, {3, 4}, {5, 2, 4}, {4}},
		{{3, 2}, {1, 3, 4}, {5, 2, 4}, {5}}, {{}, {}, {5, 2, 4}, {5}}, {{3, 2}, {3, 4}, {2, 4}, {5}},
	} {
		err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(st *grad.Step) error {
			var v [4]grad.Value
			for i, shape := range s {
				v[i] = st.Input(tensor.New(tensor.F32, shape...))
			}
			op.Bilinear(v[0], v[1], v[2], v[3])
			return nil
		})
		var e *tensor.Error
		if !errors.As(err, &e) {
			t.Errorf("shapes %v: %v, want a *tensor.Error", s, err)
		}
	}
}
