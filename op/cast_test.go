package op_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

func TestCast(t *testing.T) {
	identity := func(in ...optest.Array) optest.Array { return in[0] }
	for _, from := range []tensor.DType{tensor.I32, tensor.I64, tensor.U8} {
		ids := optest.IDs(200, 3, 5)
		ids.DType = from
		optest.Run(t, optest.Case{
			Name: "cast", NoGrad: true, ULP: 0.01, Inputs: [][]optest.Input{{ids}},
			Op:  func(in ...grad.Value) grad.Value { return op.Cast(in[0], tensor.F32) },
			Ref: identity,
		})
	}
	// There and back: half a unit in the last place of 8 and 11 bits.
	for to, bits := range map[tensor.DType]float64{tensor.BF16: 8, tensor.F16: 11, tensor.F64: 53} {
		optest.Run(t, optest.Case{
			Name: "cast", NoGrad: true, Tol: math.Exp2(-bits), Inputs: [][]optest.Input{{optest.In(-1, 1, 7, 5)}, {optest.F32(0)}},
			Op:  func(in ...grad.Value) grad.Value { return op.Cast(op.Cast(in[0], to), tensor.F32) },
			Ref: identity,
		})
	}
	i64 := func(in ...grad.Value) { op.Cast(in[0], tensor.I32) }
	if got := fails(t, i64, tensor.From([]int64{1, 1 << 40})); !strings.Contains(got, "element 1 is 1099511627776") {
		t.Error(got)
	}
	for _, bad := range []float32{1.5, float32(math.NaN()), float32(math.Inf(1)), 1 << 25} {
		if got := fails(t, i64, tensor.From([]float32{1, bad})); !strings.Contains(got, fmt.Sprintf("element 1 is %v;", bad)) {
			t.Error(got)
		}
	}
	if got := fails(t, i64, tensor.From([]uint8{1})); !strings.Contains(got, "no conversion from u8 to i32") {
		t.Error(got)
	}
	ids := optest.IDs(200, 3, 5)
	optest.Run(t, optest.Case{
		Name: "cast", NoGrad: true, ULP: 0.01, Inputs: [][]optest.Input{{ids}},
		Op: func(in ...grad.Value) grad.Value {
			return op.Cast(op.Cast(op.Cast(in[0], tensor.F32), tensor.I32), tensor.F32)
		},
		Ref: identity,
	})
}

func TestDetachStopsGradients(t *testing.T) {
	p := param("p", 3)
	copy(tensor.Of[float32](p.Data), []float32{1, 2, 3})
	grads := grad.NewGrads(list(p))
	err := grad.NewTape(grad.Config{}).Step(grad.Train, func(s *grad.Step) error {
		x := s.Use(p)
		s.Backward(op.Sum(op.Mul(x, op.Detach(x))), grads)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	g, _ := grads.Of(p)
	for i, v := range tensor.Of[float32](g) {
		if v != float32(i+1) {
			t.Errorf("gradient %v, x itself wanted", g)
		}
	}
}
