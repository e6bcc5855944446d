package grad_test

import (
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// TestDry: (x²)² of 1,000 numbers holds x² and its square, and on the way back the gradient of x². That of the square is given, that
// of x goes to the parameter's place. Dry, a kernel is given memory to work in besides.
func TestDry(t *testing.T) {
	var dry grad.Dry
	p := grad.NewParam("w", tensor.New(tensor.F32, 1000))
	ps := grad.Params{{Name: "w", Param: p}}
	step := func(dev grad.Device, x tensor.Tensor, g *grad.Grads) int {
		tape := grad.NewTape(grad.Config{Params: ps, Device: dev})
		if err := tape.Step(grad.Train, func(s *grad.Step) error {
			y := sq(sq(s.Use(p)))
			s.BackwardFrom(y, x, g)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return tape.HighWater()
	}
	const block = 4032 // 1,000 numbers of 4 bytes, rounded up to 64
	dryBytes := step(dry, dry.New(tensor.F32, 1000), dry.NewGrads(ps))
	wet := step(nil, tensor.New(tensor.F32, 1000), grad.NewGrads(ps))
	if dryBytes != 4*block || wet != 3*block {
		t.Errorf("dry %d bytes, and %d when computed; want %d and %d", dryBytes, wet, 4*block, 3*block)
	}
	for _, w := range f32(p.Data) {
		if w != 0 {
			t.Fatal("a dry step changed a parameter")
		}
	}
	huge := grad.NewTape(grad.Config{Device: dry})
	if err := huge.Eval(grad.Infer, func(s *grad.Step) error {
		sq(s.Input(dry.New(tensor.F32, 1<<14, 1<<14)))
		return nil
	}); err != nil || huge.HighWater() < 1<<30 {
		t.Errorf("1 GiB: %v, %d bytes", err, huge.HighWater())
	}
	tight := grad.NewTape(grad.Config{Device: dry, MaxBytes: block})
	if err := tight.Eval(grad.Infer, func(s *grad.Step) error {
		sq(sq(s.Input(dry.New(tensor.F32, 1000))))
		return nil
	}); err == nil {
		t.Error("two blocks fit into one")
	}
}
