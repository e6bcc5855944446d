package proof

import (
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
)

// TestShards trains with a batch cut in four, with dropout: on one worker it is gradient accumulation, on four goroutines data
// parallel. The bits are the same. It also does what the batch in one piece does, to rounding.
func TestShards(t *testing.T) {
	const n, shards, steps = 64, 4, 10
	train := func(workers int) [][]float32 {
		model := newNet(rng.NewSource(1), 2, 16, 1)
		ps := params(t, model)
		grads, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Seed: 3, Params: ps})
		opt := &optim.Adam{LR: 1e-2}
		for i := range steps {
			x, y := task(uint64(i), n)
			step(t, tape, grad.Train, func(s *grad.Step) error {
				err := s.Shards(shards, workers, func(i int, s *grad.Step) error {
					from, to := i*n/shards, (i+1)*n/shards
					h := op.Dropout(op.Tanh(model.FC1.Forward(s.Input(x.Slice(0, from, to, 1)))), 0.2)
					l := op.MSE(model.FC2.Forward(h), s.Input(y.Slice(0, from, to, 1)))
					s.Backward(op.Mul(l, s.Scalar(1.0/shards)), grads)
					return nil
				})
				s.Update(opt, grads)
				return err
			})
		}
		return weights(ps)
	}
	one := train(1)
	wantSame(t, "four goroutines and one", train(4), one)
	wantSame(t, "three goroutines and one", train(3), one)
}

// TestShardsAreTheBatch: without dropout the shards' mean gradient is the batch's.
func TestShardsAreTheBatch(t *testing.T) {
	const n, shards = 64, 4
	model := newNet(rng.NewSource(1), 2, 16, 1)
	ps := params(t, model)
	x, y := task(5, n)
	run := func(shards int) [][]float32 {
		grads := grad.NewGrads(ps)
		var got [][]float32
		step(t, grad.NewTape(grad.Config{Params: ps}), grad.Train, func(s *grad.Step) error {
			err := s.Shards(shards, 2, func(i int, s *grad.Step) error {
				from, to := i*n/shards, (i+1)*n/shards
				l := op.MSE(model.Forward(s.Input(x.Slice(0, from, to, 1))), s.Input(y.Slice(0, from, to, 1)))
				s.Backward(op.Mul(l, s.Scalar(1/float64(shards))), grads)
				return nil
			})
			got = gradients(t, grads)
			return err
		})
		return got
	}
	whole, cut := run(1), run(shards)
	for i := range whole {
		if d := distance(whole[i], cut[i]); d > 1e-6 {
			t.Errorf("%s: the shards' gradient is off by %g", ps[i].Name, d)
		}
	}
}

// TestPerSampleGradients gives each row of a batch Grads of its own, in one step: one forward pass, a backward pass each. Each
// is what the row alone gives, and they add up to the batch's.
func TestPerSampleGradients(t *testing.T) {
	const n = 5
	model := newNet(rng.NewSource(1), 2, 8, 1)
	ps := params(t, model)
	x, y := task(2, n)
	rows, sum := make([]*grad.Grads, n), grad.NewGrads(ps)
	each := make([][][]float32, n)
	var whole [][]float32
	tape := grad.NewTape(grad.Config{Params: ps, Poison: true})
	step(t, tape, grad.Train, func(s *grad.Step) error {
		d := op.Sub(model.Forward(s.Input(x)), s.Input(y))
		losses := op.Mul(d, d)
		for i := range rows {
			rows[i] = grad.NewGrads(ps)
			s.Backward(op.Sum(op.Slice(losses, 0, i, i+1)), rows[i])
			each[i] = gradients(t, rows[i])
		}
		s.Backward(op.Sum(losses), sum)
		whole = gradients(t, sum)
		return nil
	})
	for k := range ps {
		total := make([]float32, len(whole[k]))
		for i := range each {
			for j, v := range each[i][k] {
				total[j] += v
			}
		}
		if d := distance(total, whole[k]); d > 1e-5 {
			t.Errorf("%s: the rows' gradients add up to the batch's but for %g", ps[k].Name, d)
		}
		if distance(each[0][k], each[1][k]) == 0 {
			t.Errorf("%s: two rows have one gradient", ps[k].Name)
		}
	}
	for i := range each {
		alone := grad.NewGrads(ps)
		step(t, tape, grad.Train, func(s *grad.Step) error {
			d := op.Sub(model.Forward(s.Input(x.Slice(0, i, i+1, 1))), s.Input(y.Slice(0, i, i+1, 1)))
			s.Backward(op.Sum(op.Mul(d, d)), alone)
			for k, g := range gradients(t, alone) {
				if d := distance(g, each[i][k]); d > 1e-6 {
					t.Errorf("row %d, %s: alone the gradient differs by %g", i, ps[k].Name, d)
				}
			}
			return nil
		})
	}
}
