package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/safetensors"
	"github.com/ingot-ml/ingot/tensor"
)

// net is 2-8-2.
type net struct{ FC1, FC2 *nn.Linear }

func newNet(seed uint64) *net {
	r := rng.NewSource(seed)
	return &net{nn.NewLinear(r, 2, 8), nn.NewLinear(r, 8, 2)}
}

func (n *net) Forward(x grad.Value) grad.Value { return n.FC2.Forward(op.Tanh(n.FC1.Forward(x))) }

// quadrants has n points whose class is whether their coordinates have one sign.
func quadrants(n int) *data.Dataset {
	x, y := make([]float32, 2*n), make([]int32, n)
	rng.Stream{Seed: 5}.Uniform(x, -1, 1)
	for i := range y {
		if x[2*i]*x[2*i+1] > 0 {
			y[i] = 1
		}
	}
	return &data.Dataset{X: tensor.From(x, n, 2), Y: tensor.From(y), Classes: []string{"differ", "same"}}
}

func crossEntropy(out, target grad.Value) grad.Value { return op.CrossEntropy(out, target) }

func config(epochs int) Config {
	return Config{
		Model: newNet(1), Loss: crossEntropy, Optimizer: &optim.Adam{LR: 0.02}, Epochs: epochs, Seed: 1,
		Loader: &data.Loader{Data: quadrants(200), Batch: 16, Shuffle: true, Seed: 3},
	}
}

func weightsOf(t *testing.T, model any) []byte {
	t.Helper()
	state, err := nn.State(model)
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	for _, e := range state {
		b = append(b, e.Tensor.Bytes()...)
	}
	return b
}

func TestFitLearns(t *testing.T) {
	var epochs []Epoch
	progress := 0
	c := config(30)
	c.Hooks = Hooks{Epoch: func(e Epoch) { epochs = append(epochs, e) }, Progress: func(p Progress) {
		progress++
		if p.Step < 1 || p.Step > p.Steps || p.Epoch < 1 || p.Epoch > 30 || p.Left < 0 || p.Rate <= 0 {
			t.Errorf("progress %+v", p)
		}
	}}
	r, err := Fit(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if r.Epochs != 30 || r.Steps != 30*13 || r.Rows != 30*200 || r.Stopped != "done with all of 30 epochs" || r.Weights != "last, after 30 epochs" || r.First.IsZero() {
		t.Errorf("result %+v", r)
	}
	if len(epochs) != 30 || epochs[29].Step != 390 || progress < 30 {
		t.Errorf("%d epochs, %d calls of Progress", len(epochs), progress)
	}
	if first, last := epochs[0].Train["loss"], r.Train["loss"]; !(last < first/2) {
		t.Errorf("the loss went from %g to %g only", first, last)
	}
}

func TestFitSameBits(t *testing.T) {
	run := func() []byte {
		c := config(3)
		if _, err := Fit(context.Background(), c); err != nil {
			t.Fatal(err)
		}
		return weightsOf(t, c.Model)
	}
	old := runtime.GOMAXPROCS(1)
	one := run()
	runtime.GOMAXPROCS(4)
	four := run()
	runtime.GOMAXPROCS(old)
	if !bytes.Equal(one, four) {
		t.Error("GOMAXPROCS changes the weights")
	}
}

// losses gives validation losses from a list.
func losses(xs ...float64) func() (Metrics, error) {
	i := -1
	return func() (Metrics, error) {
		i++
		return Metrics{"loss": xs[min(i, len(xs)-1)]}, nil
	}
}

func TestFitStopsWhenConverged(t *testing.T) {
	c := config(0)
	c.Validate, c.Stop, c.Best = losses(1, 0.5, 0.49, 0.7, 0.8, 0.1), Stop{Patience: 3, MinDelta: 0.05}, true
	var second []byte
	c.Hooks.Epoch = func(e Epoch) {
		if e.Better != (e.Epoch <= 2) {
			t.Errorf("epoch %d: better is %v", e.Epoch, e.Better)
		}
		if e.Epoch == 2 {
			second = weightsOf(t, c.Model)
		}
	}
	r, err := Fit(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if r.Epochs != 5 || r.Best != 2 || r.Val["loss"] != 0.5 || r.Weights != "best, of epoch 2" ||
		r.Stopped != "converged: no better validation loss in 3 epochs than 0.5 in epoch 2" {
		t.Errorf("result %+v", r)
	}
	if !bytes.Equal(weightsOf(t, c.Model), second) {
		t.Error("the model doesn't have the weights of its best epoch")
	}
}

func TestFitStopsOnTrainingLoss(t *testing.T) {
	c := config(0)
	c.Optimizer = &optim.SGD{LR: 1e-12} // gets nowhere
	c.Stop = Stop{Patience: 2, MinDelta: 1e-3}
	r, err := Fit(context.Background(), c)
	if err != nil || r.Epochs != 3 || !strings.HasPrefix(r.Stopped, "converged: no better training loss in 2 epochs") {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestFitMaxTime(t *testing.T) {
	c := config(0)
	c.MaxTime = time.Nanosecond
	r, err := Fit(context.Background(), c)
	if err != nil || r.Steps != 1 || !strings.Contains(r.Stopped, "max_time of 1ns is over, in epoch 1") {
		t.Errorf("%+v, %v", r, err)
	}
}

// A training whose length is given in steps says where it was in steps.
func TestFitInterruptedInSteps(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := config(0)
	c.Steps = 100
	inner := c.Loss
	c.Loss = func(out, target grad.Value) grad.Value {
		cancel()
		return inner(out, target)
	}
	if r, err := Fit(ctx, c); !errors.Is(err, context.Canceled) || r.Stopped != "interrupted after step 1 of 100" {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestFitInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := config(100)
	run, err := NewRun(t.TempDir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	c.Run = run
	steps := 0
	inner := c.Loss
	c.Loss = func(out, target grad.Value) grad.Value {
		if steps++; steps == 20 { // in the middle of a step of the second epoch
			cancel()
		}
		return inner(out, target)
	}
	r, err := Fit(ctx, c)
	if !errors.Is(err, context.Canceled) || r.Steps != 20 || r.Stopped != "interrupted in epoch 2" {
		t.Fatalf("%+v, %v", r, err)
	}
	f, err := safetensors.Open(run.Path(LastFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := f.Tensor("fc1.weight")
	if err != nil || !bytes.Equal(w.Bytes(), c.Model.(*net).FC1.Weight.Data.Bytes()) {
		t.Errorf("the weights written aren't the last: %v", err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := ReadRun(run.Dir)
	if err != nil || s.State != "interrupted" || s.Epochs != 1 || s.Steps != 20 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestFitNonFinite(t *testing.T) {
	c := config(10)
	d := quadrants(200)
	tensor.Of[float32](d.X)[2*77] = float32(math.NaN())
	c.Loader = &data.Loader{Data: d, Batch: 16} // row 77 is in the fifth batch
	var err error
	if c.Run, err = NewRun(t.TempDir(), "nan"); err != nil {
		t.Fatal(err)
	}
	r, err := Fit(context.Background(), c)
	var bad *grad.NonFiniteError
	if !errors.As(err, &bad) || r.Steps != 4 || r.Stopped != "a NaN or Inf" {
		t.Fatalf("%+v, %v", r, err)
	}
	for _, want := range []string{"epoch 1: step 5: ", "fc1.weight", "an input of shape [16 2]"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q doesn't say %q", err, want)
		}
	}
	for _, x := range tensor.Of[float32](c.Model.(*net).FC1.Weight.Data) {
		if x != x {
			t.Fatal("the weights were changed")
		}
	}
	if _, err := os.Stat(c.Run.Path(LastFile)); err != nil {
		t.Error(err)
	}
}

func TestFitValidationError(t *testing.T) {
	c := config(2)
	broken := errors.New("disk on fire")
	c.Validate = func() (Metrics, error) { return nil, broken }
	if r, err := Fit(context.Background(), c); !errors.Is(err, broken) || !strings.Contains(err.Error(), "validation after epoch 1") || r.Stopped != "failed" {
		t.Errorf("got %+v, %v", r, err)
	}
	c = config(2)
	c.Validate = losses(math.NaN())
	if _, err := Fit(context.Background(), c); err == nil || !strings.Contains(err.Error(), "validation loss") {
		t.Errorf("got %v", err)
	}
}

func TestFitRefuses(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"nothing would end":    func(c *Config) { c.Epochs = 0 },
		"-1 epochs":            func(c *Config) { c.Epochs = -1 },
		"wants Model":          func(c *Config) { c.Model = nil },
		"there is no Validate": func(c *Config) { c.Stop.On = Val },
		"a patience":           func(c *Config) { c.Stop.Patience = -1 },
		"a MaxTime":            func(c *Config) { c.MaxTime = -1 },
		"batch of 0 rows":      func(c *Config) { c.Loader.(*data.Loader).Batch = 0 },
	} {
		c := config(1)
		change(&c)
		if _, err := Fit(context.Background(), c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %q", err, name)
		}
	}
}

// TestFitMisuseIsAnError shows that a panic for misuse in the model is returned with its step.
func TestFitMisuseIsAnError(t *testing.T) {
	c := config(1)
	c.Model.(*net).FC2 = nn.NewLinear(rng.NewSource(1), 9, 2)
	_, err := Fit(context.Background(), c)
	var misuse *tensor.Error
	if !errors.As(err, &misuse) || !strings.HasPrefix(err.Error(), "epoch 1 step 1: ") {
		t.Errorf("got %v", err)
	}
}

// TestFitAllocates holds a steady-state step of the whole loop to the limit.
func TestFitAllocates(t *testing.T) {
	run, err := CreateRun(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	c := config(40)
	c.Run = run
	var before, after runtime.MemStats
	c.Hooks.Epoch = func(e Epoch) {
		switch e.Epoch {
		case 10:
			runtime.ReadMemStats(&before)
		case 40:
			runtime.ReadMemStats(&after)
		}
	}
	if _, err := Fit(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	const steps = 30 * 13 // an epoch's own cost, its 13th, is in it
	objects, bytes := (after.Mallocs-before.Mallocs)/steps, (after.TotalAlloc-before.TotalAlloc)/steps
	if objects > 20 || bytes > 2048 {
		t.Errorf("a step makes %d objects and %d bytes", objects, bytes)
	}
}
