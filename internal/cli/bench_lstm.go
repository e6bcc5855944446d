package cli

import (
	"strconv"
	"time"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// lstm measures a layer in one direction, forward and with the gradients of x and of the weights, with 1 and all threads. Operations
// are two for each product of a gate with a weight, and as many again for either gradient.
func (b *bench) lstm() error {
	const batch, steps, dim = 64, 128, 256
	const flops = 3 * 16 * batch * steps * dim * dim
	for _, n := range threadCounts() {
		name := "step/lstm-" + strconv.Itoa(dim) + "/" + strconv.Itoa(n)
		if !b.wants(name) {
			continue
		}
		r := rng.NewSource(1)
		layer := nn.NewLSTM(r, dim, dim, 1, false)
		layer.TimeFirst = true
		params, err := nn.Params(layer)
		if err != nil {
			return err
		}
		x, seed := grad.NewParam("x", tensor.New(tensor.F32, steps, batch, dim)), tensor.New(tensor.F32, steps, batch, dim)
		nn.Normal(r.Next(), x.Data, 0, 1)
		nn.Normal(r.Next(), seed, 0, 1)
		grads := grad.NewGrads(append(params, grad.Named{Name: "x", Param: x}))
		tape := grad.NewTape(grad.Config{})
		var d time.Duration
		onThreads(n, func() {
			d = timed(func() {
				if e := tape.Step(grad.Train, func(s *grad.Step) error {
					grads.Reset()
					s.BackwardFrom(layer.Forward(s.Use(x)), seed, grads)
					return nil
				}); e != nil {
					err = e
				}
			})
		})
		if err != nil {
			return err
		}
		b.add(measured{Name: name, Value: 1e3 * d.Seconds(), Unit: "ms", OfPeak: ofLimit(flops/d.Seconds(), b.peak(n)), Bytes: tape.HighWater()})
	}
	return nil
}
