package op_test

import (
	"fmt"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// BenchmarkRows is softmax, LayerNorm and RMSNorm over [16384 1024], forward, and forward and backward with the gradients of the
// scale and shift; in GB/s of what must be read and written: x and y, and x or y, g and gx. bench/compare/peers/rows_torch.py does
// the same. memmove copies as many bytes.
func BenchmarkRows(b *testing.B) {
	const rows, cols = 16384, 1024
	x, gamma, beta := grad.NewParam("x", drawn(1, rows, cols)), grad.NewParam("gamma", drawn(2, cols)), grad.NewParam("beta", drawn(3, cols))
	g, to := drawn(4, rows, cols), tensor.New(tensor.F32, rows, cols)
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("memmove/threads=%d", threads), func(b *testing.B) {
			defer parallel.SetWorkers(parallel.SetWorkers(threads))
			b.SetBytes(8 * rows * cols)
			for b.Loop() {
				parallel.For(64, moving{tensor.Of[float32](to), tensor.Of[float32](g)})
			}
		})
		for name, f := range map[string]func(x grad.Value) grad.Value{
			"softmax":    func(x grad.Value) grad.Value { return op.Softmax(x, -1) },
			"layer_norm": func(x grad.Value) grad.Value { return op.LayerNorm(x, x.Use(gamma), x.Use(beta), 1e-5) },
			"rms_norm":   func(x grad.Value) grad.Value { return op.RMSNorm(x, x.Use(gamma), 1e-5) },
		} {
			for _, backward := range []bool{false, true} {
				b.Run(fmt.Sprintf("%s/backward=%v/threads=%d", name, backward, threads), func(b *testing.B) {
					defer parallel.SetWorkers(parallel.SetWorkers(threads))
					benchRows(b, f, g, list(x, gamma, beta), backward)
				})
			}
		}
	}
}

func benchRows(b *testing.B, f func(x grad.Value) grad.Value, g tensor.Tensor, ps grad.Params, backward bool) {
	grads, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{})
	step := func(s *grad.Step) error {
		y := f(s.Use(ps[0].Param))
		if backward {
			grads.Reset()
			s.BackwardFrom(y, g, grads)
		}
		return nil
	}
	b.SetBytes(8 * int64(g.Numel()))
	if backward {
		b.SetBytes(20 * int64(g.Numel()))
	}
	for b.Loop() {
		if err := tape.Step(grad.Train, step); err != nil {
			b.Fatal(err)
		}
	}
}

// moving copies x to y, a 64th at a time.
type moving struct{ y, x []float32 }

// Run copies part i.
func (m moving) Run(i int) {
	n := len(m.x) / 64
	copy(m.y[i*n:(i+1)*n], m.x[i*n:(i+1)*n])
}
