package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/rnn"
)

// LSTM runs a long short-term memory over the steps of x, from the last to the first if reverse. From h0 and c0, or zeros
// where they are zero Values, each step t gives yₜ = h, and the last step's h and c are the results besides y:
//
//	i, f, g, o = the gates' rows of x[t]·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh;  i, f, o = σ(i), σ(f), σ(o), g = tanh(g)
//	c ← f∘c + i∘g, h ← o∘tanh(c)
//	do = dh∘tanh(c)∘o(1 − o), dc += dh∘o∘(1 − tanh²c), di = dc∘g∘i(1 − i), df = dc∘c₋∘f(1 − f), dg = dc∘i∘(1 − g²)
//	dh₋ = (di df dg do)·W_hh, dc₋ = dc∘f; dx, the weights' and the biases' gradients are those of the linear maps
//
// Shapes: x [T B D], weights of 4 gates, lengths [B] i32 or i64 in [1, T] or a zero Value, h0 and c0 [B H] → y [T B H], h and c
// [B H]. From its length on, a row's y is 0 and its state stays, as with PyTorch's packed sequences; what x has there must be
// finite. Saved: x, y, the gates and c of each step. A row's results don't depend on its batch.
//
// Source: Hochreiter & Schmidhuber 1997, "Long short-term memory", Neural Computation 9(8), with the forget gate of Gers,
// Schmidhuber & Cummins 2000, "Learning to forget", Neural Computation 12(10), as in PyTorch.
func LSTM(x grad.Value, w RecurrentWeights, lengths, h0, c0 grad.Value, reverse bool) (y, h, c grad.Value) {
	var out [3]grad.Value
	lstm.ApplyTo(out[:], recurrentAttrs{rnn.LSTM, reverse}, x, w.IH, w.HH, w.BiasIH, w.BiasHH, lengths, h0, c0)
	return out[0], out[1], out[2]
}

var lstm = grad.Def[recurrentAttrs]{
	Name: "lstm", Args: recArgs,
	Infer: inferRecurrent, Forward: forwardRecurrent, Backward: backwardRecurrent,
}
