package nn_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// flat is results in one row; zero Values are none.
func flat(results ...grad.Value) grad.Value {
	var rows []grad.Value
	for _, v := range results {
		if v.Valid() {
			rows = append(rows, op.Reshape(v, -1))
		}
	}
	return op.Concat(0, rows...)
}

func normal(seed uint64, shape ...int) tensor.Tensor {
	x := tensor.New(tensor.F32, shape...)
	rng.Stream{Seed: seed}.Normal(tensor.Of[float32](x), 0, 1)
	return x
}

// recurrent is a layer with one way to run it: x, lengths, h0, c0.
type recurrent struct {
	model any
	run   func(x, lengths, h0, c0 grad.Value) (y, h, c grad.Value)
}

func newRecurrent(kind string, in, hidden, layers int, bidirectional bool, act op.Activation) (recurrent, *nn.Recurrent) {
	r := rng.NewSource(1)
	switch kind {
	case "lstm":
		l := nn.NewLSTM(r, in, hidden, layers, bidirectional)
		return recurrent{l, l.Run}, &l.Recurrent
	case "gru":
		l := nn.NewGRU(r, in, hidden, layers, bidirectional)
		return recurrent{l, func(x, lengths, h0, _ grad.Value) (y, h, c grad.Value) {
			y, h = l.Run(x, lengths, h0)
			return y, h, c
		}}, &l.Recurrent
	}
	l := nn.NewRNN(r, in, hidden, layers, bidirectional)
	l.Act = act
	return recurrent{l, func(x, lengths, h0, _ grad.Value) (y, h, c grad.Value) {
		y, h = l.Run(x, lengths, h0)
		return y, h, c
	}}, &l.Recurrent
}

func newCell(kind string, in, hidden int, act op.Activation) (model any, step func(x, h, c grad.Value) (grad.Value, grad.Value)) {
	r := rng.NewSource(1)
	switch kind {
	case "lstm":
		l := nn.NewLSTMCell(r, in, hidden)
		return l, l.Step
	case "gru":
		l := nn.NewGRUCell(r, in, hidden)
		return l, func(x, h, c grad.Value) (grad.Value, grad.Value) { return l.Step(x, h), c }
	}
	l := nn.NewRNNCell(r, in, hidden)
	l.Act = act
	return l, func(x, h, c grad.Value) (grad.Value, grad.Value) { return l.Step(x, h), c }
}

// TestRecurrentAsPyTorch: two layers in both directions with lengths, one layer without biases, and a cell.
func TestRecurrentAsPyTorch(t *testing.T) {
	for _, kind := range []string{"rnn", "lstm", "gru"} {
		for i, c := range moduleCases(t, kind) {
			act := op.ActNone
			if c.Attrs.Nonlinearity == "relu" {
				act = op.ActReLU
			}
			in := func(v []grad.Value, i int) grad.Value {
				if i < len(v) {
					return v[i]
				}
				return grad.Value{}
			}
			if i == 2 {
				model, step := newCell(kind, 3, 2, act)
				c.hold(t, model, func(v []grad.Value) grad.Value {
					h, last := step(v[0], v[1], in(v, 2))
					return flat(h, last)
				})
				continue
			}
			r, l := newRecurrent(kind, 3, 2, 2-i, i == 0, act)
			if i == 1 {
				l.BiasIH, l.BiasHH = nil, nil
			}
			c.hold(t, r.model, func(v []grad.Value) grad.Value {
				var lengths grad.Value
				if c.Attrs.Lengths != nil {
					lengths = v[0].Step().Input(tensor.From(c.Attrs.Lengths))
				}
				return flat(r.run(v[0], lengths, in(v, 1), in(v, 2)))
			})
		}
	}
}

// The order of time is the only difference that TimeFirst makes.
func TestRecurrentTimeFirst(t *testing.T) {
	r, l := newRecurrent("gru", 3, 4, 2, true, 0)
	x := normal(3, 2, 5, 3)
	eval := func(x tensor.Tensor) (y, h tensor.Tensor) {
		err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			out, last, _ := r.run(s.Input(x), grad.Value{}, grad.Value{}, grad.Value{})
			s.ReadTensor(out, &y)
			s.ReadTensor(last, &h)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return y, h
	}
	y, h := eval(x)
	l.TimeFirst = true
	y1, h1 := eval(x.Permute(1, 0, 2).Clone())
	if !slices.Equal(y.Bytes(), y1.Permute(1, 0, 2).Clone().Bytes()) || !slices.Equal(h.Bytes(), h1.Bytes()) {
		t.Error("time first gives other results")
	}
	if !slices.Equal(y.Shape(), []int{2, 5, 8}) || !slices.Equal(h.Shape(), []int{4, 2, 4}) {
		t.Errorf("shapes %v and %v", y.Shape(), h.Shape())
	}
}

// A cell with the weights of a layer gives the bits of each of its steps; so does the layer, a step at a time.
func TestRecurrentDecodes(t *testing.T) {
	const batch, steps, d, n = 3, 6, 5, 37
	for _, kind := range []string{"rnn", "lstm", "gru"} {
		r, l := newRecurrent(kind, d, n, 1, false, 0)
		cell, step := newCell(kind, d, n, 0)
		state, err := nn.State(r.model)
		if err != nil {
			t.Fatal(err)
		}
		for i := range state {
			state[i].Name = strings.TrimSuffix(state[i].Name, "_l0")
		}
		if err := nn.Load(cell, state); err != nil {
			t.Fatal(err)
		}
		l.TimeFirst = true
		x := normal(4, steps, batch, d)
		var all, byCell, byLayer tensor.Tensor
		err = grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			y, _, _ := r.run(s.Input(x), grad.Value{}, grad.Value{}, grad.Value{})
			s.ReadTensor(y, &all)
			var h, c, h1, c1 grad.Value
			var hs, h1s []grad.Value
			for t := range steps {
				h, c = step(s.Input(tensor.From(tensor.Of[float32](x)[t*batch*d:][:batch*d], batch, d)), h, c)
				_, h1, c1 = r.run(s.Input(x.Slice(0, t, t+1, 1)), grad.Value{}, h1, c1)
				hs, h1s = append(hs, h), append(h1s, h1)
			}
			s.ReadTensor(flat(hs...), &byCell)
			s.ReadTensor(flat(h1s...), &byLayer)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(all.Bytes(), byCell.Bytes()) || !slices.Equal(all.Bytes(), byLayer.Bytes()) {
			t.Errorf("%s: of all steps %v …, by the cell %v …, by the layer %v …", kind,
				tensor.Of[float32](all)[:3], tensor.Of[float32](byCell)[:3], tensor.Of[float32](byLayer)[:3])
		}
	}
}

// Dropout lies between layers, in training only.
func TestRecurrentDropout(t *testing.T) {
	l := nn.NewLSTM(rng.NewSource(1), 3, 8, 2, false)
	x := normal(5, 2, 4, 3)
	plain := forward(t, grad.Train, l, x)
	l.Dropout = 0.5
	if y := forward(t, grad.Infer, l, x); !slices.Equal(y.Bytes(), plain.Bytes()) {
		t.Error("at inference values are dropped")
	}
	if y := forward(t, grad.Train, l, x); slices.Equal(y.Bytes(), plain.Bytes()) {
		t.Error("in training no values are dropped")
	}
	one := nn.NewLSTM(rng.NewSource(1), 3, 8, 1, false)
	plain = forward(t, grad.Train, one, x)
	one.Dropout = 0.5
	if y := forward(t, grad.Train, one, x); !slices.Equal(y.Bytes(), plain.Bytes()) {
		t.Error("after the last layer values are dropped")
	}
}

func TestRecurrentNames(t *testing.T) {
	l := nn.NewLSTM(rng.NewSource(1), 3, 4, 2, true)
	want := map[string][]int{}
	for k, wide := range []int{3, 8} {
		for _, end := range []string{"", "_reverse"} {
			name := fmt.Sprintf("l%d%s", k, end)
			want["weight_ih_"+name], want["weight_hh_"+name] = []int{16, wide}, []int{16, 4}
			want["bias_ih_"+name], want["bias_hh_"+name] = []int{16}, []int{16}
		}
	}
	state, err := nn.State(l)
	if err != nil || len(state) != len(want) {
		t.Fatalf("%d tensors, %d wanted; %v", len(state), len(want), err)
	}
	for _, e := range state {
		if !slices.Equal(e.Tensor.Shape(), want[e.Name]) {
			t.Errorf("%s has shape %v, %v wanted", e.Name, e.Tensor.Shape(), want[e.Name])
		}
		// U(−1/√4, 1/√4)
		x := tensor.Of[float32](e.Tensor)
		if lo, hi := slices.Min(x), slices.Max(x); lo < -0.5 || hi > 0.5 || lo > -0.3 || hi < 0.3 {
			t.Errorf("%s starts in [%v, %v]", e.Name, lo, hi)
		}
	}
	if got := stateNames(t, nn.NewGRUCell(rng.NewSource(1), 3, 4)); !slices.Equal(got, []string{"weight_ih", "weight_hh", "bias_ih", "bias_hh"}) {
		t.Errorf("a cell's state is %v", got)
	}
}

func TestRecurrentRefuses(t *testing.T) {
	r := rng.NewSource(1)
	wantRefused(t, func() { nn.NewLSTM(r, 0, 4, 1, false) })
	wantRefused(t, func() { nn.NewGRU(r, 3, 0, 1, false) })
	wantRefused(t, func() { nn.NewRNN(r, 3, 4, 0, false) })
	wantRefused(t, func() { nn.NewLSTMCell(r, 3, -1) })
	l := nn.NewLSTM(r, 3, 4, 2, true)
	f := func(shape ...int) tensor.Tensor { return tensor.New(tensor.F32, shape...) }
	for _, c := range []struct {
		x, lengths, h0 tensor.Tensor
		says           string
	}{
		{f(2, 5), tensor.Tensor{}, tensor.Tensor{}, "nn.LSTM: x has shape [2 5], three dimensions wanted"},
		{f(2, 5, 3), tensor.Tensor{}, f(2, 2, 4), "nn.LSTM: h0 has shape [2 2 4], [4 B H] wanted"},
		{f(2, 5, 3), tensor.Tensor{}, f(4, 3, 4), "h0 has shape [3 4], [2 4] wanted"},
		{f(2, 5, 3), tensor.From([]int32{5, 6}), tensor.Tensor{}, "the length at position 1 is 6; 1 to 5 wanted"},
		{f(2, 5, 7), tensor.Tensor{}, tensor.Tensor{}, "weight_ih has shape [16 3], [16 7] wanted"},
	} {
		err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			var lengths, h0 grad.Value
			if c.lengths.Valid() {
				lengths = s.Input(c.lengths)
			}
			if c.h0.Valid() {
				h0 = s.Input(c.h0)
			}
			l.Run(s.Input(c.x), lengths, h0, grad.Value{})
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("error %v; %q wanted", err, c.says)
		}
	}
}

func TestRecurrentCellRefuses(t *testing.T) {
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		nn.NewGRUCell(rng.NewSource(1), 1, 4).Step(s.Input(tensor.New(tensor.F32, 1)), grad.Value{})
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "x of a recurrent cell has shape [1], [B D] wanted") {
		t.Errorf("error %v", err)
	}
}

// Sequences of 5, 2 and 4 steps in a batch, in both directions.
func ExampleLSTM() {
	l := nn.NewLSTM(rng.NewSource(1), 8, 16, 2, true)
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		x, lengths := s.Input(tensor.New(tensor.F32, 3, 5, 8)), s.Input(tensor.From([]int32{5, 2, 4}))
		y, h, c := l.Run(x, lengths, grad.Value{}, grad.Value{})
		fmt.Println(y.Shape(), h.Shape(), c.Shape())
		return nil
	})
	fmt.Println(err)
	// Output:
	// [3 5 32] [4 3 16] [4 3 16]
	// <nil>
}

func ExampleGRU() {
	l := nn.NewGRU(rng.NewSource(1), 8, 16, 1, false)
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		fmt.Println(l.Forward(s.Input(tensor.New(tensor.F32, 3, 5, 8))).Shape())
		return nil
	})
	fmt.Println(err)
	// Output:
	// [3 5 16]
	// <nil>
}

func ExampleRNN() {
	l := nn.NewRNN(rng.NewSource(1), 8, 16, 1, false)
	l.Act = op.ActReLU
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		fmt.Println(l.Forward(s.Input(tensor.New(tensor.F32, 3, 5, 8))).Shape())
		return nil
	})
	fmt.Println(err)
	// Output:
	// [3 5 16]
	// <nil>
}

// Decoding: the states of a step are the next one's first.
func ExampleLSTMCell() {
	l := nn.NewLSTMCell(rng.NewSource(1), 8, 16)
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		var h, c grad.Value
		for range 3 {
			h, c = l.Step(s.Input(tensor.New(tensor.F32, 1, 8)), h, c)
		}
		fmt.Println(h.Shape(), c.Shape())
		return nil
	})
	fmt.Println(err)
	// Output:
	// [1 16] [1 16]
	// <nil>
}
