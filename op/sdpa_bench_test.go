package op_test

import (
	"fmt"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/op"
)

// BenchmarkSDPA is forward and backward of attention, the gradients of q, k and v included. Operations are counted as two for
// each product of what a query sees: two products forward, five backward. bench/compare/peers/attention_torch.py does the same.
func BenchmarkSDPA(b *testing.B) {
	for _, c := range []struct {
		b, h, t, d int
		causal     bool
	}{{8, 6, 256, 64, true}, {1, 8, 2048, 64, false}} {
		for _, workers := range []int{1, 2} {
			name := fmt.Sprintf("%dx%dx%dx%d/causal=%v/threads=%d", c.b, c.h, c.t, c.d, c.causal, workers)
			b.Run(name, func(b *testing.B) {
				defer parallel.SetWorkers(parallel.SetWorkers(workers))
				seen := c.t * c.t
				if c.causal {
					seen = c.t * (c.t + 1) / 2
				}
				b.Run("forward", func(b *testing.B) { benchSDPA(b, c.b, c.h, c.t, c.d, c.causal, false, 4*seen) })
				b.Run("both", func(b *testing.B) { benchSDPA(b, c.b, c.h, c.t, c.d, c.causal, true, 14*seen) })
			})
		}
	}
}

func benchSDPA(b *testing.B, batch, heads, t, d int, causal, backward bool, perWidth int) {
	q := grad.NewParam("q", drawn(1, batch, heads, t, d))
	k := grad.NewParam("k", drawn(2, batch, heads, t, d))
	v := grad.NewParam("v", drawn(3, batch, heads, t, d))
	g := drawn(4, batch, heads, t, d)
	grads, tape := grad.NewGrads(list(q, k, v)), grad.NewTape(grad.Config{})
	step := func(s *grad.Step) error {
		y := op.SDPA(s.Use(q), s.Use(k), s.Use(v), grad.Value{}, grad.Value{}, op.Attention{Causal: causal})
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
	b.ReportMetric(float64(perWidth*d*batch*heads)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
