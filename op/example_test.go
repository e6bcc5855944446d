package op_test

import (
	"fmt"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// A line y = wx + b fitted to points by its mean squared error: the gradient of one step.
func Example() {
	w := grad.NewParam("weight", tensor.From([]float32{0}, 1, 1))
	b := grad.NewParam("bias", tensor.From([]float32{0}))
	params := grad.Params{{Name: "weight", Param: w}, {Name: "bias", Param: b}}
	grads := grad.NewGrads(params)

	x := tensor.From([]float32{0, 1, 2, 3}, 4, 1)
	y := tensor.From([]float32{1, 3, 5, 7}, 4, 1)
	var loss float32
	err := grad.NewTape(grad.Config{Params: params}).Step(grad.Train, func(s *grad.Step) error {
		l := op.MSE(op.Linear(s.Input(x), s.Use(w), s.Use(b), op.ActNone), s.Input(y))
		s.Backward(l, grads)
		s.Read(l, &loss)
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	gw, _ := grads.Of(w)
	gb, _ := grads.Of(b)
	fmt.Println(loss, gw, gb)
	// Output: 21 f32[1 1] [[-17]] f32[1] [-8]
}
