package op_test

import (
	"fmt"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// BenchmarkLSTM is a layer in one direction, forward and with the gradients of x and of the weights. Operations are counted as
// two for each product of the gates with a weight, and as many again for either gradient.
// bench/compare/peers/lstm_torch.py does the same.
func BenchmarkLSTM(b *testing.B) {
	const batch, steps, d = 64, 128, 256
	for _, workers := range []int{1, 2} {
		name := fmt.Sprintf("%dx%dx%d/threads=%d", batch, steps, d, workers)
		b.Run(name, func(b *testing.B) {
			defer parallel.SetWorkers(parallel.SetWorkers(workers))
			b.Run("forward", func(b *testing.B) { benchLSTM(b, batch, steps, d, false, 1) })
			b.Run("both", func(b *testing.B) { benchLSTM(b, batch, steps, d, true, 3) })
		})
	}
}

func benchLSTM(b *testing.B, batch, steps, d int, backward bool, passes float64) {
	x, g := grad.NewParam("x", drawn(1, steps, batch, d)), drawn(2, steps, batch, d)
	ih, hh := grad.NewParam("weight_ih", drawn(3, 4*d, d)), grad.NewParam("weight_hh", drawn(4, 4*d, d))
	bi, bh := grad.NewParam("bias_ih", drawn(5, 4*d)), grad.NewParam("bias_hh", drawn(6, 4*d))
	for _, p := range list(ih, hh, bi, bh) {
		for i := range tensor.Of[float32](p.Data) {
			tensor.Of[float32](p.Data)[i] /= 16 // by √d, as a layer starts
		}
	}
	grads, tape := grad.NewGrads(list(x, ih, hh, bi, bh)), grad.NewTape(grad.Config{})
	step := func(s *grad.Step) error {
		w := op.RecurrentWeights{IH: s.Use(ih), HH: s.Use(hh), BiasIH: s.Use(bi), BiasHH: s.Use(bh)}
		y, _, _ := op.LSTM(s.Use(x), w, grad.Value{}, grad.Value{}, grad.Value{}, false)
		grads.Reset()
		if backward {
			s.BackwardFrom(y, g, grads)
		}
		return nil
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := tape.Step(grad.Train, step); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(passes*float64(16*batch*steps*d*d)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
