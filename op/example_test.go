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

// A loss is a struct: its zero fields are the usual settings, and its Of is the function of output and target that train.Fit
// takes.
func ExampleReduction() {
	x, y, w := tensor.From([]float32{1, 2, 6}), tensor.From([]float32{1, 3, 3}), tensor.From([]float32{1, 2, 1})
	var each tensor.Tensor
	var mean, weighted float32
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		out, target := s.Input(x), s.Input(y)
		s.ReadTensor(op.HuberLoss{Reduction: op.ReduceNone}.Of(out, target), &each)
		s.Read(op.HuberLoss{}.Of(out, target), &mean)
		s.Read(op.HuberLoss{Weights: s.Input(w)}.Of(out, target), &weighted)
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(each, mean, weighted)
	// Output: f32[3] [0 0.5 2.5] 1 0.875
}
