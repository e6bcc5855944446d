package op_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

func sigmoid64(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// cells are the cells in float64: from the gates' sums of the inputs and of the state, and the states h and c, the next ones.
var cells = map[string]struct {
	gates int
	next  func(a, u []float64, h, c float64) (float64, float64)
}{
	"rnn_tanh": {1, func(a, u []float64, _, _ float64) (float64, float64) { return math.Tanh(a[0] + u[0]), 0 }},
	"rnn_relu": {1, func(a, u []float64, _, _ float64) (float64, float64) { return max(a[0]+u[0], 0), 0 }},
	"lstm": {4, func(a, u []float64, _, c float64) (float64, float64) {
		c = sigmoid64(a[1]+u[1])*c + sigmoid64(a[0]+u[0])*math.Tanh(a[2]+u[2])
		return sigmoid64(a[3]+u[3]) * math.Tanh(c), c
	}},
	"gru": {3, func(a, u []float64, h, _ float64) (float64, float64) {
		r, z := sigmoid64(a[0]+u[0]), sigmoid64(a[1]+u[1])
		return (1-z)*math.Tanh(a[2]+r*u[2]) + z*h, 0
	}},
}

// recur gives y, then the last h, then the last c, in one row. The operands are the ops'.
func recur(cell string, reverse bool, in []optest.Array) optest.Array {
	x, wi, wh, lengths := in[0], in[1], in[2], in[5]
	steps, batch, d, n := x.Dim(0), x.Dim(1), x.Dim(2), wh.Dim(1)
	k := cells[cell]
	y, h, c := optest.NewArray(steps, batch, n), optest.NewArray(batch, n), optest.NewArray(batch, n)
	if in[6].Valid() {
		copy(h.Data, in[6].Data)
	}
	if len(in) > 7 && in[7].Valid() {
		copy(c.Data, in[7].Data)
	}
	for b := range batch {
		length := steps
		if lengths.Valid() {
			length = int(lengths.Data[b])
		}
		for s := range length {
			t := s
			if reverse {
				t = length - 1 - s
			}
			before := slices.Clone(h.Data[b*n:][:n])
			for j := range n {
				a, u := make([]float64, k.gates), make([]float64, k.gates)
				for g := range k.gates {
					for e := range d {
						a[g] += x.Data[x.Index(t, b, e)] * wi.Data[wi.Index(g*n+j, e)]
					}
					for e := range n {
						u[g] += before[e] * wh.Data[wh.Index(g*n+j, e)]
					}
					if in[3].Valid() {
						a[g] += in[3].Data[g*n+j]
						u[g] += in[4].Data[g*n+j]
					}
				}
				h.Data[b*n+j], c.Data[b*n+j] = k.next(a, u, before[j], c.Data[b*n+j])
				y.Data[y.Index(t, b, j)] = h.Data[b*n+j]
			}
		}
	}
	all := append(y.Data, h.Data...)
	if cell == "lstm" {
		all = append(all, c.Data...)
	}
	return optest.Array{Shape: []int{len(all)}, Data: all}
}

// apply is recur by the ops.
func apply(cell string, reverse bool, in []grad.Value) grad.Value {
	w := op.RecurrentWeights{IH: in[1], HH: in[2], BiasIH: in[3], BiasHH: in[4]}
	var out [3]grad.Value
	k := 2
	switch cell {
	case "lstm":
		out[0], out[1], out[2] = op.LSTM(in[0], w, in[5], in[6], in[7], reverse)
		k = 3
	case "gru":
		out[0], out[1] = op.GRU(in[0], w, in[5], in[6], reverse)
	case "rnn_tanh":
		out[0], out[1] = op.RNN(in[0], w, in[5], in[6], op.ActTanh, reverse)
	case "rnn_relu":
		out[0], out[1] = op.RNN(in[0], w, in[5], in[6], op.ActReLU, reverse)
	}
	for i := range k {
		out[i] = op.Reshape(out[i], -1)
	}
	return op.Concat(0, out[:k]...)
}

// recurrentInputs are the operands: lengths where dtype isn't f32, biases and states where asked for.
func recurrentInputs(cell string, t, b, d, n int, lengths tensor.DType, biases, states bool) []optest.Input {
	g := cells[cell].gates
	in := []optest.Input{
		optest.F32(t, b, d), optest.In(-1, 1, g*n, d), optest.In(-1, 1, g*n, n),
		optest.None(), optest.None(), optest.None(), optest.None(),
	}
	if biases {
		in[3], in[4] = optest.F32(g*n), optest.F32(g*n)
	}
	if lengths != tensor.F32 {
		in[5] = optest.Input{Shape: []int{b}, DType: lengths, Low: 1, High: float64(t + 1), Constant: true}
	}
	if states {
		in[6] = optest.F32(b, n)
	}
	if cell == "lstm" {
		in = append(in, optest.None())
		if states {
			in[7] = optest.F32(b, n)
		}
	}
	return in
}

func TestRecurrent(t *testing.T) {
	for cell := range cells {
		for _, reverse := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/reverse=%v", cell, reverse), func(t *testing.T) {
				inputs := func(t, b, d, n int, lengths tensor.DType, biases, states bool) []optest.Input {
					return recurrentInputs(cell, t, b, d, n, lengths, biases, states)
				}
				optest.Run(t, optest.Case{
					Name: "recurrent_" + cell, Tol: 3e-6, GradTol: 3e-5, LargeTol: 1e-3,
					Inputs: [][]optest.Input{
						inputs(3, 2, 3, 2, tensor.F32, true, true), inputs(1, 3, 2, 3, tensor.F32, true, true), inputs(1, 1, 1, 1, tensor.F32, false, false),
						inputs(4, 5, 1, 2, tensor.I32, true, true), inputs(3, 2, 2, 2, tensor.I64, false, false),
						inputs(2, 3, 2, 1, tensor.F32, true, false), inputs(3, 2, 0, 1, tensor.F32, true, true),
						inputs(2, 0, 3, 2, tensor.I32, true, true), inputs(0, 2, 3, 2, tensor.F32, true, true),
					},
					Large: inputs(5, 37, 40, 51, tensor.I32, true, true),
					Op:    func(in ...grad.Value) grad.Value { return apply(cell, reverse, in) },
					Ref:   func(in ...optest.Array) optest.Array { return recur(cell, reverse, in) },
				})
			})
		}
	}
}

// A row of a batch, of whatever lengths and at whatever place, has the bits that it has alone: its steps only, without padding.
func TestRecurrentRows(t *testing.T) {
	const steps, batch, d, n = 9, 45, 11, 530
	lengths := make([]int32, batch)
	for b := range lengths {
		lengths[b] = int32(1 + b*7%steps)
	}
	for cell, k := range cells {
		x, h0, c0 := drawn(1, steps, batch, d), drawn(2, batch, n), drawn(3, batch, n)
		wi, wh, bi, bh := drawn(4, k.gates*n, d), drawn(5, k.gates*n, n), drawn(6, k.gates*n), drawn(7, k.gates*n)
		for i := range tensor.Of[float32](wh) {
			tensor.Of[float32](wh)[i] /= 32
		}
		run := func(x, lengths, h0, c0 tensor.Tensor, reverse bool) (out tensor.Tensor) {
			err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
				var in []grad.Value
				for _, v := range []tensor.Tensor{x, wi, wh, bi, bh, lengths, h0, c0} {
					if v.Valid() {
						in = append(in, s.Input(v))
					} else {
						in = append(in, grad.Value{})
					}
				}
				s.ReadTensor(apply(cell, reverse, in), &out)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		for _, reverse := range []bool{false, true} {
			all := tensor.Of[float32](run(x, tensor.From(lengths), h0, c0, reverse))
			for b := range batch {
				l := int(lengths[b])
				alone := tensor.Of[float32](run(x.Slice(0, 0, l, 1).Slice(1, b, b+1, 1), tensor.Tensor{}, h0.Slice(0, b, b+1, 1), c0.Slice(0, b, b+1, 1), reverse))
				for i := range steps + len(alone)/n - l { // each step, then each state
					want := make([]float32, n)
					switch {
					case i < l:
						want = alone[i*n:][:n]
					case i >= steps:
						want = alone[(i-steps+l)*n:][:n]
					}
					if got := all[(i*batch+b)*n:][:n]; !slices.Equal(got, want) {
						t.Fatalf("%s, reverse %v: row %d of length %d: vector %d is %v …, alone %v …", cell, reverse, b, l, i, got[:2], want[:2])
					}
				}
			}
		}
	}
}

func TestRecurrentRefuses(t *testing.T) {
	x := func(shape ...int) tensor.Tensor { return tensor.New(tensor.F32, shape...) }
	for _, c := range []struct {
		in   map[int]tensor.Tensor // in place of the right operands
		says string
	}{
		{map[int]tensor.Tensor{0: x(2, 3)}, "op.LSTM"},
		{map[int]tensor.Tensor{0: tensor.New(tensor.F64, 4, 2, 3)}, "operand 0 is f64, f32 wanted"},
		{map[int]tensor.Tensor{2: x(15, 5)}, "x [T B D] and weight_hh [4·H H] wanted"},
		{map[int]tensor.Tensor{2: x(0, 0)}, "H at least 1"},
		{map[int]tensor.Tensor{1: x(20, 4)}, "weight_ih has shape [20 4], [20 3] wanted"},
		{map[int]tensor.Tensor{3: x(5)}, "bias_ih has shape [5], [20] wanted"},
		{map[int]tensor.Tensor{4: {}}, "both biases or none wanted"},
		{map[int]tensor.Tensor{6: x(2, 4)}, "h0 has shape [2 4], [2 5] wanted: x has 4 steps of 2 rows, weight_hh 5 units"},
		{map[int]tensor.Tensor{7: x(1, 2, 5)}, "c0 has shape [1 2 5], [2 5] wanted"},
		{map[int]tensor.Tensor{5: tensor.From([]int32{1, 2, 3})}, "lengths has shape [3], [2] wanted"},
		{map[int]tensor.Tensor{5: x(2)}, "lengths are f32; i32 or i64 wanted"},
		{map[int]tensor.Tensor{5: tensor.From([]int32{4, 5})}, "the length at position 1 is 5; 1 to 4 wanted, the steps of x"},
		{map[int]tensor.Tensor{5: tensor.From([]int64{0, 4})}, "the length at position 0 is 0; 1 to 4 wanted"},
		{map[int]tensor.Tensor{5: tensor.From([]int64{3, -1})}, "the length at position 1 is -1"},
		{map[int]tensor.Tensor{5: tensor.From([]int64{3, 1 << 32})}, "the length at position 1 is 4294967296"},
	} {
		in := []tensor.Tensor{x(4, 2, 3), x(20, 3), x(20, 5), x(20), x(20), tensor.From([]int32{1, 4}), x(2, 5), x(2, 5)}
		for i, v := range c.in {
			in[i] = v
		}
		err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			vs := make([]grad.Value, len(in))
			for i, v := range in {
				if v.Valid() {
					vs[i] = s.Input(v)
				}
			}
			apply("lstm", false, vs)
			return nil
		})
		wantError(t, err, c.says)
	}
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		w := op.RecurrentWeights{IH: s.Input(x(5, 3)), HH: s.Input(x(5, 5))}
		op.RNN(s.Input(x(4, 2, 3)), w, grad.Value{}, grad.Value{}, op.ActSigmoid, false)
		return nil
	})
	wantError(t, err, "ActTanh or ActReLU wanted")
}
