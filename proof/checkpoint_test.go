package proof

import (
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
)

// TestCheckpoint trains a deep network with dropout, with and without activation checkpointing: the replayed blocks drop the
// same units, so that loss and gradients have the same bits, in less memory.
func TestCheckpoint(t *testing.T) {
	const n, width, blocks, layers = 256, 32, 6, 4
	var model struct{ Layers []*nn.Linear }
	r := rng.NewSource(1)
	for range blocks * layers {
		model.Layers = append(model.Layers, nn.NewLinear(r, width, width))
	}
	ps := params(t, &model)
	x := uniform(2, n, width)
	run := func(check bool) (got [][]float32, bytes int) {
		grads, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Seed: 3, Params: ps, Poison: true})
		var loss float32
		step(t, tape, grad.Train, func(s *grad.Step) error {
			h := s.Input(x)
			for b := range blocks {
				in := h
				block := func() grad.Value {
					h := in
					for _, l := range model.Layers[b*layers : (b+1)*layers] {
						h = op.Dropout(op.Tanh(l.Forward(h)), 0.1)
					}
					return h
				}
				if check {
					h = s.Checkpoint(block)
				} else {
					h = block()
				}
			}
			l := op.Mean(op.Mul(h, h))
			s.Backward(l, grads)
			s.Read(l, &loss)
			got = gradients(t, grads)
			return nil
		})
		return append(got, []float32{loss}), tape.HighWater()
	}
	plain, much := run(false)
	checked, little := run(true)
	wantSame(t, "with checkpoints and without", checked, plain)
	if little > much/2 {
		t.Errorf("%d bytes with checkpoints, %d without", little, much)
	}
}
