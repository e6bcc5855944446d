package nn

import (
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// Recurrent is what RNN, LSTM and GRU have in common: layers on top of each other, each in one direction or in both, whose
// results lie side by side. Element k of a slice is layer k's; the names are PyTorch's: weight_ih_l0, weight_ih_l0_reverse, … .
type Recurrent struct {
	WeightIH []*grad.Param `nn:"weight_ih_l#0"` // [gates·H D], and after the first layer [gates·H H], or [gates·H 2H] in both directions
	WeightHH []*grad.Param `nn:"weight_hh_l#0"` // [gates·H H]
	BiasIH   []*grad.Param `nn:"bias_ih_l#0"`   // [gates·H]; nil, with the other biases: none
	BiasHH   []*grad.Param `nn:"bias_hh_l#0"`   // [gates·H]

	// From the last step to the first; nil: not in that direction.
	WeightIHReverse []*grad.Param `nn:"weight_ih_l#0_reverse"`
	WeightHHReverse []*grad.Param `nn:"weight_hh_l#0_reverse"`
	BiasIHReverse   []*grad.Param `nn:"bias_ih_l#0_reverse"`
	BiasHHReverse   []*grad.Param `nn:"bias_hh_l#0_reverse"`

	Dropout   float64 // the probability that a value between two layers is dropped in training
	TimeFirst bool    // x and y are [T B …] instead of [B T …]
}

// newRecurrent draws all parameters from U(−1/√H, 1/√H).
func newRecurrent(what string, r *rng.Source, gates, in, hidden, layers int, bidirectional bool) Recurrent {
	checkSizes(what, size{"in", in}, size{"hidden", hidden}, size{"layers", layers})
	var l Recurrent
	a := 1 / math.Sqrt(float64(hidden))
	add := func(to *[]*grad.Param, kind, end string, shape ...int) {
		p := newParam(fmt.Sprintf("%s_l%d%s", kind, len(*to), end), shape...)
		symmetric(r.Next(), p.Data, a)
		*to = append(*to, p)
	}
	for k := range layers {
		wide := in
		if k > 0 && bidirectional {
			wide = 2 * hidden
		} else if k > 0 {
			wide = hidden
		}
		add(&l.WeightIH, "weight_ih", "", gates*hidden, wide)
		add(&l.WeightHH, "weight_hh", "", gates*hidden, hidden)
		add(&l.BiasIH, "bias_ih", "", gates*hidden)
		add(&l.BiasHH, "bias_hh", "", gates*hidden)
		if bidirectional {
			add(&l.WeightIHReverse, "weight_ih", "_reverse", gates*hidden, wide)
			add(&l.WeightHHReverse, "weight_hh", "_reverse", gates*hidden, hidden)
			add(&l.BiasIHReverse, "bias_ih", "_reverse", gates*hidden)
			add(&l.BiasHHReverse, "bias_hh", "_reverse", gates*hidden)
		}
	}
	return l
}

// weights brings those of a layer in a direction onto x's tape.
func (l *Recurrent) weights(x grad.Value, layer int, reverse bool) op.RecurrentWeights {
	ih, hh, bi, bh := l.WeightIH, l.WeightHH, l.BiasIH, l.BiasHH
	if reverse {
		ih, hh, bi, bh = l.WeightIHReverse, l.WeightHHReverse, l.BiasIHReverse, l.BiasHHReverse
	}
	w := op.RecurrentWeights{IH: x.Use(ih[layer]), HH: x.Use(hh[layer])}
	if bi != nil {
		w.BiasIH, w.BiasHH = x.Use(bi[layer]), x.Use(bh[layer])
	}
	return w
}

// recurrence is one layer in one direction: an op.
type recurrence func(x grad.Value, w op.RecurrentWeights, lengths, h0, c0 grad.Value, reverse bool) (y, h, c grad.Value)

// run runs all layers.
func (l *Recurrent) run(what string, f recurrence, x, lengths, h0, c0 grad.Value) (y, h, c grad.Value) {
	directions := 1
	if l.WeightIHReverse != nil {
		directions = 2
	}
	count := directions * len(l.WeightIH)
	if x.Rank() != 3 {
		panic(tensor.Errorf("nn.%s: x has shape %v, three dimensions wanted", what, x.Shape()))
	}
	hs, cs := states{all: h0}, states{all: c0}
	hs.check(what, "h0", count)
	cs.check(what, "c0", count)
	y = x
	if !l.TimeFirst {
		y = op.Permute(x, 1, 0, 2)
	}
	for k := range l.WeightIH {
		if k > 0 {
			y = op.Dropout(y, l.Dropout)
		}
		var ys [2]grad.Value
		for d := range directions {
			n := k*directions + d
			ys[d], h, c = f(y, l.weights(x, k, d == 1), lengths, hs.at(n), cs.at(n), d == 1)
			hs.add(h)
			cs.add(c)
		}
		if y = ys[0]; directions == 2 {
			y = op.Concat(-1, ys[:]...)
		}
	}
	if !l.TimeFirst {
		y = op.Permute(y, 1, 0, 2)
	}
	return y, hs.join(), cs.join()
}

// states are those of all layers and directions: the initial ones [count B H], or a zero Value, and the final ones so far.
type states struct {
	all   grad.Value
	final []grad.Value
}

func (s *states) check(what, name string, count int) {
	if s.all.Valid() && (s.all.Rank() != 3 || s.all.Dim(0) != count) {
		panic(tensor.Errorf("nn.%s: %s has shape %v, [%d B H] wanted, one for each layer and direction", what, name, s.all.Shape(), count))
	}
}

func (s *states) at(n int) grad.Value {
	if !s.all.Valid() {
		return grad.Value{}
	}
	return op.Reshape(op.Slice(s.all, 0, n, n+1), s.all.Dim(1), s.all.Dim(2))
}

func (s *states) add(x grad.Value) {
	if x.Valid() {
		s.final = append(s.final, op.Reshape(x, 1, x.Dim(0), x.Dim(1)))
	}
}

func (s *states) join() grad.Value {
	if len(s.final) == 0 {
		return grad.Value{}
	}
	return op.Concat(0, s.final...)
}
