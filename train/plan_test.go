package train_test

import (
	"context"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/token"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

func mlpJob(t *testing.T, rows, batch int) train.Config {
	t.Helper()
	m, err := model.NewMLP(rng.NewSource(1), model.MLPConfig{In: 20, Hidden: []int{64, 32}, Out: 3})
	if err != nil {
		t.Fatal(err)
	}
	d := &data.Dataset{X: tensor.New(tensor.F32, rows, 20), Y: tensor.New(tensor.I32, rows), Classes: []string{"a", "b", "c"}}
	return train.Config{Model: m, Loss: func(y, t grad.Value) grad.Value { return op.CrossEntropy(y, t) }, Loader: &data.Loader{Data: d, Batch: batch}, Optimizer: &optim.Adam{LR: 1e-3}, Steps: 1}
}

// TestStepBytes: what is foreseen is what a step takes, or somewhat more, and a bound of it is enough for Fit.
func TestStepBytes(t *testing.T) {
	gpt, err := model.NewGPT(rng.NewSource(1), model.GPTConfig{Vocab: 11, Context: 32, Layers: 2, Heads: 2, Dim: 32})
	if err != nil {
		t.Fatal(err)
	}
	text := make([]int32, 200)
	language := mlpJob(t, 1, 1)
	language.Model, language.Loader = gpt, &token.Loader{Set: token.NewSet(text, 11), Batch: 8, Context: 32, Epoch: 1}
	for name, c := range map[string]train.Config{"mlp": mlpJob(t, 300, 128), "gpt": language} {
		foreseen, err := c.StepBytes()
		if err != nil {
			t.Fatal(err)
		}
		params, err := nn.Params(c.Model)
		if err != nil {
			t.Fatal(err)
		}
		tape, grads := grad.NewTape(grad.Config{Params: params}), grad.NewGrads(params)
		for b, err := range c.Loader.Batches(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			if err := tape.Step(grad.Train, func(s *grad.Step) error {
				s.Backward(c.Loss(c.Model.Forward(s.Input(b.X)), s.Input(b.Y)), grads)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		took := tape.HighWater()
		if foreseen < took || float64(foreseen) > 1.2*float64(took) {
			t.Errorf("%s: %d bytes foreseen, %d taken", name, foreseen, took)
		}
		c.Shards, c.MaxBytes = 1, foreseen
		if _, err := train.Fit(context.Background(), c); err != nil {
			t.Errorf("%s: a bound of what was foreseen: %v", name, err)
		}
	}
}

// TestStepBytesOfParts: a micro-batch of a quarter takes a quarter, and shards that run side by side add up, with the workers.
func TestStepBytesOfParts(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(2))
	bytes := func(accumulate, shards int) float64 {
		c := mlpJob(t, 4096, 4096)
		c.Accumulate, c.Shards = accumulate, shards
		n, err := c.StepBytes()
		if err != nil {
			t.Fatal(err)
		}
		return float64(n)
	}
	whole := bytes(1, 1)
	for _, c := range []struct {
		accumulate, shards int
		want               float64 // of the whole's
	}{{4, 1, 0.25}, {1, 2, 1}, {1, 4, 0.5}, {2, 4, 0.25}} {
		if got := bytes(c.accumulate, c.shards) / whole; got < 0.98*c.want || got > 1.05*c.want {
			t.Errorf("accumulate %d, shards %d: %.3f of the whole, want %.2f", c.accumulate, c.shards, got, c.want)
		}
	}
}

func TestAnswerBytes(t *testing.T) {
	c := mlpJob(t, 10, 10)
	x := data.Spec{DType: tensor.F32, Shape: []int{1000, 20}}
	n, err := train.AnswerBytes(c.Model, x)
	if want := 4 * 1000 * (64 + 32 + 3 + 3); err != nil || n < want || n > want+4*64 { // each layer's values and the softmax, rounded up
		t.Errorf("%d bytes (%v), want %d", n, err, want)
	}
	x.Shape[1] = 21
	if _, err := train.AnswerBytes(c.Model, x); err == nil || !strings.Contains(err.Error(), "[1000 21]") {
		t.Errorf("rows that don't fit: %v", err)
	}
}
