package nn_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/tensor"
)

func ExampleDropout() {
	d := nn.NewDropout(0.5)
	var y tensor.Tensor
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(d.Forward(s.Input(tensor.From([]float32{1, 2, 3}))), &y)
		return nil
	})
	fmt.Println(y, err)
	// Output: f32[3] [1 2 3] <nil>
}

func TestDropout(t *testing.T) {
	d := nn.NewDropout(0.25)
	if got := stateNames(t, d); got != nil {
		t.Errorf("state %v", got)
	}
	x := tensor.New(tensor.F32, 10000)
	nn.Constant(x, 3)
	zeros := 0
	for _, v := range tensor.Of[float32](forward(t, grad.Train, d, x)) {
		if v == 0 {
			zeros++
		} else if v != 4 { // 3/(1 − 0.25)
			t.Fatalf("%v, want 0 or 4", v)
		}
	}
	if math.Abs(float64(zeros)/10000-0.25) > 0.025 { // 6 standard errors
		t.Errorf("%d of 10000 dropped, want about 2500", zeros)
	}
	if y := forward(t, grad.Infer, d, x); !slices.Equal(y.Bytes(), x.Bytes()) {
		t.Error("it drops out of training")
	}
	for _, p := range []float64{-0.1, 1, math.NaN()} {
		wantRefused(t, func() { nn.NewDropout(p) })
	}
}
