package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
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
)

// rich is a net with all that has a state: a parameter of every rank, BatchNorm's buffers, dropout's random numbers.
type rich struct {
	FC1  *nn.Linear
	Norm *nn.BatchNorm1D
	Drop nn.Dropout
	FC2  *nn.Linear
}

func newRich() *rich {
	r := rng.NewSource(1)
	return &rich{nn.NewLinear(r, 2, 8), nn.NewBatchNorm1D(8), nn.Dropout{P: 0.1}, nn.NewLinear(r, 8, 2)}
}

func (n *rich) Forward(x grad.Value) grad.Value {
	return n.FC2.Forward(n.Drop.Forward(op.Tanh(n.Norm.Forward(n.FC1.Forward(x)))))
}

// richConfig is three epochs of 7 batches, the last of them a small one, with a validation that changes nothing.
func richConfig(opt optim.Optimizer) Config {
	m := newRich()
	tape, held := grad.NewTape(grad.Config{}), quadrants(40)
	return Config{
		Model: m, Loss: crossEntropy, Optimizer: opt, Epochs: 3, Seed: 1, Best: true,
		Loader: &data.Loader{Data: quadrants(100), Batch: 16, Shuffle: true, Seed: 3},
		Validate: func() (Metrics, error) {
			var l float32
			err := tape.Eval(grad.Infer, func(s *grad.Step) error {
				s.Read(crossEntropy(m.Forward(s.Input(held.X)), s.Input(held.Y)), &l)
				return nil
			})
			return Metrics{"loss": float64(l)}, err
		},
	}
}

// outcome is what must not depend on where a training was stopped.
type outcome struct {
	weights, optimizer []byte
	result             Result
}

func outcomeOf(t *testing.T, c *Config, r Result) outcome {
	t.Helper()
	o := outcome{weights: weightsOf(t, c.Model), result: r}
	s := c.Optimizer.(optim.Optimizer).State()
	o.optimizer = fmt.Appendf(nil, "%d", s.Step)
	for _, e := range s.Entries {
		o.optimizer = append(append(o.optimizer, e.Name...), e.Tensor.Bytes()...)
	}
	o.result.Elapsed, o.result.First = 0, time.Time{}
	return o
}

func (o *outcome) same(t *testing.T, want *outcome, where string) {
	t.Helper()
	switch {
	case !bytes.Equal(o.weights, want.weights):
		t.Errorf("%s: the weights differ", where)
	case !bytes.Equal(o.optimizer, want.optimizer):
		t.Errorf("%s: the optimizer's state differs", where)
	case !reflect.DeepEqual(o.result, want.result):
		t.Errorf("%s: the result is %+v, want %+v", where, o.result, want.result)
	}
}

// fitUntil trains until the step is done, and is then asked to stop; 0: to the end.
func fitUntil(t *testing.T, c Config, step int) Result {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	inner := c.Optimizer
	if step > 0 {
		c.Optimizer = &stopper{inner.(optim.Optimizer), cancel, step}
	}
	r, err := Fit(ctx, c)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return r
}

// stopper asks training to stop in its step.
type stopper struct {
	optim.Optimizer
	stop func()
	step int
}

func (s *stopper) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	s.Optimizer.Apply(ps, g, scale)
	if s.Optimizer.State().Step == s.step {
		s.stop()
	}
}

// latest opens the newest checkpoint.
func latest(t *testing.T, dir string) *Saved {
	t.Helper()
	s, err := LatestCheckpoint(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestResumeAtEachStep stops a training at every step, goes on with everything made anew, and wants the bits of one that was
// never stopped.
func TestResumeAtEachStep(t *testing.T) {
	plain := richConfig(&optim.Adam{LR: 0.02})
	want := outcomeOf(t, &plain, fitUntil(t, plain, 0))
	for k := 1; k <= 21; k++ {
		dir := t.TempDir()
		c := richConfig(&optim.Adam{LR: 0.02})
		c.Checkpoint = Checkpoint{Dir: dir, Steps: 4}
		fitUntil(t, c, k)
		c = richConfig(&optim.Adam{LR: 0.02})
		c.Checkpoint = Checkpoint{Dir: dir, Steps: 4}
		if c.Resume = latest(t, dir); c.Resume.Step != k {
			t.Fatalf("stopped at step %d, the newest checkpoint is of %d", k, c.Resume.Step)
		}
		got := outcomeOf(t, &c, fitUntil(t, c, 0))
		got.same(t, &want, fmt.Sprintf("stopped at step %d", k))
	}
}

// TestResumeFromEachCheckpoint is a training that dies: the newest checkpoint is older than its last step.
func TestResumeFromEachCheckpoint(t *testing.T) {
	dir := t.TempDir()
	c := richConfig(&optim.Adam{LR: 0.02})
	c.Checkpoint = Checkpoint{Dir: dir, Steps: 1, Keep: 100, wait: true}
	want := outcomeOf(t, &c, fitUntil(t, c, 0))
	all, err := ListCheckpoints(dir)
	if err != nil || len(all) != 21 {
		t.Fatalf("%d checkpoints, %v", len(all), err)
	}
	for _, from := range all {
		c := richConfig(&optim.Adam{LR: 0.02})
		if c.Resume, err = OpenCheckpoint(from); err != nil {
			t.Fatal(err)
		}
		got := outcomeOf(t, &c, fitUntil(t, c, 0))
		got.same(t, &want, from)
	}
}

// TestResumeEveryOptimizer stops in the middle of an epoch, with every optimizer and what wraps one.
func TestResumeEveryOptimizer(t *testing.T) {
	for name, make := range optimizers() {
		t.Run(name, func(t *testing.T) {
			plain := richConfig(nil)
			plain.Optimizer = make(plain.Model)
			want := outcomeOf(t, &plain, fitUntil(t, plain, 0))
			dir := t.TempDir()
			for _, stop := range []int{5, 10, 0} {
				c := richConfig(nil)
				c.Optimizer = make(c.Model)
				c.Checkpoint = Checkpoint{Dir: dir}
				c.Resume = latest(t, dir)
				r := fitUntil(t, c, stop)
				if stop == 0 {
					got := outcomeOf(t, &c, r)
					got.same(t, &want, name)
				}
			}
		})
	}
}

func optimizers() map[string]func(model any) optim.Optimizer {
	warm := optim.Cosine{Steps: 21, Warmup: 3, Min: 0.1}
	adam := func() optim.Optimizer { return &optim.AdamW{LR: 0.01, WeightDecay: 0.1, Schedule: warm} }
	return map[string]func(model any) optim.Optimizer{
		"adadelta":      func(any) optim.Optimizer { return &optim.Adadelta{LR: 1} },
		"adafactor":     func(any) optim.Optimizer { return &optim.Adafactor{} },
		"adagrad":       func(any) optim.Optimizer { return &optim.Adagrad{LR: 0.01} },
		"adam amsgrad":  func(any) optim.Optimizer { return &optim.Adam{LR: 0.01, AMSGrad: true} },
		"adamax":        func(any) optim.Optimizer { return &optim.Adamax{LR: 0.01} },
		"adamw":         func(any) optim.Optimizer { return adam() },
		"gd":            func(any) optim.Optimizer { return &optim.GD{LR: 0.1} },
		"lamb":          func(any) optim.Optimizer { return &optim.LAMB{LR: 0.01} },
		"lion":          func(any) optim.Optimizer { return &optim.Lion{LR: 0.001} },
		"muon":          func(any) optim.Optimizer { return &optim.Muon{LR: 0.01, Other: adam()} },
		"nadam":         func(any) optim.Optimizer { return &optim.NAdam{LR: 0.01} },
		"radam":         func(any) optim.Optimizer { return &optim.RAdam{LR: 0.01} },
		"rmsprop":       func(any) optim.Optimizer { return &optim.RMSProp{LR: 0.01, Momentum: 0.5, Centered: true} },
		"schedule free": func(any) optim.Optimizer { return &optim.ScheduleFree{LR: 0.01, Warmup: 4} },
		"sgd":           func(any) optim.Optimizer { return &optim.SGD{LR: 0.1, Momentum: 0.9, Schedule: warm} },
		"clip norm":     func(any) optim.Optimizer { return &optim.ClipNorm{Max: 0.1, Opt: adam()} },
		"clip value":    func(any) optim.Optimizer { return &optim.ClipValue{Max: 0.01, Opt: adam()} },
		"noise":         func(any) optim.Optimizer { return &optim.Noise{Eta: 0.01, Opt: adam()} },
		"ema":           func(any) optim.Optimizer { return &optim.EMA{Decay: 0.9, Opt: adam()} },
		"swa":           func(any) optim.Optimizer { return &optim.SWA{From: 3, Every: 2, Opt: adam()} },
		"groups": func(m any) optim.Optimizer {
			return twoGroups(m, adam(), &optim.EMA{Opt: &optim.SGD{LR: 0.1, Momentum: 0.9}})
		},
	}
}

// twoGroups gives matrices and the rest an optimizer each.
func twoGroups(model any, a, b optim.Optimizer) optim.Optimizer {
	ps, err := nn.Params(model)
	if err != nil {
		panic(err)
	}
	matrix := func(p grad.Named) bool { return p.Data.Rank() > 1 }
	return optim.Groups{{Params: ps.Filter(matrix), Opt: a}, {Params: ps.Filter(func(p grad.Named) bool { return !matrix(p) }), Opt: b}}
}

// TestResumeOnOtherCores goes on with another number of processors.
func TestResumeOnOtherCores(t *testing.T) {
	plain := richConfig(&optim.Adam{LR: 0.02})
	want := outcomeOf(t, &plain, fitUntil(t, plain, 0))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	dir := t.TempDir()
	for i, stop := range []int{3, 9, 12, 0} {
		runtime.GOMAXPROCS(1 + i%3)
		c := richConfig(&optim.Adam{LR: 0.02})
		c.Checkpoint, c.Resume = Checkpoint{Dir: dir}, latest(t, dir)
		if r := fitUntil(t, c, stop); stop == 0 {
			got := outcomeOf(t, &c, r)
			got.same(t, &want, "other cores")
		}
	}
}

// TestResumePlateau keeps the state of a schedule that watches the loss, by Extra.
func TestResumePlateau(t *testing.T) {
	start := func(dir string, stop int) outcome {
		p := &optim.Plateau{Gamma: 0.5}
		c := richConfig(&optim.SGD{LR: 0.5, Schedule: p})
		c.Extra = &p.PlateauState
		c.Hooks.Epoch = func(e Epoch) { p.Observe(float64(e.Epoch)) } // falls at every epoch but the first
		if dir != "" {
			c.Checkpoint, c.Resume = Checkpoint{Dir: dir}, latest(t, dir)
		}
		r := fitUntil(t, c, stop)
		if stop == 0 && p.Falls != 2 {
			t.Errorf("the rate fell %d times, want 2", p.Falls)
		}
		return outcomeOf(t, &c, r)
	}
	want := start("", 0)
	dir := t.TempDir()
	start(dir, 15)
	got := start(dir, 0)
	got.same(t, &want, "plateau")
}

// TestResumeDamaged flips a bit in the newest checkpoints and goes on from the one before.
func TestResumeDamaged(t *testing.T) {
	dir := t.TempDir()
	for _, stop := range []int{4, 8, 12} {
		c := richConfig(&optim.Adam{LR: 0.02})
		c.Checkpoint, c.Resume = Checkpoint{Dir: dir}, latest(t, dir)
		fitUntil(t, c, stop)
	}
	flip(t, filepath.Join(dir, checkpointName(12), TensorsFile), 5000)
	if err := os.Remove(filepath.Join(dir, checkpointName(8), ManifestFile)); err != nil {
		t.Fatal(err)
	}
	s := latest(t, dir)
	if s.Step != 4 || len(s.Skipped) != 2 || !strings.Contains(s.Skipped[0].Error(), "tensors.safetensors: bytes 0 to") || !strings.Contains(s.Skipped[1].Error(), "has no manifest.json") {
		t.Fatalf("step %d, skipped %v", s.Step, s.Skipped)
	}
	c := richConfig(&optim.Adam{LR: 0.02})
	c.Checkpoint, c.Resume = Checkpoint{Dir: dir}, s
	fitUntil(t, c, 6)
	if all, _ := ListCheckpoints(dir); len(all) != 2 || filepath.Base(all[0]) != checkpointName(6) {
		t.Errorf("%v are left", all)
	}
	for _, d := range []int{4, 6} {
		flip(t, filepath.Join(dir, checkpointName(d), StateFile), 20)
	}
	if _, err := LatestCheckpoint(dir); err == nil || !strings.Contains(err.Error(), "none of the 2 checkpoints") {
		t.Errorf("got %v", err)
	}
}

func flip(t *testing.T, path string, bit int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[bit/8] ^= 1 << (bit % 8)
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestResumeRefuses(t *testing.T) {
	dir := t.TempDir()
	c := richConfig(&optim.Adam{LR: 0.02})
	c.Checkpoint = Checkpoint{Dir: dir}
	fitUntil(t, c, 9)
	for want, change := range map[string]func(*Config){
		"the seed was 1 and is 2":                                func(c *Config) { c.Seed = 2 },
		"batches of an epoch was 7 and is 13":                    func(c *Config) { c.Loader.(*data.Loader).Batch = 8 },
		"micro-batches of a batch was 1 and is 2":                func(c *Config) { c.Accumulate = 2 },
		"fc1.weight.exp_avg is unexpected":                       func(c *Config) { c.Optimizer = &optim.SGD{LR: 1} },
		"missing: model.fc1.weight":                              func(c *Config) { c.Model = &struct{ Model }{newNet(1)} },
		"whose state can be saved; a *train.stateless isn't one": func(c *Config) { c.Optimizer = &stateless{} },
	} {
		c := richConfig(&optim.Adam{LR: 0.02})
		c.Resume = latest(t, dir)
		change(&c)
		if _, err := Fit(context.Background(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	c = richConfig(&optim.Adam{LR: 0.02})
	c.Checkpoint = Checkpoint{Dir: dir}
	if _, err := Fit(context.Background(), c); err == nil || !strings.Contains(err.Error(), "set Resume to go on from one, or another Dir") {
		t.Errorf("got %v", err)
	}
}

type stateless struct{ grad.Optimizer }
