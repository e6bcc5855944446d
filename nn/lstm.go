package nn

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
)

// LSTM runs long short-term memories, layer on layer: x [B T D] → y [B T H], or [B T 2H] in both directions. See [op.LSTM] for the
// formula. Its state has the names of PyTorch's LSTM, and the same initial values: U(−1/√H, 1/√H) for all.
//
// Source: Hochreiter & Schmidhuber 1997, "Long short-term memory"; both directions: Schuster & Paliwal 1997, "Bidirectional
// recurrent neural networks", IEEE Transactions on Signal Processing 45(11).
type LSTM struct{ Recurrent }

// NewLSTM returns layers with their first values; for ones without biases, set these to nil.
func NewLSTM(r *rng.Source, in, hidden, layers int, bidirectional bool) *LSTM {
	return &LSTM{newRecurrent("NewLSTM", r, 4, in, hidden, layers, bidirectional)}
}

// Forward returns y, from zeros.
func (l *LSTM) Forward(x grad.Value) grad.Value {
	y, _, _ := l.Run(x, grad.Value{}, grad.Value{}, grad.Value{})
	return y
}

// Run returns y and the states after the last step, h and c. h0 and c0 are those before the first, or zero Values: [layers B H],
// or [2·layers B H] in both directions, layer by layer. lengths [B], i32 or i64, or a zero Value, say where each row ends: from
// there on its y is 0 and its states stay, and the other direction starts there. They need no order.
func (l *LSTM) Run(x, lengths, h0, c0 grad.Value) (y, h, c grad.Value) {
	return l.run("LSTM", op.LSTM, x, lengths, h0, c0)
}
