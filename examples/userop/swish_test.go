package userop

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

func TestSwish(t *testing.T) {
	const beta = 1.5
	optest.Run(t, optest.Case{
		Name:   "userop.Swish",
		Inputs: [][]optest.Input{{optest.F32(3, 5)}, {optest.In(-30, 30, 17)}, {optest.F32()}, {optest.F32(0, 4)}},
		Op:     func(in ...grad.Value) grad.Value { return Swish(in[0], beta) },
		Ref: func(in ...optest.Array) optest.Array {
			return in[0].Map(func(x float64) float64 { return x / (1 + math.Exp(-beta*x)) })
		},
		VJP: true,
		Tol: 1e-6,
	})
}

func TestSwishRefusesIDs(t *testing.T) {
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		Swish(s.Input(tensor.From([]int32{1, 2})), 1)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "userop.Swish at swish_test.go:") || !strings.Contains(err.Error(), "f32 is wanted") {
		t.Errorf("error %v, want one that names the op, its caller and the dtype", err)
	}
}

func ExampleSwish() {
	tape := grad.NewTape(grad.Config{})
	var y tensor.Tensor
	err := tape.Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(Swish(s.Input(tensor.From([]float32{-1, 0, 1, 2})), 1), &y)
		return nil
	})
	fmt.Printf("%.4f %v\n", tensor.Of[float32](y), err)
	// Output: [-0.2689 0.0000 0.7311 1.7616] <nil>
}
