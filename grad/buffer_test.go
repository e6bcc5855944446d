package grad_test

import (
	"errors"
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

func TestBuffersSwap(t *testing.T) {
	a, b := grad.NewBuffer("a", tensor.From([]float32{1, 2})), grad.NewBuffer("b", tensor.From([]float32{3, 4}))
	if err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		va, vb := s.Use(a), s.Use(b)
		s.Write(a, vb)
		s.Write(b, va)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if f32(a.Data)[0] != 3 || f32(b.Data)[0] != 1 {
		t.Errorf("after a swap a is %v and b is %v", a.Data, b.Data)
	}
}

// turn is a transposed view.
var turn = grad.Def[grad.None]{
	Name: "turn", Args: "x", Strided: true,
	Infer:  func(_ *grad.None, c *grad.Call) { c.OutputView(c.In(0).Permute(1, 0)) },
	NoGrad: "not needed here",
}

func TestBufferWrittenWithAViewOfItself(t *testing.T) {
	b := grad.NewBuffer("b", tensor.From([]float32{1, 2, 3, 4}, 2, 2))
	if err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.Write(b, turn.Apply(grad.None{}, s.Use(b)))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := f32(b.Data); got[1] != 3 || got[2] != 2 {
		t.Errorf("transposed in place: %v", b.Data)
	}
}

func TestLerpShare(t *testing.T) {
	for _, c := range []struct{ w, want float64 }{{0, 1}, {0.25, 2}, {1, 5}} {
		b := grad.NewBuffer("b", tensor.From([]float32{1}))
		if err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			s.Lerp(b, s.Input(tensor.From([]float32{5})), c.w)
			return nil
		}); err != nil || float64(f32(b.Data)[0]) != c.want {
			t.Errorf("1 moved to 5 by %v: %v, want %v (error %v)", c.w, b.Data, c.want, err)
		}
	}
	for _, w := range []float64{-0.1, 1.5, math.NaN()} {
		b := grad.NewBuffer("b", tensor.From([]float32{1}))
		err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			s.Lerp(b, s.Input(tensor.From([]float32{5})), w)
			return nil
		})
		if e := (*tensor.Error)(nil); !errors.As(err, &e) {
			t.Errorf("share %v: error %v", w, err)
		}
	}
}

func TestBackwardFromAParameter(t *testing.T) {
	p := grad.NewParam("w", tensor.New(tensor.F32, 2))
	ps := grad.Params{{Name: "w", Param: p}}
	g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps})
	step := func(seed []float32) error {
		return tape.Step(grad.Train, func(s *grad.Step) error {
			for range 2 {
				s.BackwardFrom(s.Use(p), tensor.From(seed), g)
			}
			s.Update(sgd{}, g)
			return nil
		})
	}
	if err := step([]float32{1, 2}); err != nil {
		t.Fatal(err)
	}
	if got, want := f32(p.Data)[1], -float32(0.1)*4; got != want {
		t.Errorf("w %v after two seeds of 2, want %v", got, want)
	}
	var e *grad.NonFiniteError
	if err := step([]float32{1, float32(math.NaN())}); !errors.As(err, &e) {
		t.Errorf("NaN in the seed: error %v", err)
	}
}

// A step that only updates by gradients of earlier steps empties them too where it fails: otherwise no step succeeds again.
func TestFailedUpdateEmptiesGrads(t *testing.T) {
	ps, p := one(float32(math.Inf(1)))
	g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps})
	if err := tape.Step(grad.Train, func(s *grad.Step) error { s.Backward(sq(s.Use(p)), g); return nil }); err != nil {
		t.Fatal(err)
	}
	var e *grad.NonFiniteError
	if err := tape.Step(grad.Train, func(s *grad.Step) error { s.Update(sgd{}, g); return nil }); !errors.As(err, &e) {
		t.Fatalf("error %v", err)
	}
	if _, ok := g.Of(p); ok {
		t.Error("a failed update left its gradients")
	}
}

func TestMisuseIsTyped(t *testing.T) {
	ps, p := one(3)
	g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps})
	for name, fn := range map[string]func(s *grad.Step){
		"rank 9":            func(s *grad.Step) { s.Full(0, 1, 1, 1, 1, 1, 1, 1, 1, 1) },
		"wrapped dimension": func(s *grad.Step) { s.Full(0, math.MinInt/2+5) },
		"no seed":           func(s *grad.Step) { s.BackwardFrom(s.Scalar(1), tensor.Tensor{}, g) },
		"no Grads":          func(s *grad.Step) { s.Backward(s.Use(p), nil) },
		"update nothing":    func(s *grad.Step) { s.Update(sgd{}, nil) },
		"no optimizer":      func(s *grad.Step) { s.Backward(s.Use(p), g); s.Update(nil, g) },
		"update twice":      func(s *grad.Step) { s.Backward(s.Use(p), g); s.Update(sgd{}, g); s.Update(sgd{}, g) },
		"empty parameter":   func(s *grad.Step) { s.Use(&grad.Param{Name: "w"}) },
		"empty buffer":      func(s *grad.Step) { s.Use(&grad.Buffer{Name: "b"}) },
		"bytes moved": func(s *grad.Step) {
			s.Lerp(grad.NewBuffer("b", tensor.New(tensor.U8, 1)), s.Input(tensor.New(tensor.U8, 1)), 1)
		},
		"gradient of ids":   func(s *grad.Step) { s.Grad(s.Scalar(1), s.Input(tensor.New(tensor.I32, 2))) },
		"gradient of an id": func(s *grad.Step) { s.Grad(s.Input(tensor.New(tensor.I32)), s.Scalar(1)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("panic %v goes through", r)
				}
			}()
			err := tape.Step(grad.Train, func(s *grad.Step) error { fn(s); return nil })
			if e := (*tensor.Error)(nil); !errors.As(err, &e) {
				t.Errorf("error %v, want a *tensor.Error", err)
			}
		})
	}
}
