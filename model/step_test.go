package model_test

import (
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// TestTraining: an MLP learns which of its inputs is the largest, and a step that repeats takes nothing from the Go heap.
func TestTraining(t *testing.T) {
	const n, classes = 128, 4
	m, err := model.NewMLP(rng.NewSource(1), model.MLPConfig{In: classes, Hidden: []int{32}, Out: classes})
	if err != nil {
		t.Fatal(err)
	}
	ps, err := nn.Params(m)
	if err != nil {
		t.Fatal(err)
	}
	x, y := tensor.New(tensor.F32, n, classes), tensor.New(tensor.I32, n)
	rng.Stream{Seed: 2}.Normal(tensor.Of[float32](x), 0, 1)
	for i := range n {
		row := tensor.Of[float32](x)[i*classes:][:classes]
		for k, v := range row {
			if v > row[tensor.Of[int32](y)[i]] {
				tensor.Of[int32](y)[i] = int32(k)
			}
		}
	}
	grads, tape, opt := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps}), &optim.Adam{LR: 1e-2}
	var loss float32
	fn := func(s *grad.Step) error {
		l := op.CrossEntropy(m.Forward(s.Input(x)), s.Input(y))
		s.Backward(l, grads)
		s.Update(opt, grads)
		s.Read(l, &loss)
		return nil
	}
	step := func() {
		if err := tape.Step(grad.Train, fn); err != nil {
			t.Fatal(err)
		}
	}
	step()
	first := loss
	for range 150 {
		step()
	}
	if loss > first/5 {
		t.Errorf("loss %v at first, %v in the end", first, loss)
	}
	if allocs := testing.AllocsPerRun(20, step); allocs > 0 {
		t.Errorf("%v allocations a step", allocs)
	}
}
