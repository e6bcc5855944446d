package optim_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// pull has the gradient of its second operand, whatever the first: with it a test chooses the gradients of a step.
var pull = grad.Def[grad.None]{
	Name: "pull", Args: "x g",
	Infer:   func(_ *grad.None, c *grad.Call) { c.Output(tensor.F32) },
	Forward: func(_ *grad.None, c *grad.Call) { tensor.Of[float32](c.Out(0))[0] = 0 },
	Backward: func(_ *grad.None, c *grad.Call) {
		gx, add := c.GradIn(0)
		s := tensor.Of[float32](c.GradOut(0))[0]
		for i, g := range tensor.Of[float32](c.In(1)) {
			if add {
				g += tensor.Of[float32](gx)[i]
			}
			tensor.Of[float32](gx)[i] = s * g
		}
	},
}

// bench is a set of parameters and what updates them.
type bench struct {
	ps   grad.Params
	g    *grad.Grads
	tape *grad.Tape
}

func newBench(ts ...tensor.Tensor) *bench {
	b := &bench{}
	for i, t := range ts {
		b.ps = append(b.ps, grad.Named{Name: fmt.Sprintf("layer%d.weight", i), Param: grad.NewParam("weight", t.Clone())})
	}
	b.g, b.tape = grad.NewGrads(b.ps), grad.NewTape(grad.Config{Params: b.ps})
	return b
}

// step makes one update with the gradients given; frozen parameters' are left out.
func (b *bench) step(opt grad.Optimizer, gs []tensor.Tensor) error {
	return b.tape.Step(grad.Train, func(s *grad.Step) error {
		for i, p := range b.ps {
			if !p.Frozen {
				s.Backward(pull.Apply(grad.None{}, s.Use(p.Param), s.Input(gs[i])), b.g)
			}
		}
		s.Update(opt, b.g)
		return nil
	})
}

func (b *bench) values() [][]float32 {
	var r [][]float32
	for _, p := range b.ps {
		r = append(r, tensor.Of[float32](p.Data))
	}
	return r
}

func normal(id uint64, shape ...int) tensor.Tensor {
	t := tensor.New(tensor.F32, shape...)
	rng.Stream{Seed: 7, ID: id}.Normal(tensor.Of[float32](t), 0, 1)
	return t
}

type array struct {
	Shape []int
	Data  []float32
}

func (a array) tensor() tensor.Tensor { return tensor.From(a.Data, a.Shape...) }

type golden struct {
	Attrs  attrs
	Params []array
	Steps  []struct{ Grads, Params []array }
}

func read(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// TestOneStep holds one step of each optimizer to a computation by hand from p = 1, g = 0.5.
func TestOneStep(t *testing.T) {
	for _, c := range []struct {
		name string
		opt  grad.Optimizer
		want float64
	}{
		{"GD", &optim.GD{LR: 0.1}, 1 - 0.1*0.5},
		{"SGD", &optim.SGD{LR: 0.1}, 1 - 0.1*0.5},
		{"SGD decay", &optim.SGD{LR: 0.1, WeightDecay: 0.2}, 1 - 0.1*(0.5+0.2)},
		{"SGD nesterov", &optim.SGD{LR: 0.1, Momentum: 0.9, Nesterov: true}, 1 - 0.1*(0.5+0.9*0.5)},
		// The corrections give back the first gradient: m/(1−β₁) = g and √(v/(1−β₂)) = |g|.
		{"Adam", &optim.Adam{LR: 0.1, Eps: 0.5}, 1 - 0.1*0.5/(0.5+0.5)},
		{"Adam decay", &optim.Adam{LR: 0.1, WeightDecay: 0.5, Eps: 1}, 1 - 0.1*1/(1+1)},
		{"AdamW", &optim.AdamW{LR: 0.1, WeightDecay: 0.5, Eps: 0.5}, 1 - 0.1*0.5 - 0.1*0.5/(0.5+0.5)},
		{"ClipNorm", &optim.ClipNorm{Max: 0.25, Opt: &optim.SGD{LR: 0.1}}, 1 - 0.1*0.25},
		{"warm-up", &optim.SGD{LR: 0.1, Schedule: optim.Constant{Warmup: 4}}, 1 - 0.1/4*0.5},
	} {
		b := newBench(tensor.From([]float32{1}))
		if err := b.step(c.opt, []tensor.Tensor{tensor.From([]float32{0.5})}); err != nil {
			t.Fatal(c.name, err)
		}
		if got := b.values()[0][0]; math.Abs(float64(got)-c.want) > 1e-6 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func makers() map[string]func(ps grad.Params) optim.Optimizer {
	cos := optim.Cosine{Steps: 20, WarmupFraction: 0.2, Min: 0.1}
	m := map[string]func(grad.Params) optim.Optimizer{
		"gd":    func(grad.Params) optim.Optimizer { return &optim.GD{LR: 0.1, Schedule: cos} },
		"sgd":   func(grad.Params) optim.Optimizer { return &optim.SGD{LR: 0.1, Momentum: 0.9, Schedule: cos} },
		"adam":  func(grad.Params) optim.Optimizer { return &optim.Adam{LR: 0.1, Schedule: cos} },
		"adamw": func(grad.Params) optim.Optimizer { return &optim.AdamW{LR: 0.1, WeightDecay: 0.1} },
		"clip": func(grad.Params) optim.Optimizer {
			return &optim.ClipNorm{Max: 1, Opt: &optim.Adam{LR: 0.1, Schedule: cos}}
		},
		"groups": func(ps grad.Params) optim.Optimizer {
			return optim.Groups{{Params: ps[1:], Opt: &optim.AdamW{LR: 0.1, WeightDecay: 0.1}}, {Params: ps[:1], Opt: &optim.SGD{LR: 0.1, Momentum: 0.5}}}
		},
	}
	maps.Copy(m, others)
	return m
}

var shapes = [][]int{{40, 1000}, {7}, {3, 11}}

func draw(k int) []tensor.Tensor {
	var r []tensor.Tensor
	for i, s := range shapes {
		r = append(r, normal(uint64(100*k+i), s...))
	}
	return r
}

// TestResume: six steps are the same bits as three, saved, and three with the state restored elsewhere.
func TestResume(t *testing.T) {
	for name, make := range makers() {
		for _, dtype := range []tensor.DType{tensor.F32, tensor.BF16, tensor.F16} {
			start := draw(0)
			if dtype != tensor.F32 {
				for i := range start {
					start[i] = tensor.New(dtype, shapes[i]...)
					for j := range tensor.Of[uint16](start[i]) {
						tensor.Of[uint16](start[i])[j] = uint16(0x3800 + j%500)
					}
				}
			}
			whole := newBench(start...)
			opt := make(whole.ps)
			var saved optim.State
			var middle []tensor.Tensor
			for k := 1; k <= 6; k++ {
				if err := whole.step(opt, draw(k)); err != nil {
					t.Fatal(name, err)
				}
				if k == 3 {
					for _, p := range whole.ps {
						middle = append(middle, p.Data.Clone())
					}
					saved = clone(opt.State())
				}
			}
			part := newBench(middle...)
			again := make(part.ps)
			if err := again.LoadState(part.ps, saved); err != nil {
				t.Fatal(name, err)
			}
			for k := 4; k <= 6; k++ {
				if err := part.step(again, draw(k)); err != nil {
					t.Fatal(name, err)
				}
			}
			for i := range part.ps {
				if !slices.Equal(part.ps[i].Data.Bytes(), whole.ps[i].Data.Bytes()) {
					t.Errorf("%s %s: parameter %d differs after resuming", name, dtype, i)
				}
			}
			if !same(opt.State(), again.State()) {
				t.Errorf("%s %s: the states differ after resuming", name, dtype)
			}
		}
	}
}

func clone(s optim.State) optim.State {
	r := optim.State{Step: s.Step}
	for _, e := range s.Entries {
		r.Entries = append(r.Entries, optim.Entry{Name: e.Name, Tensor: e.Tensor.Clone()})
	}
	return r
}

func same(a, b optim.State) bool {
	return a.Step == b.Step && slices.EqualFunc(a.Entries, b.Entries, func(x, y optim.Entry) bool {
		return x.Name == y.Name && slices.Equal(x.Tensor.Bytes(), y.Tensor.Bytes())
	})
}

func TestWorkersSameBits(t *testing.T) {
	for name, make := range makers() {
		var want [][]float32
		for _, n := range []int{1, 2, 3, 8} {
			old := parallel.SetWorkers(n)
			b := newBench(draw(0)...)
			opt := make(b.ps)
			for k := 1; k <= 3; k++ {
				if err := b.step(opt, draw(k)); err != nil {
					t.Fatal(name, err)
				}
			}
			parallel.SetWorkers(old)
			if want == nil {
				want = b.values()
			}
			for i, v := range b.values() {
				if !slices.Equal(v, want[i]) {
					t.Errorf("%s: %d workers give other bits", name, n)
				}
			}
		}
	}
}

func TestAllocations(t *testing.T) {
	for name, make := range makers() {
		b := newBench(draw(0)...)
		opt, gs := make(b.ps), draw(1)
		fn := func(s *grad.Step) error {
			for i := range b.ps {
				s.Backward(pull.Apply(grad.None{}, s.Use(b.ps[i].Param), s.Input(gs[i])), b.g)
			}
			s.Update(opt, b.g)
			return nil
		}
		if n := testing.AllocsPerRun(10, func() {
			if err := b.tape.Step(grad.Train, fn); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations a step", name, n)
		}
	}
}

// TestHalfMaster: steps too small for bf16 add up in the master; weights loaded from outside replace it.
func TestHalfMaster(t *testing.T) {
	w := tensor.New(tensor.BF16, 3)
	one := []uint16{0x3f80, 0x3f80, 0x3f80}
	copy(tensor.Of[uint16](w), one)
	b := newBench(w)
	opt, g := &optim.SGD{LR: 1}, []tensor.Tensor{tensor.From([]float32{1e-4, -0.25, 0})}
	for range 100 {
		if err := b.step(opt, g); err != nil {
			t.Fatal(err)
		}
	}
	got := tensor.Of[uint16](b.ps[0].Data)
	if want := []uint16{0x3f7d, 0x41d0, 0x3f80}; !slices.Equal(got, want) { // 0.99, 26, 1
		t.Errorf("after 100 steps %x, want %x", got, want)
	}
	copy(got, one)
	if err := b.step(opt, g); err != nil {
		t.Fatal(err)
	}
	if want := []uint16{0x3f80, 0x3fa0, 0x3f80}; !slices.Equal(got, want) { // 1 − 1e-4 rounds to 1; 1.25
		t.Errorf("after loading 1: %x, want %x", got, want)
	}
}

// TestThaw: a parameter that joins later has corrections for its own age, not the optimizer's.
func TestThaw(t *testing.T) {
	x := tensor.From([]float32{1})
	b := newBench(x, x)
	b.ps[1].Frozen = true
	opt, g := &optim.Adam{LR: 0.1}, []tensor.Tensor{tensor.From([]float32{2}), tensor.From([]float32{2})}
	for range 50 {
		if err := b.step(opt, g); err != nil {
			t.Fatal(err)
		}
	}
	if b.values()[1][0] != 1 {
		t.Error("a frozen parameter moved")
	}
	b.ps[1].Frozen = false
	if err := b.step(opt, g); err != nil {
		t.Fatal(err)
	}
	if got := b.values()[1][0]; math.Abs(float64(got)-0.9) > 1e-6 {
		t.Errorf("first step after thawing to %v, want 0.9", got)
	}
}

func TestSchedules(t *testing.T) {
	var f struct {
		Cases []struct {
			Attrs struct {
				LR            float64
				MinLR         float64 `json:"min_lr"`
				Warmup, Steps int
			}
			LR []float64
		}
	}
	read(t, "schedule_cosine", &f)
	for _, c := range f.Cases {
		s := optim.Cosine{Steps: c.Attrs.Steps, Warmup: c.Attrs.Warmup, Min: c.Attrs.MinLR / c.Attrs.LR}
		for k, want := range c.LR {
			if got := c.Attrs.LR * s.Factor(k); math.Abs(got-want) > 1e-9*c.Attrs.LR {
				t.Errorf("%+v step %d: %v, want %v", c.Attrs, k, got, want)
			}
		}
	}
	if a, b := (optim.Cosine{Steps: 40, WarmupFraction: 0.1}), (optim.Cosine{Steps: 40, Warmup: 4}); a.Factor(2) != b.Factor(2) || a.Factor(9) != b.Factor(9) {
		t.Error("a warm-up of 10 % of 40 steps isn't one of 4 steps")
	}
}

func TestClipGolden(t *testing.T) {
	var f struct {
		Cases []struct {
			Attrs struct {
				Max float64 `json:"max_norm"`
			}
			Norm            float64
			Inputs, Outputs []array
		}
	}
	read(t, "clip_grad_norm", &f)
	for _, c := range f.Cases {
		b := newBench(tensor.New(tensor.F32, c.Inputs[0].Shape...), tensor.New(tensor.F32, c.Inputs[1].Shape...))
		opt := &optim.ClipNorm{Max: c.Attrs.Max, Opt: &optim.SGD{LR: 1}}
		if err := b.step(opt, []tensor.Tensor{c.Inputs[0].tensor(), c.Inputs[1].tensor()}); err != nil {
			t.Fatal(err)
		}
		if math.Abs(opt.Norm-c.Norm) > 1e-6*c.Norm {
			t.Errorf("norm %v, want %v", opt.Norm, c.Norm)
		}
		for i, p := range b.values() {
			for j, want := range c.Outputs[i].Data {
				if math.Abs(float64(-p[j]-want)) > 1e-6*max(1, math.Abs(float64(want))) {
					t.Errorf("max %v: gradient %v, want %v", c.Attrs.Max, -p[j], want)
				}
			}
		}
	}
}

func TestClipValueGolden(t *testing.T) {
	var f struct {
		Cases []struct {
			Attrs struct {
				Max float64 `json:"clip_value"`
			}
			Inputs, Outputs []array
		}
	}
	read(t, "clip_grad_value", &f)
	for _, c := range f.Cases {
		b := newBench(tensor.New(tensor.F32, c.Inputs[0].Shape...))
		if err := b.step(&optim.ClipValue{Max: c.Attrs.Max, Opt: &optim.SGD{LR: 1}}, []tensor.Tensor{c.Inputs[0].tensor()}); err != nil {
			t.Fatal(err)
		}
		for j, want := range c.Outputs[0].Data {
			if got := -b.values()[0][j]; got != want {
				t.Errorf("max %v: gradient %v, want %v", c.Attrs.Max, got, want)
			}
		}
	}
}

// TestRefused: bad settings and states are refused with what is wrong, and nothing changes.
func TestRefused(t *testing.T) {
	g := []tensor.Tensor{tensor.From([]float32{1}), tensor.From([]float32{1})}
	b := newBench(g...)
	part := func(i int) optim.Group { return optim.Group{Params: b.ps[i : i+1], Opt: &optim.SGD{LR: 1}} }
	for want, opt := range map[string]grad.Optimizer{
		"LR is 0":            &optim.Adam{},
		"LR is NaN":          &optim.SGD{LR: math.NaN()},
		"LR is +Inf":         &optim.GD{LR: math.Inf(1)},
		"Betas[1] is 1":      &optim.AdamW{LR: 1, Betas: [2]float64{0.9, 1}},
		"Eps is -1":          &optim.AdamW{LR: 1, Eps: -1},
		"WeightDecay is -1":  &optim.AdamW{LR: 1, WeightDecay: -1},
		"Momentum is 1":      &optim.SGD{LR: 1, Momentum: 1},
		"Nesterov without":   &optim.SGD{LR: 1, Nesterov: true},
		"Steps is 0":         &optim.SGD{LR: 1, Schedule: optim.Cosine{}},
		"Warmup is 5; at":    &optim.SGD{LR: 1, Schedule: optim.Cosine{Steps: 5, Warmup: 5}},
		"Warmup is -1":       &optim.SGD{LR: 1, Schedule: optim.Constant{Warmup: -1}},
		"Max is 0":           &optim.ClipNorm{Opt: &optim.SGD{LR: 1}},
		"Opt is nil":         &optim.ClipNorm{Max: 1},
		"is in no group":     optim.Groups{part(0)},
		"in groups 0 and 1":  optim.Groups{part(0), part(0), part(1)},
		"has no optimizer":   optim.Groups{{Params: b.ps}},
		"group 1: ":          optim.Groups{part(0), {Params: b.ps[1:], Opt: &optim.SGD{}}},
		"aren't among the 2": optim.Groups{part(0), part(1), {Params: newBench(g...).ps, Opt: &optim.SGD{LR: 1}}},
	} {
		if err := b.step(opt, g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if v := b.values(); v[0][0] != 1 || v[1][0] != 1 {
			t.Fatalf("%s: parameters changed", want)
		}
	}
}

func TestLoadStateRefused(t *testing.T) {
	b := newBench(draw(0)...)
	opt := &optim.Adam{LR: 0.1}
	if err := b.step(opt, draw(1)); err != nil {
		t.Fatal(err)
	}
	good := clone(opt.State())
	bad := clone(good)
	bad.Entries[1].Tensor = tensor.New(tensor.F32, 40, 999)
	bad.Entries[2].Name = "layer0.weight.other"
	err := opt.LoadState(b.ps, bad)
	for _, want := range []string{"layer0.weight.exp_avg is f32 [40 999], want f32 [40 1000]", "layer0.weight.exp_avg_sq is missing", "layer0.weight.other is unexpected"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	for _, age := range []int64{-1, 2} {
		lie := clone(good)
		tensor.Of[int64](lie.Entries[0].Tensor)[0] = age
		want := fmt.Sprintf("layer0.weight.step is %d, want 0 to 1", age)
		if err := opt.LoadState(b.ps, lie); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if !same(good, opt.State()) {
		t.Error("a refused state changed the optimizer")
	}
}
