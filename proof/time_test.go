package proof

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// rnn is h ← tanh(Wx·x + Wh·h), y = Wy·h. Its state is a Buffer, so that a sequence may be cut between steps.
type rnn struct {
	In, Hidden, Out *nn.Linear
	State           *grad.Buffer
}

// window runs over x [T N 1] from the state as the last window left it, and leaves its own.
func (m *rnn) window(s *grad.Step, x grad.Value) grad.Value {
	h := s.Use(m.State)
	out := make([]grad.Value, x.Dim(0))
	for i := range out {
		xi := op.Reshape(op.Slice(x, 0, i, i+1), x.Dim(1), 1)
		h = op.Tanh(op.Add(m.In.Forward(xi), m.Hidden.Forward(h)))
		out[i] = op.Reshape(m.Out.Forward(h), 1, x.Dim(1), 1)
	}
	s.Write(m.State, h)
	return op.Concat(0, out...)
}

func newRNN(r *rng.Source, n, hidden int) *rnn {
	return &rnn{
		nn.NewLinear(r, 1, hidden), nn.NewLinear(r, hidden, hidden), nn.NewLinear(r, hidden, 1),
		grad.NewBuffer("state", tensor.New(tensor.F32, n, hidden)),
	}
}

// waves returns sin of N phases, times from to to: [to−from N 1].
func waves(n, from, to int) tensor.Tensor {
	x := tensor.New(tensor.F32, to-from, n, 1)
	for i := range f32(x) {
		f32(x)[i] = float32(math.Sin(0.4*float64(from+i/n) + float64(i%n)))
	}
	return x
}

// TestTruncatedBackpropagation learns a sequence in windows (Williams & Peng 1990): the state goes on from window to window,
// the gradient stops at the cut. An input of the present alone doesn't tell the next one, up or down: the state must.
func TestTruncatedBackpropagation(t *testing.T) {
	const n, length, windows = 4, 8, 400
	m := newRNN(rng.NewSource(1), n, 16)
	ps := params(t, m)
	grads, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps})
	opt := &optim.Adam{LR: 5e-3}
	var loss float32
	for w := range windows {
		step(t, tape, grad.Train, func(s *grad.Step) error {
			y := m.window(s, s.Input(waves(n, w*length, (w+1)*length)))
			l := op.MSE(y, s.Input(waves(n, w*length+1, (w+1)*length+1)))
			s.Backward(l, grads)
			s.Update(opt, grads)
			s.Read(l, &loss)
			return nil
		})
	}
	// The best guess from the present alone is cos(0.4)·x: its error is sin²(0.4)/2 ≈ 0.076 on average. A state that began anew
	// in each window would pay that for the first of its steps.
	if loss > 0.076/length/4 {
		t.Errorf("loss %v after %d windows", loss, windows)
	}
}

// TestCutSequence: a sequence cut in windows has the bits of the whole.
func TestCutSequence(t *testing.T) {
	const n = 3
	run := func(cuts ...int) []float32 {
		m := newRNN(rng.NewSource(2), n, 8)
		tape := grad.NewTape(grad.Config{})
		var all []float32
		for i := range cuts[1:] {
			var y tensor.Tensor
			eval(t, tape, func(s *grad.Step) error {
				s.ReadTensor(m.window(s, s.Input(waves(n, cuts[i], cuts[i+1]))), &y)
				return nil
			})
			all = append(all, f32(y)...)
		}
		return all
	}
	if whole, cut := run(0, 12), run(0, 5, 6, 12); !sameBits(whole, cut) || len(whole) != 12*n {
		t.Errorf("whole %v, cut %v", whole, cut)
	}
}
