package nn

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// RecurrentCell is what RNNCell, LSTMCell and GRUCell have in common: the parameters of one layer in one direction, by
// PyTorch's names.
type RecurrentCell struct {
	WeightIH *grad.Param // [gates·H D]
	WeightHH *grad.Param // [gates·H H]
	BiasIH   *grad.Param // [gates·H]; nil, with BiasHH: none
	BiasHH   *grad.Param // [gates·H]
}

func newRecurrentCell(what string, r *rng.Source, gates, in, hidden int) RecurrentCell {
	checkSizes(what, size{"in", in}, size{"hidden", hidden})
	l := RecurrentCell{
		newParam("weight_ih", gates*hidden, in), newParam("weight_hh", gates*hidden, hidden),
		newParam("bias_ih", gates*hidden), newParam("bias_hh", gates*hidden),
	}
	for _, p := range []*grad.Param{l.WeightIH, l.WeightHH, l.BiasIH, l.BiasHH} {
		symmetric(r.Next(), p.Data, 1/math.Sqrt(float64(hidden)))
	}
	return l
}

// step runs one step of x [B D].
func (l *RecurrentCell) step(f recurrence, x, h0, c0 grad.Value) (h, c grad.Value) {
	if x.Rank() != 2 {
		panic(tensor.Errorf("nn: x of a recurrent cell has shape %v, [B D] wanted", x.Shape()))
	}
	w := op.RecurrentWeights{IH: x.Use(l.WeightIH), HH: x.Use(l.WeightHH), BiasIH: use(x, l.BiasIH), BiasHH: use(x, l.BiasHH)}
	_, h, c = f(op.Reshape(x, 1, x.Dim(0), x.Dim(1)), w, grad.Value{}, h0, c0, false)
	return h, c
}

// LSTMCell is one step of [LSTM], for decoding: the same bits as one of many steps.
type LSTMCell struct{ RecurrentCell }

// NewLSTMCell returns a cell with its first values, U(−1/√H, 1/√H).
func NewLSTMCell(r *rng.Source, in, hidden int) *LSTMCell {
	return &LSTMCell{newRecurrentCell("NewLSTMCell", r, 4, in, hidden)}
}

// Step returns the states after x [B D] from those before, h and c [B H], or zero Values: zeros.
func (l *LSTMCell) Step(x, h, c grad.Value) (h1, c1 grad.Value) { return l.step(op.LSTM, x, h, c) }

// GRUCell is one step of [GRU], for decoding: the same bits as one of many steps.
type GRUCell struct{ RecurrentCell }

// NewGRUCell returns a cell with its first values, U(−1/√H, 1/√H).
func NewGRUCell(r *rng.Source, in, hidden int) *GRUCell {
	return &GRUCell{newRecurrentCell("NewGRUCell", r, 3, in, hidden)}
}

// Step returns the state after x [B D] from that before, h [B H], or a zero Value: zeros.
func (l *GRUCell) Step(x, h grad.Value) grad.Value {
	h, _ = l.step(gru, x, h, grad.Value{})
	return h
}

// RNNCell is one step of [RNN], for decoding: the same bits as one of many steps.
type RNNCell struct {
	RecurrentCell
	Act op.Activation // op.ActTanh or op.ActReLU; zero: op.ActTanh
}

// NewRNNCell returns a cell with its first values, U(−1/√H, 1/√H).
func NewRNNCell(r *rng.Source, in, hidden int) *RNNCell {
	return &RNNCell{RecurrentCell: newRecurrentCell("NewRNNCell", r, 1, in, hidden)}
}

// Step returns the state after x [B D] from that before, h [B H], or a zero Value: zeros.
func (l *RNNCell) Step(x, h grad.Value) grad.Value {
	h, _ = l.step(plain(l.Act), x, h, grad.Value{})
	return h
}
