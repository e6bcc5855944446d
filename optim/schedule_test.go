package optim_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/tensor"
)

// TestSchedulesGolden holds the rates of 20 steps to PyTorch's.
func TestSchedulesGolden(t *testing.T) {
	schedules := map[string]optim.Schedule{
		"step":                optim.Step{Every: 4, Gamma: 0.3},
		"step_warmup":         optim.Step{Every: 4, Gamma: 0.3, Warmup: 3},
		"multi_step":          optim.MultiStep{At: []int{3, 4, 11}, Gamma: 0.2},
		"exponential":         optim.Exponential{Gamma: 0.9},
		"polynomial":          optim.Polynomial{Steps: 15, Power: 2},
		"linear":              optim.Linear{Steps: 15, Min: 0.25},
		"one_cycle":           optim.OneCycle{Steps: 20},
		"one_cycle_line":      optim.OneCycle{Steps: 20, Rise: 0.4, Line: true, Div: 10, FinalDiv: 100},
		"cyclic":              optim.Cyclic{Up: 4, Down: 3, Min: 0.2},
		"cyclic_halved":       optim.Cyclic{Up: 3, Min: 0.2, Gamma: 0.5},
		"warm_restarts":       optim.WarmRestarts{First: 5, Times: 2, Min: 0.1},
		"warm_restarts_equal": optim.WarmRestarts{First: 6},
		"plateau":             &optim.Plateau{Gamma: 0.5, Patience: 1, Threshold: 1e-4, Cooldown: 1, Min: 0.2},
		"plateau_highest":     &optim.Plateau{Gamma: 0.5, Patience: 1, Threshold: 0.01, Highest: true},
	}
	var f struct {
		Cases []struct {
			Name   string
			Values []float64
			LR     []float64
		}
	}
	read(t, "schedules", &f)
	if len(f.Cases) != len(schedules) {
		t.Fatalf("%d cases for %d schedules", len(f.Cases), len(schedules))
	}
	for _, c := range f.Cases {
		s := schedules[c.Name]
		for k, want := range c.LR {
			if got := 0.5 * s.Factor(k); math.Abs(got-want) > 1e-9 {
				t.Errorf("%s, step %d: %v, want %v", c.Name, k, got, want)
			}
			if c.Values != nil {
				s.(*optim.Plateau).Observe(c.Values[k])
			}
		}
	}
}

// TestWarmups: every schedule rises in a line, (t+1)/W, and then does what it does without, but for the end it is told.
func TestWarmups(t *testing.T) {
	for name, c := range map[string][2]optim.Schedule{
		"Step":         {optim.Step{Every: 3, Warmup: 4}, optim.Step{Every: 3}},
		"MultiStep":    {optim.MultiStep{At: []int{2, 5}, Warmup: 4}, optim.MultiStep{At: []int{2, 5}}},
		"Exponential":  {optim.Exponential{Gamma: 0.9, Warmup: 4}, optim.Exponential{Gamma: 0.9}},
		"Polynomial":   {optim.Polynomial{Steps: 14, Power: 2, Warmup: 4}, optim.Polynomial{Steps: 10, Power: 2}},
		"Linear":       {optim.Linear{Steps: 14, Warmup: 4}, optim.Linear{Steps: 10}},
		"Cyclic":       {optim.Cyclic{Up: 3, Min: 1, Warmup: 4}, optim.Cyclic{Up: 3, Min: 1}},
		"WarmRestarts": {optim.WarmRestarts{First: 3, Warmup: 4}, optim.WarmRestarts{First: 3}},
		"Plateau":      {&optim.Plateau{Warmup: 4}, &optim.Plateau{}},
	} {
		for k := range 4 {
			if got, want := c[0].Factor(k), float64(k+1)/4; got != want {
				t.Errorf("%s, step %d: %v, want %v", name, k, got, want)
			}
		}
		for k := range 12 {
			if got, want := c[0].Factor(k+4), c[1].Factor(k); got != want {
				t.Errorf("%s, step %d after the warm-up: %v, want %v", name, k, got, want)
			}
		}
	}
}

func TestSchedulesRefused(t *testing.T) {
	g := []tensor.Tensor{tensor.From([]float32{1})}
	for want, s := range map[string]optim.Schedule{
		"Step: Every is 0":            optim.Step{},
		"Step: Gamma is 2":            optim.Step{Every: 1, Gamma: 2},
		"MultiStep: At is [2 1]":      optim.MultiStep{At: []int{2, 1}},
		"Exponential: Gamma is 0":     optim.Exponential{},
		"Exponential: Warmup is -1":   optim.Exponential{Gamma: 1, Warmup: -1},
		"Polynomial: Power is -1":     optim.Polynomial{Steps: 1, Power: -1},
		"Polynomial: Steps is 0":      optim.Polynomial{},
		"Linear: Min is 2":            optim.Linear{Steps: 2, Min: 2},
		"Linear: Warmup is 2":         optim.Linear{Steps: 2, Warmup: 2},
		"OneCycle: Steps is 1":        optim.OneCycle{Steps: 1},
		"OneCycle: Rise is 0.3 of 3":  optim.OneCycle{Steps: 3},
		"OneCycle: Div is 0.5":        optim.OneCycle{Steps: 20, Div: 0.5},
		"Cyclic: Up is 0":             optim.Cyclic{},
		"Cyclic: Min is -1":           optim.Cyclic{Up: 1, Min: -1},
		"WarmRestarts: First is 0":    optim.WarmRestarts{},
		"WarmRestarts: Warmup is -1":  optim.WarmRestarts{First: 1, Warmup: -1},
		"WarmRestarts: Min is NaN":    optim.WarmRestarts{First: 1, Min: math.NaN()},
		"Plateau: Patience is -1":     &optim.Plateau{Patience: -1},
		"Plateau: Threshold is 1 and": &optim.Plateau{Threshold: 1},
	} {
		if err := newBench(g...).step(&optim.SGD{LR: 1, Schedule: s}, g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
