package optim_test

import (
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/tensor"
)

// BenchmarkAdam updates the reference network's 397,510 parameters, in cache, and 20 million, from memory. Adam reads
// parameter, gradient and two moments and writes three of them: 28 bytes a parameter.
func BenchmarkAdam(b *testing.B) {
	for _, c := range []struct {
		name   string
		shapes [][]int
	}{{"784-500-10", [][]int{{500, 784}, {500}, {10, 500}, {10}}}, {"20M", [][]int{{20_000_000}}}} {
		b.Run(c.name, func(b *testing.B) {
			var ps grad.Params
			for _, s := range c.shapes {
				ps = append(ps, grad.Named{Name: "w", Param: grad.NewParam("w", tensor.New(tensor.F32, s...))})
			}
			g, tape, opt := grad.NewGrads(ps), grad.NewTape(grad.Config{}), &optim.Adam{LR: 1e-3}
			seeds := make([]tensor.Tensor, len(ps))
			for i, s := range c.shapes {
				seeds[i] = tensor.New(tensor.F32, s...)
			}
			if err := tape.Step(grad.Train, func(s *grad.Step) error { // the gradients are written once, then used again
				for i, p := range ps {
					s.Backward(pull.Apply(grad.None{}, s.Use(p.Param), s.Input(seeds[i])), g)
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
			if err := opt.Prepare(ps, g); err != nil {
				b.Fatal(err)
			}
			opt.Apply(ps, g, 1) // touches the moments' pages
			b.SetBytes(int64(28 * ps.Numel()))
			b.ReportAllocs()
			for b.Loop() {
				opt.Apply(ps, g, 1)
			}
		})
	}
}
