package grad_test

import (
	"errors"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

func TestShardPanicGoesThrough(t *testing.T) {
	for _, workers := range []int{1, 3} {
		func() {
			defer func() {
				if r := recover(); r != "a bug" {
					t.Errorf("%d workers: recovered %v, want the shard's own panic", workers, r)
				}
			}()
			tape := grad.NewTape(grad.Config{})
			err := tape.Step(grad.Train, func(s *grad.Step) error {
				return s.Shards(3, workers, func(i int, s *grad.Step) error {
					if i == 1 {
						panic("a bug")
					}
					return nil
				})
			})
			t.Errorf("%d workers: error %v instead of a panic", workers, err)
		}()
	}
}

func TestShardFailsWhole(t *testing.T) {
	ps, p := one(3)
	stop := errors.New("stop")
	for _, workers := range []int{1, 4} {
		g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps})
		b := grad.NewBuffer("b", tensor.From([]float32{1}))
		var read float32
		err := tape.Step(grad.Train, func(s *grad.Step) error {
			err := s.Shards(4, workers, func(i int, s *grad.Step) error {
				y := sq(s.Use(p))
				s.Backward(y, g)
				s.Lerp(b, y, 0.5)
				s.Read(y, &read)
				switch i {
				case 2:
					return stop
				case 3:
					s.Backward(s.Full(1, 2), g) // misuse: a typed panic, and not the first failure
				}
				return nil
			})
			s.Update(sgd{}, g)
			return err
		})
		if _, ok := g.Of(p); !errors.Is(err, stop) || ok || f32(p.Data)[0] != 3 || f32(b.Data)[0] != 1 || read != 0 {
			t.Errorf("%d workers: error %v, gradient left %v, w %v, b %v, read %v", workers, err, ok, p.Data, b.Data, read)
		}
	}
}

func TestShardsSeePendingWrite(t *testing.T) {
	b := grad.NewBuffer("b", tensor.From([]float32{1}))
	tape := grad.NewTape(grad.Config{})
	got := make([]float32, 3)
	if err := tape.Step(grad.Train, func(s *grad.Step) error {
		s.Write(b, s.Input(tensor.From([]float32{5})))
		return s.Shards(3, 2, func(i int, s *grad.Step) error {
			s.Read(s.Use(b), &got[i])
			s.Lerp(b, s.Input(tensor.From([]float32{7})), 0.5)
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	if got[0] != 5 || got[1] != 5 || got[2] != 5 || f32(b.Data)[0] != 6.75 {
		t.Errorf("shards saw %v, want the pending 5; buffer %v, want 6.75", got, b.Data)
	}
}

func TestShardsAfterBindAreRefused(t *testing.T) {
	ps, p := one(3)
	tape := grad.NewTape(grad.Config{Params: ps})
	err := tape.Step(grad.Train, func(s *grad.Step) error {
		s.Bind(p, sq(s.Use(p)))
		return s.Shards(2, 1, func(int, *grad.Step) error { return nil })
	})
	if e := (*tensor.Error)(nil); !errors.As(err, &e) {
		t.Errorf("error %v: a shard would use the parameter, not what it is bound to", err)
	}
}

// draw is one random number.
var draw = grad.Def[grad.None]{
	Name:    "draw",
	Infer:   func(_ *grad.None, c *grad.Call) { c.Output(tensor.F32) },
	Forward: func(_ *grad.None, c *grad.Call) { c.Rand().Uniform(f32(c.Out(0)), 0, 1) },
	NoGrad:  "it is a constant", Stops: true,
}

func TestShardsDrawApart(t *testing.T) {
	tape := grad.NewTape(grad.Config{Seed: 1})
	got := make([]float32, 4)
	if err := tape.Step(grad.Train, func(s *grad.Step) error {
		for half := range 2 {
			if err := s.Shards(2, 2, func(i int, s *grad.Step) error {
				s.Read(draw.Create(s, grad.None{}), &got[2*half+i])
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i, a := range got {
		for j := range i {
			if a == got[j] {
				t.Errorf("micro-batches %d and %d drew the same: %v", j, i, got)
			}
		}
	}
}
