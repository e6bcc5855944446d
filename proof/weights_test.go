package proof

import (
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// TestSAM makes a step of sharpness-aware minimisation (Foret et al. 2021, arXiv:2010.01412): the gradient is taken at
// w + ρ·g/‖g‖ and applied at w. Bind puts the moved weights under the layers; nothing else knows of it. The oracle is a copy of
// the network whose weights are moved in place.
func TestSAM(t *testing.T) {
	const rho, n = 0.05, 16
	x, y := task(1, n)
	model, moved := newNet(rng.NewSource(2), 2, 8, 1), newNet(rng.NewSource(2), 2, 8, 1)
	ps, movedPs := params(t, model), params(t, moved)
	grads, movedGrads := grad.NewGrads(ps), grad.NewGrads(movedPs)
	before := weights(ps)
	tape := grad.NewTape(grad.Config{Params: ps})
	loss := func(s *grad.Step, m *net) grad.Value { return op.MSE(m.Forward(s.Input(x)), s.Input(y)) }

	at := make([]tensor.Tensor, len(ps)) // w + ρ·g/‖g‖
	var got [][]float32
	step(t, tape, grad.Train, func(s *grad.Step) error {
		w := make([]grad.Value, len(ps))
		for i, p := range ps {
			w[i] = s.Use(p.Param)
		}
		gs := s.Grad(loss(s, model), w...)
		square := s.Scalar(0)
		for _, g := range gs {
			square = op.Add(square, op.Sum(op.Mul(g, g)))
		}
		scale := op.Div(s.Scalar(rho), op.Sqrt(square))
		for i, p := range ps {
			v := op.Add(w[i], op.Detach(op.Mul(scale, gs[i])))
			s.Bind(p.Param, v)
			s.ReadTensor(v, &at[i])
		}
		s.Backward(loss(s, model), grads)
		got = gradients(t, grads)
		s.Update(&optim.SGD{LR: 0.1}, grads)
		return nil
	})

	for i, p := range movedPs {
		tensor.Copy(p.Data, at[i])
	}
	step(t, tape, grad.Train, func(s *grad.Step) error {
		s.Backward(loss(s, moved), movedGrads)
		wantSame(t, "gradient at the moved weights", got, gradients(t, movedGrads))
		return nil
	})
	for i, p := range ps {
		for j, v := range f32(p.Data) {
			if want := before[i][j] - 0.1*got[i][j]; v-want > 1e-7 || want-v > 1e-7 {
				t.Fatalf("%s[%d] is %v after the step, want %v: the old weight less the rate times the gradient at the moved one", p.Name, j, v, want)
			}
		}
	}
}

// TestFrozen trains one layer of two. The frozen one keeps its bits, gets no gradient and no moments; thawed, it learns.
func TestFrozen(t *testing.T) {
	model := newNet(rng.NewSource(1), 2, 8, 1)
	ps := params(t, model)
	grads, tape, opt := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps}), &optim.Adam{LR: 1e-2}
	train := func(i int) {
		x, y := task(uint64(i), 16)
		step(t, tape, grad.Train, func(s *grad.Step) error {
			s.Backward(op.MSE(model.Forward(s.Input(x)), s.Input(y)), grads)
			_, has := grads.Of(model.FC1.Weight)
			if has == model.FC1.Weight.Frozen {
				t.Errorf("frozen %v, but a gradient: %v", model.FC1.Weight.Frozen, has)
			}
			s.Update(opt, grads)
			return nil
		})
	}
	model.FC1.Weight.Frozen, model.FC1.Bias.Frozen = true, true
	before := weights(ps)
	for i := range 5 {
		train(i)
	}
	after := weights(ps)
	wantSame(t, "frozen layer", after[:2], before[:2])
	if sameBits(after[2], before[2]) {
		t.Error("the other layer didn't learn")
	}
	model.FC1.Weight.Frozen, model.FC1.Bias.Frozen = false, false
	train(5)
	if sameBits(f32(model.FC1.Weight.Data), before[0]) {
		t.Error("the thawed layer doesn't learn")
	}
}

// tied is an autoencoder whose decoder is its encoder transposed: one Param, used twice.
type tied struct{ Encoder, Decoder *grad.Param }

func (m *tied) loss(s *grad.Step, x grad.Value) grad.Value {
	h := op.Tanh(op.MatMul(x, s.Use(m.Encoder)))
	return op.MSE(op.MatMul(h, op.Permute(s.Use(m.Decoder), 1, 0)), x)
}

// TestTied: a Param in two places is listed once, and its gradient is the sum of both places'.
func TestTied(t *testing.T) {
	w := func() *grad.Param { return grad.NewParam("weight", uniform(1, 6, 3)) }
	one := w()
	x := uniform(2, 10, 6)
	run := func(m *tied) (grad.Params, [][]float32) {
		ps := params(t, m)
		grads := grad.NewGrads(ps)
		var got [][]float32
		step(t, grad.NewTape(grad.Config{Params: ps}), grad.Train, func(s *grad.Step) error {
			s.Backward(m.loss(s, s.Input(x)), grads)
			got = gradients(t, grads)
			return nil
		})
		return ps, got
	}
	ps, both := run(&tied{one, one})
	if len(ps) != 1 {
		t.Fatalf("%d parameters, one wanted", len(ps))
	}
	_, apart := run(&tied{w(), w()})
	for i := range both[0] {
		if d := both[0][i] - (apart[0][i] + apart[1][i]); d > 1e-6 || d < -1e-6 {
			t.Fatalf("gradient %d is %v, want %v + %v", i, both[0][i], apart[0][i], apart[1][i])
		}
	}
}
