package grad_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// times is a·b of one shape, with its backward in ops.
var times = grad.Def[grad.None]{
	Name: "times", Args: "a b",
	Infer: func(_ *grad.None, c *grad.Call) { c.OutputLike(c.In(0)) },
	Forward: func(_ *grad.None, c *grad.Call) {
		a, b, y := f32(c.In(0)), f32(c.In(1)), f32(c.Out(0))
		for i := range y {
			y[i] = a[i] * b[i]
		}
	},
	Backward: func(_ *grad.None, c *grad.Call) {
		for i := range 2 {
			if !c.Needs(i) {
				continue
			}
			o, g := f32(c.In(1-i)), f32(c.GradOut(0))
			gx, add := c.GradIn(i)
			for k := range g {
				v := o[k] * g[k]
				if add {
					v += f32(gx)[k]
				}
				f32(gx)[k] = v
			}
		}
	},
}

func init() {
	times.VJP = func(_ *grad.None, v *grad.VJP) {
		for i := range 2 {
			if v.Needs(i) {
				v.SetGradIn(i, times.Apply(grad.None{}, v.In(1-i), v.GradOut(0)))
			}
		}
	}
}

func mul(a, b grad.Value) grad.Value { return times.Apply(grad.None{}, a, b) }

func f32(t tensor.Tensor) []float32 { return tensor.Of[float32](t) }

func TestSameOperandTwice(t *testing.T) {
	ps, p := one(3)
	g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Poison: true})
	if err := tape.Step(grad.Train, func(s *grad.Step) error {
		w := s.Use(p)
		s.Backward(mul(mul(w, w), w), g)
		s.Backward(w, g)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	got, _ := g.Of(p)
	if f32(got)[0] != 3*9+1 {
		t.Errorf("gradient of w³ + w at 3: %v, want 28", f32(got)[0])
	}
}

func TestSecondDerivative(t *testing.T) {
	ps, p := one(3)
	g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Poison: true})
	var first, second float32
	if err := tape.Step(grad.Train, func(s *grad.Step) error {
		w := s.Use(p)
		d := s.Grad(mul(mul(w, w), w), w)[0]
		dd := s.Grad(d, w)[0]
		s.Read(d, &first)
		s.Read(dd, &second)
		s.Backward(dd, g) // the third: 6
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	third, _ := g.Of(p)
	if first != 27 || second != 18 || f32(third)[0] != 6 {
		t.Errorf("derivatives of w³ at 3: %v %v %v, want 27 18 6", first, second, f32(third)[0])
	}
}

func TestSecondDerivativeRefusedByName(t *testing.T) {
	ps, p := one(3)
	tape := grad.NewTape(grad.Config{Params: ps})
	var first float32
	err := tape.Step(grad.Train, func(s *grad.Step) error {
		w := s.Use(p)
		d := s.Grad(square.Apply(grad.None{}, w), w)[0]
		s.Read(d, &first)
		return nil
	})
	if err != nil || first != 6 {
		t.Fatalf("first derivative %v, %v", first, err)
	}
	err = tape.Step(grad.Train, func(s *grad.Step) error {
		w := s.Use(p)
		s.Grad(s.Grad(square.Apply(grad.None{}, w), w)[0], w)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "op.Square") || !strings.Contains(err.Error(), "second derivative") {
		t.Errorf("error %v", err)
	}
}

func TestNonFiniteGradient(t *testing.T) {
	ps, p := one(float32(math.Inf(1)))
	g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps})
	err := tape.Step(grad.Train, func(s *grad.Step) error {
		s.Backward(mul(s.Use(p), s.Use(p)), g)
		s.Update(sgd{}, g)
		return nil
	})
	var e *grad.NonFiniteError
	if !errors.As(err, &e) || e.Param != "net.w" || e.First != "parameter net.w" {
		t.Errorf("error %v", err)
	}
	if tape.State().Step != 0 {
		t.Error("a failed step was counted")
	}
}

func TestMissingGradient(t *testing.T) {
	ps, p := one(3)
	q := grad.NewParam("v", tensor.New(tensor.F32, 2))
	ps = append(ps, grad.Named{Name: "net.v", Param: q})
	g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps})
	step := func() error {
		return tape.Step(grad.Train, func(s *grad.Step) error {
			s.Backward(mul(s.Use(p), s.Use(p)), g)
			s.Update(sgd{}, g)
			return nil
		})
	}
	if err := step(); err == nil || !strings.Contains(err.Error(), "net.v") {
		t.Errorf("error %v", err)
	}
	q.Frozen = true
	if err := step(); err != nil {
		t.Error(err)
	}
}

func TestBindAndLerp(t *testing.T) {
	ps, p := one(3)
	b := grad.NewBuffer("mean", tensor.From([]float32{1}))
	g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps})
	var bound, pending float32
	if err := tape.Step(grad.Train, func(s *grad.Step) error {
		w := s.Use(p)
		s.Bind(p, mul(w, w))
		s.Read(s.Use(p), &bound)
		s.Lerp(b, s.Input(tensor.From([]float32{5})), 0.5)
		s.Read(s.Use(b), &pending)
		s.Backward(s.Use(p), g)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	got, _ := g.Of(p)
	if bound != 9 || pending != 3 || f32(b.Data)[0] != 3 || f32(got)[0] != 6 {
		t.Errorf("bound %v, pending %v, buffer %v, gradient %v", bound, pending, f32(b.Data)[0], f32(got)[0])
	}
}

func TestLerpInShards(t *testing.T) {
	run := func(workers int) float32 {
		b := grad.NewBuffer("mean", tensor.From([]float32{0}))
		tape := grad.NewTape(grad.Config{})
		if err := tape.Step(grad.Train, func(s *grad.Step) error {
			return s.Shards(4, workers, func(i int, s *grad.Step) error {
				s.Lerp(b, s.Input(tensor.From([]float32{float32(i)})), 0.1)
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		return f32(b.Data)[0]
	}
	want := float32(0)
	for i := range 4 {
		want = float32(float32(1-float32(0.1))*want) + float32(float32(0.1)*float32(i))
	}
	if a, b := run(1), run(3); a != want || b != want {
		t.Errorf("running mean %v with one worker, %v with three, want %v", a, b, want)
	}
}

func TestStridedOperandIsCopied(t *testing.T) {
	tape := grad.NewTape(grad.Config{Poison: true})
	x := tensor.From([]float32{1, 2, 3, 4}, 2, 2).Permute(1, 0)
	var y tensor.Tensor
	if err := tape.Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(square.Apply(grad.None{}, s.Input(x)), &y)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := f32(y); got[1] != 9 || got[2] != 4 {
		t.Errorf("square of a transposed matrix: %v", y)
	}
}

func TestMisuse(t *testing.T) {
	ps, p := one(3)
	other := grad.NewTape(grad.Config{})
	g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps, MaxBytes: 4096})
	for name, c := range map[string]struct {
		fn   func(s *grad.Step) error
		want string
	}{
		"two tapes": {func(s *grad.Step) error {
			return other.Eval(grad.Infer, func(o *grad.Step) error { mul(s.Use(p), o.Use(p)); return nil })
		}, "two tapes"},
		"empty value":   {func(s *grad.Step) error { mul(grad.Value{}, grad.Value{}); return nil }, "no operand is on a tape"},
		"nested step":   {func(s *grad.Step) error { return tape.Eval(grad.Infer, nil) }, "inside a step"},
		"vector loss":   {func(s *grad.Step) error { s.Backward(s.Full(1, 3), g); return nil }, "scalar"},
		"constant loss": {func(s *grad.Step) error { s.Backward(s.Scalar(1), g); return nil }, "no trained parameter"},
		"memory":        {func(s *grad.Step) error { s.Full(0, 5000); return nil }, "MaxBytes"},
		"read vector":   {func(s *grad.Step) error { s.Read(s.Full(1, 3), new(float32)); return nil }, "ReadTensor"},
	} {
		err := tape.Step(grad.Train, c.fn)
		var e *tensor.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		} else if !strings.Contains(err.Error(), "transaction_test.go:") {
			t.Errorf("%s: error %q doesn't name its caller", name, err)
		}
	}
}

func TestTrace(t *testing.T) {
	ps, p := one(3)
	tape := grad.NewTape(grad.Config{Params: ps})
	g, err := tape.Trace(grad.Infer, func(s *grad.Step) ([]grad.Value, error) {
		return []grad.Value{mul(s.Use(p), s.Input(tensor.From([]float32{2})))}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Nodes) != 1 || g.Nodes[0].Op != "times" || len(g.Inputs) != 1 || g.Values[g.Nodes[0].In[0]].Name != "net.w" {
		t.Errorf("graph %+v", g)
	}
}
