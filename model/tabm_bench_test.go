package model_test

import (
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
)

// BenchmarkTabM makes steps of 256 rows of 14 numbers, 3 layers of 512, dropout, AdamW, and as many models as it says.
func BenchmarkTabM(b *testing.B) {
	for _, c := range []struct {
		name string
		c    model.TabMConfig
	}{{"k32", model.TabMConfig{Heads: 32}}, {"k32mini", model.TabMConfig{Heads: 32, Mini: true}}, {"k1", model.TabMConfig{Heads: 1}}} {
		b.Run(c.name, func(b *testing.B) {
			c.c.Numbers, c.c.Dim, c.c.Blocks, c.c.Dropout, c.c.Out = 14, 512, 3, 0.1, 2
			step := tabmStep(b, c.c, 256)
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
		})
	}
}

func tabmStep(tb testing.TB, c model.TabMConfig, rows int) func() {
	m, err := model.NewTabM(rng.NewSource(1), c)
	if err != nil {
		tb.Fatal(err)
	}
	ps, err := nn.Params(m)
	if err != nil {
		tb.Fatal(err)
	}
	x, y := tensor.New(tensor.F32, rows, c.Numbers), tensor.New(tensor.I32, rows)
	rng.Stream{Seed: 2}.Normal(tensor.Of[float32](x), 0, 1)
	for i := range tensor.Of[int32](y) {
		tensor.Of[int32](y)[i] = int32(i % c.Out)
	}
	grads, tape, opt := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps}), &optim.AdamW{LR: 1e-3, WeightDecay: 3e-4}
	body := func(s *grad.Step) error {
		s.Backward(task.Loss(m.Forward(s.Input(x)), s.Input(y)), grads)
		s.Update(opt, grads)
		return nil
	}
	return func() {
		if err := tape.Step(grad.Train, body); err != nil {
			tb.Fatal(err)
		}
	}
}
