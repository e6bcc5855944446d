package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/rnn"
)

// GRU runs a gated recurrent unit over the steps of x, from the last to the first if reverse. From h0, or zeros where it is
// a zero Value, each step t gives yₜ = h, and the last step's h is the result besides y:
//
//	r, z, n = the gates' rows of x[t]·W_ihᵀ + b_ih;  rₕ, zₕ, nₕ = those of h·W_hhᵀ + b_hh
//	r, z = σ(r + rₕ), σ(z + zₕ), n = tanh(n + r∘nₕ);  h ← (1 − z)∘n + z∘h
//	dn = dh∘(1 − z)∘(1 − n²), dz = dh∘(h₋ − n)∘z(1 − z), dr = dn∘nₕ∘r(1 − r), dnₕ = dn∘r
//	dh₋ = dh∘z + (dr dz dnₕ)·W_hh; dx, the weights' and the biases' gradients are those of the linear maps
//
// Shapes: x [T B D], weights of 3 gates, lengths [B] i32 or i64 in [1, T] or a zero Value, h0 [B H] → y [T B H], h [B H]. Of rows
// that end, and of batches, see [LSTM]. Saved: x, y, and r z n nₕ of each step.
//
// Source: Cho et al. 2014, arXiv:1406.1078, with r after the product, as in PyTorch and cuDNN.
func GRU(x grad.Value, w RecurrentWeights, lengths, h0 grad.Value, reverse bool) (y, h grad.Value) {
	var out [2]grad.Value
	gru.ApplyTo(out[:], recurrentAttrs{rnn.GRU, reverse}, x, w.IH, w.HH, w.BiasIH, w.BiasHH, lengths, h0)
	return out[0], out[1]
}

var gru = grad.Def[recurrentAttrs]{
	Name: "gru", Args: recArgs,
	Infer: inferRecurrent, Forward: forwardRecurrent, Backward: backwardRecurrent,
}
