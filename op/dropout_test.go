package op_test

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

// dropped gives what Dropout does to ones of the shape, on the tape's first step.
func dropped(p float64, seed uint64, shape ...int) []float32 {
	x, y := tensor.New(tensor.F32, shape...), tensor.Tensor{}
	for i := range tensor.Of[float32](x) {
		tensor.Of[float32](x)[i] = 1
	}
	err := grad.NewTape(grad.Config{Seed: seed}).Step(grad.Train, func(s *grad.Step) error {
		s.ReadTensor(op.Dropout(s.Input(x), p), &y)
		return nil
	})
	if err != nil {
		panic(err)
	}
	return tensor.Of[float32](y)
}

func TestDropout(t *testing.T) {
	in := [][]optest.Input{{optest.F32(3, 5)}, {optest.F32(0, 2)}, {optest.F32()}, {optest.F32(67)}}
	c := optest.Case{
		Name: "dropout", Inputs: in, Large: []optest.Input{optest.F32(3, 20011)}, Mode: grad.Train, Random: true,
		Op: func(in ...grad.Value) grad.Value { return op.Dropout(in[0], 0.25) },
		// The first call of a step draws the same for any values.
		Ref: func(in ...optest.Array) optest.Array {
			mask := dropped(0.25, 0, in[0].Shape...)
			y := optest.NewArray(in[0].Shape...)
			for i := range y.Data {
				y.Data[i] = in[0].Data[i] * float64(mask[i])
			}
			return y
		},
	}
	t.Run("train", func(t *testing.T) { optest.Run(t, c) })
	c.Mode, c.Random = grad.Infer, false
	c.Ref = func(in ...optest.Array) optest.Array { return in[0] }
	t.Run("infer", func(t *testing.T) { optest.Run(t, c) })
}

func TestDropoutShare(t *testing.T) {
	const n, p = 200000, 0.3
	y := dropped(p, 1, n)
	zeros := 0
	for _, v := range y {
		switch v {
		case 0:
			zeros++
		case float32(1 / (1 - float32(p))):
		default:
			t.Fatalf("element %v", v)
		}
	}
	// Five standard deviations of a binomial share.
	if got, limit := float64(zeros)/n, 5*math.Sqrt(p*(1-p)/n); math.Abs(got-p) > limit {
		t.Errorf("a share of %v is zero, %v ± %v wanted", got, p, limit)
	}
	same := 0
	for i, v := range dropped(p, 2, n) {
		if v == y[i] {
			same++
		}
	}
	if want := p*p + (1-p)*(1-p); math.Abs(float64(same)/n-want) > 0.01 {
		t.Errorf("two seeds agree in a share of %v, %v wanted", float64(same)/n, want)
	}
}
