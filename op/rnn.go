package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/rnn"
	"github.com/ingot-ml/ingot/tensor"
)

// RNN runs a plain recurrent layer over the steps of x, from the last to the first if reverse. From h0, or zeros where it is a
// zero Value, each step t gives yₜ = h, and the last step's h is the result besides y. act is ActTanh or ActReLU.
//
//	h ← act(x[t]·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh)
//	da = dh∘act′(h), dh₋ = da·W_hh; dx, the weights' and the biases' gradients are those of the linear maps
//
// Shapes: x [T B D], weights of one gate, lengths [B] i32 or i64 in [1, T] or a zero Value, h0 [B H] → y [T B H], h [B H]. Of rows
// that end, and of batches, see [LSTM]. Saved: x, y.
//
// Source: Elman 1990, "Finding structure in time", Cognitive Science 14(2).
func RNN(x grad.Value, w RecurrentWeights, lengths, h0 grad.Value, act Activation, reverse bool) (y, h grad.Value) {
	a := recurrentAttrs{rnn.Tanh, reverse}
	switch act {
	case ActTanh:
	case ActReLU:
		a.Cell = rnn.ReLU
	default:
		panic(tensor.Errorf("op.RNN with activation %d: ActTanh or ActReLU wanted", act))
	}
	var out [2]grad.Value
	recurrent.ApplyTo(out[:], a, x, w.IH, w.HH, w.BiasIH, w.BiasHH, lengths, h0)
	return out[0], out[1]
}

var recurrent = grad.Def[recurrentAttrs]{
	Name: "rnn", Args: recArgs,
	Infer: inferRecurrent, Forward: forwardRecurrent, Backward: backwardRecurrent,
}
