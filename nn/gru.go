package nn

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
)

// GRU runs gated recurrent units, layer on layer: x [B T D] → y [B T H], or [B T 2H] in both directions. See [op.GRU] for the
// formula. Its state has the names of PyTorch's GRU, and the same initial values: U(−1/√H, 1/√H) for all.
//
// Source: Cho et al. 2014, arXiv:1406.1078.
type GRU struct{ Recurrent }

// NewGRU returns layers with their first values; for ones without biases, set these to nil.
func NewGRU(r *rng.Source, in, hidden, layers int, bidirectional bool) *GRU {
	return &GRU{newRecurrent("NewGRU", r, 3, in, hidden, layers, bidirectional)}
}

// Forward returns y, from zeros.
func (l *GRU) Forward(x grad.Value) grad.Value {
	y, _ := l.Run(x, grad.Value{}, grad.Value{})
	return y
}

// Run returns y and the state after the last step, from the state h0 before the first; see [LSTM.Run].
func (l *GRU) Run(x, lengths, h0 grad.Value) (y, h grad.Value) {
	y, h, _ = l.run("GRU", gru, x, lengths, h0, grad.Value{})
	return y, h
}

// gru is op.GRU as a recurrence.
func gru(x grad.Value, w op.RecurrentWeights, lengths, h0, _ grad.Value, reverse bool) (y, h, c grad.Value) {
	y, h = op.GRU(x, w, lengths, h0, reverse)
	return y, h, c
}
