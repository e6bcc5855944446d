package op_test

import (
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// BenchmarkLinear is forward and backward of the 784-500-10 network on a batch of 64, the update left out, by Linear and
// by the ops that it equals.
func BenchmarkLinear(b *testing.B) {
	fused := func(x, w, bias grad.Value) grad.Value { return op.Linear(x, w, bias, op.ActReLU) }
	composed := func(x, w, bias grad.Value) grad.Value { return op.ReLU(op.Add(op.MatMulNT(x, w), bias)) }
	b.Run("fused", func(b *testing.B) { benchLinear(b, fused) })
	b.Run("composed", func(b *testing.B) { benchLinear(b, composed) })
}

func benchLinear(b *testing.B, layer func(x, w, bias grad.Value) grad.Value) {
	w1, b1, w2, b2 := param("w1", 500, 784), param("b1", 500), param("w2", 10, 500), param("b2", 10)
	x, ids := tensor.New(tensor.F32, 64, 784), tensor.New(tensor.I32, 64)
	r := rng.Stream{Seed: 1}
	r.Sub(0).Uniform(tensor.Of[float32](x), 0, 1)
	r.Sub(1).Uniform(tensor.Of[float32](w1.Data), -0.05, 0.05)
	r.Sub(2).Uniform(tensor.Of[float32](w2.Data), -0.05, 0.05)
	grads, tape := grad.NewGrads(list(w1, b1, w2, b2)), grad.NewTape(grad.Config{})
	step := func(s *grad.Step) error {
		h := layer(s.Input(x), s.Use(w1), s.Use(b1))
		grads.Reset()
		s.Backward(op.CrossEntropy(layer(h, s.Use(w2), s.Use(b2)), s.Input(ids)), grads)
		return nil
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := tape.Step(grad.Train, step); err != nil {
			b.Fatal(err)
		}
	}
	// Two products of the first layer, three of the second; a product is two operations.
	flops := 2 * 64 * 500 * (2*784 + 3*10)
	b.ReportMetric(float64(flops)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
