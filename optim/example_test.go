package optim_test

import (
	"fmt"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// The weight decays, the bias doesn't; the gradients' norm is bounded and the rate falls along a cosine.
func Example() {
	line := nn.NewLinear(rng.NewSource(1), 1, 1)
	params, err := nn.Params(line)
	if err != nil {
		fmt.Println(err)
		return
	}
	isBias := func(p grad.Named) bool { return p.Name == "bias" }
	isWeight := func(p grad.Named) bool { return p.Name != "bias" }
	fall := optim.Cosine{Steps: 300, Warmup: 10}
	opt := &optim.ClipNorm{Max: 1, Opt: optim.Groups{
		{Params: params.Filter(isWeight), Opt: &optim.AdamW{LR: 0.1, WeightDecay: 1e-4, Schedule: fall}},
		{Params: params.Filter(isBias), Opt: &optim.AdamW{LR: 0.1, Schedule: fall}},
	}}
	x := tensor.From([]float32{-1, 0, 1, 2}, 4, 1)
	y := tensor.From([]float32{-1, 1, 3, 5}, 4, 1) // 2x + 1
	grads, tape := grad.NewGrads(params), grad.NewTape(grad.Config{Params: params})
	for range 300 {
		if err := tape.Step(grad.Train, func(s *grad.Step) error {
			s.Backward(op.MSE(line.Forward(s.Input(x)), s.Input(y)), grads)
			s.Update(opt, grads)
			return nil
		}); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("%.2f x + %.2f\n", tensor.Of[float32](line.Weight.Data)[0], tensor.Of[float32](line.Bias.Data)[0])
	// Output: 2.00 x + 1.00
}

// Gradient accumulation: four parts of a batch, one after the other, give the gradient of the whole, and the memory of one part is
// enough. Each part's loss is divided by their number. With several workers Shards is data parallel, with the same bits; without
// it, calling Backward several times in a step adds up as well.
func Example_accumulation() {
	r := rng.NewSource(1)
	whole, parts := nn.NewLinear(r, 1, 1), nn.NewLinear(r, 1, 1)
	x := tensor.From([]float32{-1, 0, 1, 2}, 4, 1)
	y := tensor.From([]float32{-1, 1, 3, 5}, 4, 1)
	for _, l := range []*nn.Linear{whole, parts} {
		l.Bias = nil
		copy(tensor.Of[float32](l.Weight.Data), []float32{1})
		params, err := nn.Params(l)
		if err != nil {
			fmt.Println(err)
			return
		}
		grads, opt := grad.NewGrads(params), &optim.SGD{LR: 0.1}
		if err := grad.NewTape(grad.Config{Params: params}).Step(grad.Train, func(s *grad.Step) error {
			s.Update(opt, grads)
			if l == whole {
				s.Backward(op.MSE(l.Forward(s.Input(x)), s.Input(y)), grads)
				return nil
			}
			return s.Shards(4, 1, func(i int, s *grad.Step) error {
				part := op.MSE(l.Forward(s.Input(x.Slice(0, i, i+1, 1))), s.Input(y.Slice(0, i, i+1, 1)))
				s.Backward(op.Mul(part, s.Scalar(0.25)), grads)
				return nil
			})
		}); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("%.4f %.4f\n", tensor.Of[float32](whole.Weight.Data)[0], tensor.Of[float32](parts.Weight.Data)[0])
	// Output: 1.4000 1.4000
}
