package proof

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// TestGAN trains two networks against each other, in one step each time: two losses, two Grads, two optimizers. The losses are
// the least-squares ones (Mao et al. 2017, arXiv:1611.04076). The generator's loss runs through the discriminator without
// leaving a gradient there.
func TestGAN(t *testing.T) {
	const mean, std, n = 3, 0.5, 64
	r := rng.NewSource(1)
	gen, dis := newNet(r, 2, 16, 1), newNet(r, 1, 16, 1)
	genParams, disParams := params(t, gen), params(t, dis)
	gg, gd := grad.NewGrads(genParams), grad.NewGrads(disParams)
	optG, optD := &optim.Adam{LR: 2e-3, Betas: [2]float64{0.5, 0.999}}, &optim.Adam{LR: 4e-3, Betas: [2]float64{0.5, 0.999}}
	tape := grad.NewTape(grad.Config{Seed: 1})

	noise, data := tensor.New(tensor.F32, n, 2), tensor.New(tensor.F32, n, 1)
	draw := func(i uint64) {
		rng.Stream{Seed: 2}.Sub(i).Normal(f32(noise), 0, 1)
		rng.Stream{Seed: 3}.Sub(i).Normal(f32(data), mean, std)
	}
	for i := range uint64(1500) {
		draw(i)
		step(t, tape, grad.Train, func(s *grad.Step) error {
			ones, zeros := s.Full(1, n, 1), s.Full(0, n, 1)
			made := gen.Forward(s.Input(noise))
			judged := dis.Forward(made)
			s.Backward(op.Add(op.MSE(dis.Forward(s.Input(data)), ones), op.MSE(judged, zeros)), gd)
			s.Backward(op.MSE(judged, ones), gg)
			s.Update(optD, gd)
			s.Update(optG, gg)
			return nil
		})
	}

	draw(1 << 40)
	var made tensor.Tensor
	eval(t, tape, func(s *grad.Step) error {
		s.ReadTensor(gen.Forward(s.Input(noise)), &made)
		return nil
	})
	var sum, squares float64
	for _, v := range f32(made) {
		sum += float64(v) / n
		squares += float64(v) * float64(v) / n
	}
	if got := math.Sqrt(squares - sum*sum); math.Abs(sum-mean) > 0.4 || got < 0.1 || got > 1 {
		t.Errorf("generated: mean %.2f, standard deviation %.2f; the data's are %v and %v", sum, got, mean, std)
	}
}

// TestLossesStayApart: what one loss leaves in its Grads is what it leaves alone.
func TestLossesStayApart(t *testing.T) {
	r := rng.NewSource(4)
	gen, dis := newNet(r, 2, 8, 1), newNet(r, 1, 8, 1)
	x := uniform(5, 16, 2)
	run := func(both bool) [][]float32 {
		gg, gd := grad.NewGrads(params(t, gen)), grad.NewGrads(params(t, dis))
		var got [][]float32
		step(t, grad.NewTape(grad.Config{}), grad.Train, func(s *grad.Step) error {
			judged := dis.Forward(gen.Forward(s.Input(x)))
			if both {
				s.Backward(op.MSE(judged, s.Full(0, 16, 1)), gd)
			}
			s.Backward(op.MSE(judged, s.Full(1, 16, 1)), gg)
			got = gradients(t, gg)
			return nil
		})
		return got
	}
	wantSame(t, "the generator's gradient, with and without the discriminator's loss", run(true), run(false))
}
