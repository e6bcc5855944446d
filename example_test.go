package ingot_test

import (
	"fmt"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

func Example() {
	x := tensor.From([]float32{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2)
	y := tensor.From([]int32{0, 1, 1, 0}) // exclusive or
	r := rng.NewSource(1)
	net := nn.NewSequential(nn.NewLinear(r, 2, 16), nn.Func(op.Tanh), nn.NewLinear(r, 16, 2))
	params, err := nn.Params(net)
	grads, opt := grad.NewGrads(params), &optim.Adam{LR: 0.05}
	tape := grad.NewTape(grad.Config{Params: params})
	var loss float32
	for i := 0; err == nil && i < 200; i++ {
		err = tape.Step(grad.Train, func(s *grad.Step) error { // a transaction: all of it, or nothing
			l := op.CrossEntropy(net.Forward(s.Input(x)), s.Input(y))
			s.Backward(l, grads)
			s.Update(opt, grads) // done as the step ends
			s.Read(l, &loss)     // likewise
			return nil
		})
	}
	fmt.Println("learnt:", err == nil && loss < 0.01)
	// Output: learnt: true
}
