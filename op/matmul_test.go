package op_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

// product is the plain a·b of the last two dimensions, either transposed.
func product(a, b optest.Array, ta, tb bool) optest.Array {
	m, k := a.Dim(-2), a.Dim(-1)
	if ta {
		m, k = k, m
	}
	n := b.Dim(-1)
	if tb {
		n = b.Dim(-2)
	}
	batch := func(x optest.Array) optest.Array { // the places of the matrices
		r := optest.NewArray(x.Shape[:len(x.Shape)-2]...)
		for i := range r.Data {
			r.Data[i] = float64(i * x.Dim(-2) * x.Dim(-1))
		}
		return r
	}
	pa := optest.Broadcast(batch(a), batch(b), func(a, _ float64) float64 { return a })
	pb := optest.Broadcast(batch(a), batch(b), func(_, b float64) float64 { return b })
	y := optest.NewArray(append(append([]int(nil), pa.Shape...), m, n)...)
	for p := range pa.Data {
		oa, ob := int(pa.Data[p]), int(pb.Data[p])
		for i := range m {
			for j := range n {
				for l := range k {
					ia, ib := i*k+l, l*n+j
					if ta {
						ia = l*m + i
					}
					if tb {
						ib = j*k + l
					}
					y.Data[(p*m+i)*n+j] += a.Data[oa+ia] * b.Data[ob+ib]
				}
			}
		}
	}
	return y
}

func TestMatMul(t *testing.T) {
	forms := []struct {
		f      func(a, b grad.Value) grad.Value
		ta, tb bool
	}{{op.MatMul, false, false}, {op.MatMulNT, false, true}, {op.MatMulTN, true, false}, {op.MatMulTT, true, true}}
	for i, f := range forms {
		in := func(batchA []int, m, k int, batchB []int, n int) []optest.Input {
			a, b := []int{m, k}, []int{k, n}
			if f.ta {
				a = []int{k, m}
			}
			if f.tb {
				b = []int{n, k}
			}
			return []optest.Input{optest.F32(append(batchA, a...)...), optest.F32(append(batchB, b...)...)}
		}
		c := optest.Case{
			Name: "none", VJP: true, Tol: 4e-6, LargeTol: 5e-5,
			Inputs: [][]optest.Input{
				in(nil, 3, 5, nil, 4), in(nil, 1, 1, nil, 1), in(nil, 7, 3, nil, 17), in([]int{2}, 3, 2, []int{2}, 4), in([]int{3}, 2, 3, nil, 4),
				in(nil, 2, 3, []int{2}, 3), in([]int{2, 1}, 2, 2, []int{3}, 1), in([]int{2, 1, 2}, 1, 2, []int{3, 1}, 2),
				in([]int{0}, 2, 3, nil, 4), in(nil, 0, 3, nil, 2), in(nil, 2, 0, nil, 3), in([]int{1}, 2, 2, []int{1, 1}, 3),
			},
			Large: in([]int{3}, 70, 300, nil, 65),
			Op:    func(in ...grad.Value) grad.Value { return f.f(in[0], in[1]) },
			Ref:   func(in ...optest.Array) optest.Array { return product(in[0], in[1], f.ta, f.tb) },
		}
		if i == 0 {
			c.Name = "matmul"
			c.Golden = func(a optest.Attrs, in ...grad.Value) grad.Value {
				for _, f := range forms {
					if f.ta == a.Bool("transpose_a") && f.tb == a.Bool("transpose_b") {
						return f.f(in[0], in[1])
					}
				}
				panic("no such form")
			}
		}
		optest.Run(t, c)
	}
}

var activationRefs = map[op.Activation]func(float64) float64{
	op.ActNone:    func(x float64) float64 { return x },
	op.ActReLU:    func(x float64) float64 { return max(x, 0) },
	op.ActSigmoid: func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	op.ActTanh:    math.Tanh,
}

func TestLinear(t *testing.T) {
	for act := op.ActNone; act <= op.ActTanh; act++ {
		c := optest.Case{
			Name: "none", VJP: true, Tol: 4e-6, LargeTol: 5e-5,
			Inputs: [][]optest.Input{
				{optest.F32(4, 7), optest.F32(5, 7), optest.F32(5)}, {optest.F32(3, 2), optest.F32(4, 2), optest.None()},
				{optest.F32(3), optest.F32(2, 3), optest.F32(2)}, {optest.F32(2, 3, 4), optest.F32(1, 4), optest.F32(1)},
				{optest.F32(0, 3), optest.F32(2, 3), optest.F32(2)}, {optest.F32(2, 0), optest.F32(3, 0), optest.F32(3)},
			},
			Large: []optest.Input{optest.F32(65, 300), optest.F32(130, 300), optest.F32(130)},
			Op: func(in ...grad.Value) grad.Value {
				if len(in) == 2 {
					in = append(in, grad.Value{})
				}
				return op.Linear(in[0], in[1], in[2], act)
			},
			Ref: func(in ...optest.Array) optest.Array {
				x := optest.Array{Shape: []int{len(in[0].Data) / max(1, in[0].Dim(-1)), in[0].Dim(-1)}, Data: in[0].Data}
				if in[0].Dim(-1) == 0 {
					x.Shape[0] = in[0].Shape[0]
				}
				y := product(x, in[1], false, true)
				if in[2].Valid() {
					y = optest.Broadcast(y, in[2], func(a, b float64) float64 { return a + b })
				}
				y.Shape = append(append([]int(nil), in[0].Shape[:len(in[0].Shape)-1]...), in[1].Shape[0])
				return y.Map(activationRefs[act])
			},
		}
		if act == op.ActNone {
			c.Name = "linear"
			c.Golden = func(a optest.Attrs, in ...grad.Value) grad.Value {
				k := op.ActNone
				for k.String() != a.String("activation") {
					k++
				}
				return op.Linear(in[0], in[1], append(in, grad.Value{})[2], k)
			}
		}
		optest.Run(t, c)
	}
}

// fails returns the error of a step that applies f to the tensors.
func fails(t *testing.T, f func(in ...grad.Value), x ...tensor.Tensor) string {
	t.Helper()
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		in := make([]grad.Value, len(x))
		for i := range x {
			in[i] = s.Input(x[i])
		}
		f(in...)
		return nil
	})
	if err == nil {
		t.Fatal("no error")
	}
	return err.Error()
}

func TestMisuseIsNamed(t *testing.T) {
	z := func(shape ...int) tensor.Tensor { return tensor.New(tensor.F32, shape...) }
	ids := func(v ...int32) tensor.Tensor { return tensor.From(v) }
	for _, c := range []struct {
		f    func(in ...grad.Value)
		x    []tensor.Tensor
		want string
	}{
		{func(in ...grad.Value) { op.Add(in[0], in[1]) }, []tensor.Tensor{z(2, 3), z(2)}, "op.Add at matmul_test.go:|a [2 3], b [2]|3 and 2"},
		{func(in ...grad.Value) { op.MatMul(in[0], in[1]) }, []tensor.Tensor{z(2, 3), z(2, 3)}, "op.MatMul|inner dimensions differ: 3 and 2"},
		{func(in ...grad.Value) { op.Add(in[0], grad.Value{}) }, []tensor.Tensor{z(2, 3)}, "op.Add at matmul_test.go:|a [2 3]|b is an empty grad.Value"},
		{func(in ...grad.Value) { op.Concat(0, in[0], grad.Value{}) }, []tensor.Tensor{z(2, 3)}, "op.Concat|is an empty grad.Value"},
		{func(in ...grad.Value) { op.Linear(in[0], in[1], grad.Value{}, op.ActReLU) }, []tensor.Tensor{z(32, 784), z(10, 128)}, "op.Linear|x has 784 features, weight wants 128"},
		{func(in ...grad.Value) { op.CrossEntropy(in[0], in[1]) }, []tensor.Tensor{z(3, 4), ids(1, 4, 0)}, "op.CrossEntropy|the id at position 1 is 4; there are 4 classes"},
		{func(in ...grad.Value) { op.CrossEntropy(in[0], in[1]) }, []tensor.Tensor{z(3, 4), ids(1, -1, 0)}, "position 1 is -1"},
		{func(in ...grad.Value) { op.CrossEntropy(in[0], in[1]) }, []tensor.Tensor{z(3, 4), ids(1, 2)}, "one id for each row"},
		{func(in ...grad.Value) { op.Embedding(in[0], in[1]) }, []tensor.Tensor{z(3, 4), ids(1, 3)}, "op.Embedding|the id at position 1 is 3; there are 3 rows"},
		{func(in ...grad.Value) { op.Reshape(in[0], 4, 2) }, []tensor.Tensor{z(3, 3)}, "op.Reshape|9 elements don't fill"},
		{func(in ...grad.Value) { op.Sum(in[0], 2) }, []tensor.Tensor{z(3, 3)}, "axis 2"},
		{func(in ...grad.Value) { op.Max(in[0], 1) }, []tensor.Tensor{z(3, 0)}, "op.Max|no elements"},
		{func(in ...grad.Value) { op.Slice(in[0], 0, 2, 4) }, []tensor.Tensor{z(3, 3)}, "op.Slice [2:4:1] of axis 0"},
		{func(in ...grad.Value) { op.Exp(in[0]) }, []tensor.Tensor{ids(1)}, "op.Exp|i32, f32 wanted"},
		{func(in ...grad.Value) { op.MSE(in[0], in[1]) }, []tensor.Tensor{z(3, 1), z(3)}, "op.MSE|doesn't broadcast"},
		{func(in ...grad.Value) { op.Dropout(in[0], 1) }, []tensor.Tensor{z(3)}, "p = 1"},
		{func(in ...grad.Value) { op.BatchNorm(in[0], grad.Value{}, grad.Value{}, 1e-5) }, []tensor.Tensor{z(1, 3)}, "op.BatchNorm|two rows"},
	} {
		got := fails(t, c.f, c.x...)
		for _, part := range strings.Split(c.want, "|") {
			if !strings.Contains(got, part) {
				t.Errorf("error %q, %q wanted in it", got, part)
			}
		}
	}
}
