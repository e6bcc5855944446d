package grad_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

func sq(x grad.Value) grad.Value { return square.Apply(grad.None{}, x) }

// churn overwrites what a checkpoint gave back.
func churn(s *grad.Step) {
	for range 8 {
		s.Full(-77, 16)
	}
}

// ramp is a buffer, parameter or input of 16 elements.
func ramp() tensor.Tensor {
	x := tensor.New(tensor.F32, 16)
	for i := range f32(x) {
		f32(x)[i] = float32(i)
	}
	return x
}

func TestCheckpointKeepsPendingWritesAndReads(t *testing.T) {
	for _, backward := range []bool{false, true} {
		p := grad.NewParam("w", ramp())
		moved, written := grad.NewBuffer("moved", tensor.New(tensor.F32, 16)), grad.NewBuffer("written", tensor.New(tensor.F32, 16))
		tape := grad.NewTape(grad.Config{})
		g := grad.NewGrads(grad.Params{{Name: "w", Param: p}})
		var read tensor.Tensor
		ones := tensor.New(tensor.F32, 16)
		if err := tape.Step(grad.Train, func(s *grad.Step) error {
			y := s.Checkpoint(func() grad.Value {
				a := sq(s.Use(p))
				s.Lerp(moved, a, 0.5)
				s.Write(written, a)
				s.ReadTensor(sq(a), &read)
				return sq(a)
			})
			churn(s)
			if backward {
				s.BackwardFrom(y, ones, g)
			}
			churn(s)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for i := range 16 {
			x := float32(i)
			if f32(moved.Data)[i] != x*x/2 || f32(written.Data)[i] != x*x || f32(read)[i] != x*x*x*x {
				t.Fatalf("backward %v: after %v²: moved %v, written %v, read %v", backward, x, f32(moved.Data)[i], f32(written.Data)[i], f32(read)[i])
			}
		}
	}
}

func TestCheckpointInShardsKeepsPendingWrites(t *testing.T) {
	b, x := grad.NewBuffer("b", tensor.New(tensor.F32, 16)), ramp()
	tape := grad.NewTape(grad.Config{})
	if err := tape.Step(grad.Train, func(s *grad.Step) error {
		return s.Shards(2, 2, func(i int, s *grad.Step) error {
			s.Checkpoint(func() grad.Value {
				a := sq(s.Input(x))
				s.Lerp(b, a, 1)
				return sq(a)
			})
			churn(s)
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	if f32(b.Data)[3] != 9 {
		t.Errorf("buffer %v", b.Data)
	}
}

func TestCheckpointKeepsWidenedParam(t *testing.T) {
	p := grad.NewParam("w", tensor.New(tensor.BF16, 1))
	tensor.Of[uint16](p.Data)[0] = 0x4040 // 3
	g, tape := grad.NewGrads(grad.Params{{Name: "w", Param: p}}), grad.NewTape(grad.Config{Poison: true})
	if err := tape.Step(grad.Train, func(s *grad.Step) error {
		y := s.Checkpoint(func() grad.Value { return sq(s.Use(p)) })
		s.Backward(mul(y, s.Use(p)), g)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got, _ := g.Of(p); f32(got)[0] != 27 {
		t.Errorf("gradient of w³ at 3: %v, want 27", f32(got)[0])
	}
}

func TestCheckpointWhoseResultIsNotLast(t *testing.T) {
	ps, p := one(3)
	g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{})
	if err := tape.Step(grad.Train, func(s *grad.Step) error {
		y := s.Checkpoint(func() grad.Value {
			s.Full(5, 16) // moves what follows away from the place where y is kept
			y := sq(sq(s.Use(p)))
			sq(y)
			return y
		})
		for range 8 {
			s.Full(-77, 1)
		}
		s.Backward(y, g)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got, _ := g.Of(p); f32(got)[0] != 4*27 {
		t.Errorf("gradient of w⁴ at 3: %v, want 108", f32(got)[0])
	}
}

func TestGradInsideCheckpointIsRefused(t *testing.T) {
	ps, p := one(3)
	tape := grad.NewTape(grad.Config{Params: ps})
	err := tape.Step(grad.Train, func(s *grad.Step) error {
		s.Checkpoint(func() grad.Value { return s.Grad(sq(s.Use(p)), s.Use(p))[0] })
		return nil
	})
	if e := (*tensor.Error)(nil); !errors.As(err, &e) || !strings.Contains(err.Error(), "Checkpoint") {
		t.Errorf("error %v", err)
	}
}

// The replayed block and the rest count against one bound, and the high-water mark knows both.
func TestMaxBytesCountsReplay(t *testing.T) {
	const n, blocks = 1 << 12, 4
	p := grad.NewParam("w", tensor.New(tensor.F32, n))
	g, ones := grad.NewGrads(grad.Params{{Name: "w", Param: p}}), tensor.New(tensor.F32, n)
	run := func(limit int) (int, error) {
		tape := grad.NewTape(grad.Config{MaxBytes: limit})
		err := tape.Step(grad.Train, func(s *grad.Step) error {
			y := s.Checkpoint(func() grad.Value {
				y := s.Use(p)
				for range blocks {
					y = sq(y)
				}
				return y
			})
			s.BackwardFrom(y, ones, g)
			return nil
		})
		return tape.HighWater(), err
	}
	high, err := run(0)
	if err != nil || high < (blocks+1)*4*n {
		t.Fatalf("high-water mark %d, want at least the kept result and the replayed block, %d (error %v)", high, (blocks+1)*4*n, err)
	}
	if _, err := run(high); err != nil {
		t.Errorf("with just enough: %v", err)
	}
	if _, err := run(high - 64); err == nil {
		t.Error("MaxBytes below the high-water mark was exceeded in silence")
	}
}

// stray writes one byte past its output.
var stray = grad.Def[grad.None]{
	Name: "stray", Args: "x",
	Infer: func(_ *grad.None, c *grad.Call) { c.OutputLike(c.In(0)) },
	Forward: func(_ *grad.None, c *grad.Call) {
		buf, off := c.Out(0).Buffer()
		buf.Host()[(off+4*c.Out(0).Numel()+tensor.Align-1)/tensor.Align*tensor.Align] = 1
	},
	NoGrad: "not needed here", Stops: true,
}

func TestPoisonFindsStrayWritesInCheckpoint(t *testing.T) {
	defer func() {
		if r, ok := recover().(string); !ok || !strings.Contains(r, "past the end") {
			t.Errorf("recovered %v", r)
		}
	}()
	err := grad.NewTape(grad.Config{Poison: true}).Eval(grad.Infer, func(s *grad.Step) error {
		s.Checkpoint(func() grad.Value {
			stray.Apply(grad.None{}, s.Full(1, 16))
			return s.Full(2, 16)
		})
		return nil
	})
	t.Errorf("error %v, want a panic", err)
}
