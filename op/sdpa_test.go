package op_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// attend is SDPA in float64, a row at a time; q, k, v are [B H T D].
func attend(in []optest.Array, how op.Attention, hides bool) optest.Array {
	q, k, v := in[0], in[1], in[2]
	heads, t, d, s := q.Dim(1), q.Dim(2), q.Dim(3), k.Dim(2)
	scale := how.Scale
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(d))
	}
	y := optest.NewArray(q.Shape...)
	optest.NewArray(q.Dim(0), heads, t).Each(func(at []int, _ int) {
		b, h, i := at[0], at[1], at[2]
		kv := h / (heads / k.Dim(1))
		p, sum := make([]float64, s), 0.0
		for j := range p {
			x := 0.0
			for e := range d {
				x += q.Data[q.Index(b, h, i, e)] * k.Data[k.Index(b, kv, j, e)]
			}
			x *= scale
			seen := !how.Causal || j <= i+s-t
			if m := in[3]; m.Valid() {
				place := make([]int, 4)
				for a, n := range []int{b, h, i, j} {
					place[a] = min(n, m.Dim(a)-1)
				}
				if hides {
					seen = seen && m.Data[m.Index(place...)] != 0
				} else {
					x += m.Data[m.Index(place...)]
				}
			}
			if in[4].Valid() {
				x -= in[4].Data[h] * math.Abs(float64(i+s-t-j))
			}
			if seen {
				p[j] = math.Exp(x)
				sum += p[j]
			}
		}
		for j := range p {
			for e := 0; e < d && sum > 0; e++ {
				y.Data[y.Index(b, h, i, e)] += p[j] / sum * v.Data[v.Index(b, kv, j, e)]
			}
		}
	})
	return y
}

func inputs(b, h, kv, t, s, d int, bias ...optest.Input) []optest.Input {
	in := []optest.Input{optest.F32(b, h, t, d), optest.F32(b, kv, s, d), optest.F32(b, kv, s, d), optest.None(), optest.None()}
	copy(in[3:], bias)
	return in
}

func TestSDPA(t *testing.T) {
	bytes := optest.Input{Shape: []int{2, 1, 5, 7}, DType: tensor.U8, High: 2, Constant: true}
	slopes := optest.Const(optest.In(0, 1, 2))
	for _, c := range []struct {
		name  string
		how   op.Attention
		hides bool
		in    [][]optest.Input
	}{
		{name: "plain", in: [][]optest.Input{
			inputs(2, 3, 3, 5, 7, 4), inputs(1, 4, 2, 7, 5, 3), inputs(1, 1, 1, 1, 1, 1), inputs(1, 2, 1, 3, 19, 17),
			inputs(0, 2, 1, 3, 4, 2), inputs(2, 2, 1, 0, 4, 2), inputs(2, 2, 1, 3, 0, 2),
		}},
		{name: "causal", how: op.Attention{Causal: true, Scale: 0.3}, in: [][]optest.Input{
			inputs(2, 3, 3, 7, 7, 4), inputs(1, 4, 1, 3, 9, 5), inputs(1, 2, 2, 9, 4, 3), inputs(1, 1, 1, 21, 21, 2),
		}},
		{name: "negative", how: op.Attention{Causal: true, Scale: -0.4}, in: [][]optest.Input{inputs(1, 2, 1, 5, 7, 4)}},
		{name: "mask", in: [][]optest.Input{
			inputs(2, 2, 1, 5, 7, 3, optest.Const(optest.F32(1, 2, 5, 7)), slopes), inputs(2, 2, 2, 5, 7, 3, optest.Const(optest.F32(2, 1, 1, 7))),
			inputs(1, 2, 2, 5, 7, 3, optest.None(), slopes),
		}},
		{name: "hide", how: op.Attention{Causal: true}, hides: true, in: [][]optest.Input{inputs(2, 2, 2, 5, 7, 3, bytes, slopes)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			optest.Run(t, optest.Case{
				Name: "sdpa_" + c.name, Tol: 2e-6, GradTol: 2e-5, LargeTol: 2e-5, Inputs: c.in,
				Op:  func(in ...grad.Value) grad.Value { return op.SDPA(in[0], in[1], in[2], in[3], in[4], c.how) },
				Ref: func(in ...optest.Array) optest.Array { return attend(in, c.how, c.hides) },
			})
		})
	}
	optest.Run(t, optest.Case{
		Name: "sdpa", Tol: 2e-6, GradTol: 2e-5, LargeTol: 1e-4,
		Inputs: [][]optest.Input{inputs(1, 2, 2, 3, 3, 5)},
		Large:  inputs(2, 4, 2, 300, 531, 40),
		Op: func(in ...grad.Value) grad.Value {
			return op.SDPA(in[0], in[1], in[2], in[3], in[4], op.Attention{Causal: true})
		},
		Ref: func(in ...optest.Array) optest.Array { return attend(in, op.Attention{Causal: true}, false) },
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			var mask grad.Value
			if len(in) > 3 {
				mask = in[3]
			}
			return op.SDPA(in[0], in[1], in[2], mask, grad.Value{}, op.Attention{Causal: a.Bool("is_causal"), Scale: a.Float("scale")})
		},
	})
}

// Operands and result with time before heads give what the others give, transposed.
func TestSDPATimeFirst(t *testing.T) {
	turn := func(x optest.Array) optest.Array {
		if len(x.Shape) != 4 {
			return x
		}
		y := optest.NewArray(x.Dim(0), x.Dim(2), x.Dim(1), x.Dim(3))
		y.Each(func(at []int, place int) { y.Data[place] = x.Data[x.Index(at[0], at[2], at[1], at[3])] })
		return y
	}
	how := op.Attention{Causal: true, TimeFirst: true}
	optest.Run(t, optest.Case{
		Name: "sdpa_time_first", Tol: 2e-6, GradTol: 2e-5,
		Inputs: [][]optest.Input{{optest.F32(2, 5, 4, 3), optest.F32(2, 6, 2, 3), optest.F32(2, 6, 2, 3), optest.None(), optest.None()}},
		Op:     func(in ...grad.Value) grad.Value { return op.SDPA(in[0], in[1], in[2], in[3], in[4], how) },
		Ref: func(in ...optest.Array) optest.Array {
			return turn(attend([]optest.Array{turn(in[0]), turn(in[1]), turn(in[2]), in[3], in[4]}, how, false))
		},
	})
}

func TestSDPAPacked(t *testing.T) {
	for _, n := range []struct{ b, t, heads, kv, d int }{{2, 5, 3, 3, 2}, {1, 9, 4, 2, 3}, {0, 3, 1, 1, 1}} {
		how := op.Attention{Causal: true}
		optest.Run(t, optest.Case{
			Name: "sdpa_packed", Tol: 2e-6, GradTol: 2e-5,
			Inputs: [][]optest.Input{{optest.F32(n.b, n.t, (n.heads+2*n.kv)*n.d)}},
			Op: func(in ...grad.Value) grad.Value {
				return op.SDPAPacked(in[0], grad.Value{}, grad.Value{}, n.heads, n.kv, how)
			},
			Ref: func(in ...optest.Array) optest.Array {
				part := func(first, heads int) optest.Array {
					x := optest.NewArray(n.b, heads, n.t, n.d)
					x.Each(func(at []int, place int) {
						x.Data[place] = in[0].Data[in[0].Index(at[0], at[2], (first+at[1])*n.d+at[3])]
					})
					return x
				}
				h := attend([]optest.Array{part(0, n.heads), part(n.heads, n.kv), part(n.heads+n.kv, n.kv), {}, {}}, how, false)
				y := optest.NewArray(n.b, n.t, n.heads*n.d)
				h.Each(func(at []int, place int) { y.Data[y.Index(at[0], at[2], at[1]*n.d+at[3])] = h.Data[place] })
				return y
			},
		})
	}
}

func drawn(seed uint64, shape ...int) tensor.Tensor {
	x := tensor.New(tensor.F32, shape...)
	rng.Stream{Seed: seed}.Normal(tensor.Of[float32](x), 0, 1)
	return x
}

// TestSDPARows asks each query alone, of the keys that it sees in a cache whose rest is NaN, and some together: the bits are
// those of all at once.
func TestSDPARows(t *testing.T) {
	const n, b, h, kv, d = 600, 1, 2, 1, 20
	q, k, v := drawn(1, b, h, n, d), drawn(2, b, kv, n+50, d), drawn(3, b, kv, n+50, d)
	for i := range kv * 50 * d {
		tensor.Of[float32](k)[n*d+i], tensor.Of[float32](v)[n*d+i] = float32(math.NaN()), float32(math.NaN())
	}
	slopes := tensor.From([]float32{0.1, 0.003})
	run := func(from, to int, alibi bool) []float32 {
		var y tensor.Tensor
		err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			var bias grad.Value
			if alibi {
				bias = s.Input(slopes)
			}
			part := func(x tensor.Tensor, from, to int) grad.Value { return op.Slice(s.Input(x), 2, from, to) }
			s.ReadTensor(op.SDPA(part(q, from, to), part(k, 0, to), part(v, 0, to), grad.Value{}, bias, op.Attention{Causal: true}), &y)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return tensor.Of[float32](y)
	}
	for l := cpu.Go; l <= cpu.Best(); l++ {
		for _, alibi := range []bool{false, true} {
			restore := cpu.Force(l)
			all := run(0, n, alibi)
			check := func(from, to int) {
				t.Helper()
				y := run(from, to, alibi)
				for i := range y {
					head, at := i/(d*(to-from)), i%(d*(to-from))
					if w := all[head*n*d+from*d+at]; math.Float32bits(w) != math.Float32bits(y[i]) {
						t.Fatalf("%v: queries %d to %d: element %d is %v, of all at once %v", l, from, to, i, y[i], w)
					}
				}
			}
			for i := range n {
				check(i, i+1)
			}
			for i := 0; i+37 < n; i += 37 {
				check(i, i+37)
			}
			restore()
		}
	}
}

// Memory grows with the length, not with its square.
func TestSDPAMemory(t *testing.T) {
	high := func(n int) int {
		x := grad.NewParam("x", drawn(1, 1, 2, n, 16))
		grads, tape := grad.NewGrads(list(x)), grad.NewTape(grad.Config{})
		err := tape.Step(grad.Train, func(s *grad.Step) error {
			v := s.Use(x)
			s.Backward(op.Sum(op.SDPA(v, v, v, grad.Value{}, grad.Value{}, op.Attention{})), grads)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return tape.HighWater()
	}
	if a, b := high(512), high(2048); float64(b) > 4.2*float64(a) {
		t.Errorf("512 queries take %d bytes, 2048 %d", a, b)
	}
}

func TestSDPARefuses(t *testing.T) {
	x := func(shape ...int) tensor.Tensor { return tensor.New(tensor.F32, shape...) }
	for _, c := range []struct {
		q, k, v, mask, slopes tensor.Tensor
		says                  string
	}{
		{x(2, 3, 4), x(2, 3, 4, 5), x(2, 3, 4, 5), tensor.Tensor{}, tensor.Tensor{}, "op.SDPA"},
		{x(2, 3, 4, 5), x(2, 2, 4, 5), x(2, 2, 4, 5), tensor.Tensor{}, tensor.Tensor{}, "3 heads of queries can't share 2 heads of keys"},
		{x(2, 3, 4, 5), x(2, 3, 4, 6), x(2, 3, 4, 6), tensor.Tensor{}, tensor.Tensor{}, "q and k differ"},
		{x(2, 3, 4, 5), x(2, 3, 4, 5), x(2, 3, 6, 5), tensor.Tensor{}, tensor.Tensor{}, "k and v differ"},
		{x(2, 3, 4, 5), x(2, 3, 6, 5), x(2, 3, 6, 5), x(3, 4, 4), tensor.Tensor{}, "mask has shape [3 4 4], one that broadcasts to [2 3 4 6] wanted"},
		{x(2, 3, 4, 5), x(2, 3, 6, 5), x(2, 3, 6, 5), tensor.Tensor{}, x(2), "f32 [3] wanted"},
	} {
		err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			in := func(x tensor.Tensor) grad.Value {
				if !x.Valid() {
					return grad.Value{}
				}
				return s.Input(x)
			}
			op.SDPA(in(c.q), in(c.k), in(c.v), in(c.mask), in(c.slopes), op.Attention{})
			return nil
		})
		wantError(t, err, c.says)
	}
	mask := grad.NewParam("mask", x(4, 4))
	grads := grad.NewGrads(list(mask))
	err := grad.NewTape(grad.Config{}).Step(grad.Train, func(s *grad.Step) error {
		v := s.Input(x(1, 1, 4, 5))
		s.Backward(op.Sum(op.SDPA(v, v, v, s.Use(mask), grad.Value{}, op.Attention{})), grads)
		return nil
	})
	wantError(t, err, "no gradient of mask")
}

func wantError(t *testing.T, err error, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("error %v; %q wanted", err, says)
	}
}
