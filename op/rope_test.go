package op_test

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

// rotate is RoPE in float64, by complex numbers; x is [T H D].
func rotate(x, table optest.Array, how op.Rotary) optest.Array {
	y, half := x.Map(func(v float64) float64 { return v }), table.Dim(2)
	x.Each(func(at []int, _ int) {
		i := at[2]
		if i >= half || how.Heads > 0 && at[1] >= how.Heads {
			return
		}
		a, b := i, i+half
		if how.Interleaved {
			a, b = 2*i, 2*i+1
		}
		a, b = x.Index(at[0], at[1], a), x.Index(at[0], at[1], b)
		t := at[0] + how.From
		z := complex(x.Data[a], x.Data[b]) * complex(table.Data[table.Index(t, 0, i)], table.Data[table.Index(t, 1, i)])
		y.Data[a], y.Data[b] = real(z), imag(z)
	})
	return y
}

func TestRoPE(t *testing.T) {
	table := optest.Const(optest.F32(12, 2, 2))
	for _, how := range []op.Rotary{
		{TimeFirst: true}, {TimeFirst: true, Interleaved: true, From: 3}, {TimeFirst: true, Heads: 2, From: 1},
	} {
		optest.Run(t, optest.Case{
			Name: "rope_first", Tol: 2e-6, VJP: true,
			Inputs: [][]optest.Input{{optest.F32(5, 3, 7), table}, {optest.F32(2, 2, 4), table}, {optest.F32(0, 2, 4), table}},
			Large:  []optest.Input{optest.F32(9, 300, 31), table},
			Op:     func(in ...grad.Value) grad.Value { return op.RoPE(in[0], in[1], how) },
			Ref:    func(in ...optest.Array) optest.Array { return rotate(in[0], in[1], how) },
		})
	}
	optest.Run(t, optest.Case{
		Name: "rope", Tol: 2e-6, VJP: true,
		Inputs: [][]optest.Input{{optest.F32(3, 6), optest.Const(optest.F32(5, 2, 3))}, {optest.F32(1, 5), table}},
		Op:     func(in ...grad.Value) grad.Value { return op.RoPE(in[0], in[1], op.Rotary{From: 2}) },
		Ref: func(in ...optest.Array) optest.Array {
			x := optest.Array{Shape: []int{in[0].Dim(0), 1, in[0].Dim(1)}, Data: in[0].Data}
			return optest.Array{Shape: in[0].Shape, Data: rotate(x, in[1], op.Rotary{From: 2}).Data}
		},
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			table := op.RotaryTable(a.Int("from")+in[0].Dim(-2), in[0].Dim(-1), a.Float("base"))
			return op.RoPE(in[0], in[0].Step().Input(table), op.Rotary{From: a.Int("from"), Interleaved: a.Bool("interleaved")})
		},
	})
}

func TestRoPERefuses(t *testing.T) {
	for _, c := range []struct {
		x, table tensor.Tensor
		how      op.Rotary
		says     string
	}{
		{tensor.New(tensor.F32, 5, 3), op.RotaryTable(5, 4, 10), op.Rotary{}, "R at most D"},
		{tensor.New(tensor.F32, 5, 4), op.RotaryTable(5, 4, 10), op.Rotary{From: 1}, "positions 1 to 5 wanted, the table has 5"},
		{tensor.New(tensor.F32, 5, 4), op.RotaryTable(5, 4, 10), op.Rotary{From: -1}, "op.RoPE"},
		{tensor.New(tensor.F32, 5, 4), op.RotaryTable(5, 4, 10), op.Rotary{From: math.MinInt}, "op.RoPE: From is -9223372036854775808; an i32 wanted"},
		{tensor.New(tensor.F32, 5, 4), op.RotaryTable(5, 4, 10), op.Rotary{Heads: 1}, "heads can't turn"},
		{tensor.New(tensor.F32, 5, 2, 4), op.RotaryTable(5, 4, 10), op.Rotary{TimeFirst: true, Heads: 3}, "heads can't turn"},
	} {
		err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			op.RoPE(s.Input(c.x), s.Input(c.table), c.how)
			return nil
		})
		wantError(t, err, c.says)
	}
	defer func() {
		if recover() == nil {
			t.Error("a table of an odd width was made")
		}
	}()
	op.RotaryTable(5, 3, 10)
}

// The slopes of 8 and of 6 heads, as the paper and its program give them.
func TestALiBiSlopes(t *testing.T) {
	for _, want := range [][]float32{
		{1. / 2, 1. / 4, 1. / 8, 1. / 16, 1. / 32, 1. / 64, 1. / 128, 1. / 256},
		{1. / 4, 1. / 16, 1. / 64, 1. / 256, 1. / 2, 1. / 8},
	} {
		got := tensor.Of[float32](op.ALiBiSlopes(len(want)))
		for i, w := range want {
			if got[i] != w {
				t.Errorf("%d heads: slope %d is %v, %v wanted", len(want), i, got[i], w)
			}
		}
	}
}
