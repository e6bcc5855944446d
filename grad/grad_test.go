package grad_test

import (
	"errors"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// square is x², enough to try the machinery without package op.
var square = grad.Def[grad.None]{
	Name: "square", Args: "x",
	Infer: func(_ *grad.None, c *grad.Call) { c.OutputLike(c.In(0)) },
	Forward: func(_ *grad.None, c *grad.Call) {
		for i, x := range tensor.Of[float32](c.In(0)) {
			tensor.Of[float32](c.Out(0))[i] = x * x
		}
	},
	Backward: func(_ *grad.None, c *grad.Call) {
		x, g := tensor.Of[float32](c.In(0)), tensor.Of[float32](c.GradOut(0))
		gx, add := c.GradIn(0)
		for i := range x {
			v := 2 * x[i] * g[i]
			if add {
				v += tensor.Of[float32](gx)[i]
			}
			tensor.Of[float32](gx)[i] = v
		}
	},
}

// sgd is the plainest optimizer: p −= 0.1·g.
type sgd struct{}

func (sgd) Prepare(grad.Params, *grad.Grads) error { return nil }
func (sgd) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	for _, p := range ps {
		gp, _ := g.Of(p.Param)
		for i, x := range tensor.Of[float32](gp) {
			tensor.Of[float32](p.Data)[i] -= 0.1 * scale * x
		}
	}
}

func one(x float32) (grad.Params, *grad.Param) {
	p := grad.NewParam("w", tensor.From([]float32{x}, 1))
	return grad.Params{{Name: "net.w", Param: p}}, p
}

func TestStepUpdates(t *testing.T) {
	ps, p := one(3)
	g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps, Poison: true})
	var loss float32
	for range 2 {
		if err := tape.Step(grad.Train, func(s *grad.Step) error {
			y := square.Apply(grad.None{}, s.Use(p))
			s.Backward(y, g)
			s.Update(sgd{}, g)
			s.Read(y, &loss)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	x1 := float32(3 - 0.1*2*3)
	if want := x1 * x1; loss != want {
		t.Errorf("second loss %v, want %v", loss, want)
	}
	if tape.State().Step != 2 {
		t.Errorf("step %d, want 2", tape.State().Step)
	}
}

func TestFailedStepChangesNothing(t *testing.T) {
	ps, p := one(3)
	b := grad.NewBuffer("b", tensor.From([]float32{7, 8}))
	g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps})
	stop := errors.New("stop")
	var loss float32
	err := tape.Step(grad.Train, func(s *grad.Step) error {
		y := square.Apply(grad.None{}, s.Use(p))
		s.WriteRows(b, 1, s.Input(tensor.From([]float32{1})))
		s.Backward(y, g)
		s.Update(sgd{}, g)
		s.Read(y, &loss)
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatalf("error %v", err)
	}
	if got := tensor.Of[float32](p.Data)[0]; got != 3 || loss != 0 || tape.State().Step != 0 {
		t.Errorf("w %v, loss %v, step %d after a failed step", got, loss, tape.State().Step)
	}
	if got := tensor.Of[float32](b.Data); got[1] != 8 {
		t.Errorf("buffer %v after a failed step", got)
	}
	if _, ok := g.Of(p); ok {
		t.Error("gradients survived a failed step")
	}
}

func TestUseAfterStep(t *testing.T) {
	ps, p := one(3)
	tape := grad.NewTape(grad.Config{Params: ps})
	var kept grad.Value
	_ = tape.Eval(grad.Infer, func(s *grad.Step) error { kept = s.Use(p); return nil })
	err := tape.Eval(grad.Infer, func(s *grad.Step) error { square.Apply(grad.None{}, kept); return nil })
	var e *tensor.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want a *tensor.Error", err)
	}
	t.Log(err)
}

func TestShardsSameBits(t *testing.T) {
	run := func(workers int) float32 {
		ps, p := one(3)
		g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps})
		for range 3 {
			if err := tape.Step(grad.Train, func(s *grad.Step) error {
				err := s.Shards(5, workers, func(i int, s *grad.Step) error {
					s.Backward(square.Apply(grad.None{}, s.Use(p)), g)
					return nil
				})
				s.Update(sgd{}, g)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		return tensor.Of[float32](p.Data)[0]
	}
	if a, b := run(1), run(4); a != b || a == 3 {
		t.Errorf("1 worker %v, 4 workers %v", a, b)
	}
}

func TestCheckpoint(t *testing.T) {
	run := func(check bool) float32 {
		ps, p := one(1.1)
		g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps, Poison: true})
		if err := tape.Step(grad.Train, func(s *grad.Step) error {
			block := func(x grad.Value) grad.Value {
				f := func() grad.Value {
					return square.Apply(grad.None{}, square.Apply(grad.None{}, x))
				}
				if check {
					return s.Checkpoint(f)
				}
				return f()
			}
			s.Backward(block(block(s.Use(p))), g)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		gp, _ := g.Of(p)
		return tensor.Of[float32](gp)[0]
	}
	if a, b := run(false), run(true); a != b {
		t.Errorf("gradient %v, with checkpoints %v", a, b)
	}
}

func TestSteadyStateAllocations(t *testing.T) {
	ps, p := one(3)
	g, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps})
	var opt grad.Optimizer = sgd{}
	var loss float32
	fn := func(s *grad.Step) error {
		y := s.Use(p)
		for range 3 {
			y = square.Apply(grad.None{}, y)
		}
		s.Backward(y, g)
		s.Update(opt, g)
		s.Read(y, &loss)
		return nil
	}
	n := testing.AllocsPerRun(20, func() {
		tensor.Of[float32](p.Data)[0] = 1
		if err := tape.Step(grad.Train, fn); err != nil {
			t.Fatal(err)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations a step", n)
	}
}

// scratchy is the identity with a gradient of its own: g times its result. Its backward takes scratch memory and fails
// where the attribute says so.
var scratchy = grad.Def[struct{ Fail bool }]{
	Name: "scratchy", Args: "x",
	Infer:   func(_ *struct{ Fail bool }, c *grad.Call) { c.OutputLike(c.In(0)) },
	Forward: func(_ *struct{ Fail bool }, c *grad.Call) { tensor.Copy(c.Out(0), c.In(0)) },
	Backward: func(a *struct{ Fail bool }, c *grad.Call) {
		tmp := c.Scratch(tensor.F32, 16)
		if a.Fail {
			c.Fail("as asked")
		}
		for i, g := range tensor.Of[float32](c.GradOut(0)) {
			tensor.Of[float32](tmp)[i] = g * tensor.Of[float32](c.Out(0))[i]
		}
		gx, _ := c.GradIn(0)
		tensor.Copy(gx, tmp)
	},
}

func TestFailedBackwardKeepsNoScratch(t *testing.T) {
	p, ones := grad.NewParam("w", tensor.New(tensor.F32, 16)), tensor.New(tensor.F32, 16)
	for i := range 16 {
		tensor.Of[float32](p.Data)[i], tensor.Of[float32](ones)[i] = 2, 1
	}
	g, tape := grad.NewGrads(grad.Params{{Name: "w", Param: p}}), grad.NewTape(grad.Config{})
	step := func(fail bool, more int) error {
		return tape.Step(grad.Train, func(s *grad.Step) error {
			y := s.Use(p)
			for range more {
				y = scratchy.Apply(struct{ Fail bool }{fail}, y)
			}
			s.BackwardFrom(y, ones, g)
			return nil
		})
	}
	for n := range 6 {
		if err := step(true, 1+n); err == nil {
			t.Fatal("no error")
		}
		g.Reset()
		if err := step(false, 8); err != nil {
			t.Fatal(err)
		}
		gp, _ := g.Of(p)
		for i, v := range tensor.Of[float32](gp) {
			if v != 1<<8 {
				t.Fatalf("gradient %d is %v after a failed step, want %v", i, v, 1<<8)
			}
		}
		g.Reset()
	}
}
