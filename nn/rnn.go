package nn

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
)

// RNN runs plain recurrent layers, one on the other: x [B T D] → y [B T H], or [B T 2H] in both directions. See [op.RNN] for the
// formula. Its state has the names of PyTorch's RNN, and the same initial values: U(−1/√H, 1/√H) for all.
//
// Source: Elman 1990, "Finding structure in time", Cognitive Science 14(2).
type RNN struct {
	Recurrent
	Act op.Activation // op.ActTanh or op.ActReLU; zero: op.ActTanh
}

// NewRNN returns layers with their first values; for ones without biases, set these to nil.
func NewRNN(r *rng.Source, in, hidden, layers int, bidirectional bool) *RNN {
	return &RNN{Recurrent: newRecurrent("NewRNN", r, 1, in, hidden, layers, bidirectional)}
}

// Forward returns y, from zeros.
func (l *RNN) Forward(x grad.Value) grad.Value {
	y, _ := l.Run(x, grad.Value{}, grad.Value{})
	return y
}

// Run returns y and the state after the last step, from the state h0 before the first; see [LSTM.Run].
func (l *RNN) Run(x, lengths, h0 grad.Value) (y, h grad.Value) {
	y, h, _ = l.run("RNN", plain(l.Act), x, lengths, h0, grad.Value{})
	return y, h
}

// plain is op.RNN as a recurrence.
func plain(act op.Activation) recurrence {
	if act == op.ActNone {
		act = op.ActTanh
	}
	return func(x grad.Value, w op.RecurrentWeights, lengths, h0, _ grad.Value, reverse bool) (y, h, c grad.Value) {
		y, h = op.RNN(x, w, lengths, h0, act, reverse)
		return y, h, c
	}
}
