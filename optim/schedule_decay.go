package optim

import (
	"math"
	"sort"

	"github.com/ingot-ml/ingot/tensor"
)

// Step multiplies the rate by Gamma every Every steps: Gamma^⌊k/Every⌋, with k = t − Warmup after the rise. PyTorch: StepLR.
type Step struct {
	Every  int     // steps between two falls; required
	Gamma  float64 // what is left at each; zero: 0.1, PyTorch's
	Warmup int     // steps of a rise in a line
}

// Factor implements [Schedule].
func (s Step) Factor(t int) float64 {
	if t < s.Warmup {
		return rise(t, s.Warmup)
	}
	return math.Pow(orTenth(s.Gamma), float64((t-s.Warmup)/s.Every))
}

func (s Step) check() error {
	if s.Every < 1 {
		return tensor.Errorf("optim.Step: Every is %d; at least 1 is wanted", s.Every)
	}
	return checkDecay("Step", orTenth(s.Gamma), s.Warmup)
}

// MultiStep multiplies the rate by Gamma at each step of At, counted from the warm-up's end. PyTorch: MultiStepLR.
type MultiStep struct {
	At     []int   // the steps at which the rate falls, in rising order; required
	Gamma  float64 // what is left at each; zero: 0.1, PyTorch's
	Warmup int     // steps of a rise in a line
}

// Factor implements [Schedule].
func (s MultiStep) Factor(t int) float64 {
	if t < s.Warmup {
		return rise(t, s.Warmup)
	}
	return math.Pow(orTenth(s.Gamma), float64(sort.SearchInts(s.At, t-s.Warmup+1)))
}

func (s MultiStep) check() error {
	if len(s.At) == 0 || !sort.IntsAreSorted(s.At) {
		return tensor.Errorf("optim.MultiStep: At is %v; steps in rising order are wanted", s.At)
	}
	return checkDecay("MultiStep", orTenth(s.Gamma), s.Warmup)
}

// Exponential multiplies the rate by Gamma every step: Gamma^(t − Warmup) after the rise. PyTorch: ExponentialLR.
type Exponential struct {
	Gamma  float64 // what is left after each step; required
	Warmup int     // steps of a rise in a line
}

// Factor implements [Schedule].
func (s Exponential) Factor(t int) float64 {
	if t < s.Warmup {
		return rise(t, s.Warmup)
	}
	return math.Pow(s.Gamma, float64(t-s.Warmup))
}

func (s Exponential) check() error { return checkDecay("Exponential", s.Gamma, s.Warmup) }

// Polynomial falls from the whole rate after the warm-up, W steps, to Min at step Steps, where it stays:
//
//	Min + (1 − Min)·(1 − (t − W)/(Steps − W))^Power
//
// PyTorch: PolynomialLR, whose Min is 0.
type Polynomial struct {
	Steps  int     // updates from the first to the end of the fall; required
	Warmup int     // W, steps of a rise in a line
	Power  float64 // zero: 1, PyTorch's
	Min    float64 // what is left at the end, as a share of the rate
}

// Factor implements [Schedule].
func (s Polynomial) Factor(t int) float64 {
	switch power := s.Power; {
	case t < s.Warmup:
		return rise(t, s.Warmup)
	case t >= s.Steps:
		return s.Min
	default:
		if power == 0 {
			power = 1
		}
		return s.Min + (1-s.Min)*math.Pow(1-float64(t-s.Warmup)/float64(s.Steps-s.Warmup), power)
	}
}

func (s Polynomial) check() error {
	if !(s.Power >= 0) || math.IsInf(s.Power, 0) {
		return tensor.Errorf("optim.Polynomial: Power is %g; a positive number is wanted (zero: 1)", s.Power)
	}
	return checkFall("Polynomial", s.Steps, s.Warmup, s.Min)
}

// Linear falls in a line from the whole rate after the warm-up to Min at step Steps, where it stays: [Polynomial] of power
// 1. PyTorch: LinearLR from 1 to Min.
type Linear struct {
	Steps  int     // updates from the first to the end of the fall; required
	Warmup int     // steps of a rise in a line
	Min    float64 // what is left at the end, as a share of the rate
}

// Factor implements [Schedule].
func (s Linear) Factor(t int) float64 {
	return Polynomial{Steps: s.Steps, Warmup: s.Warmup, Min: s.Min}.Factor(t)
}

func (s Linear) check() error { return checkFall("Linear", s.Steps, s.Warmup, s.Min) }

func orTenth(gamma float64) float64 {
	if gamma == 0 {
		return 0.1
	}
	return gamma
}

func checkDecay(name string, gamma float64, warmup int) error {
	if !(gamma > 0 && gamma <= 1) {
		return tensor.Errorf("optim.%s: Gamma is %g; more than 0 and at most 1 is wanted", name, gamma)
	}
	if warmup < 0 {
		return tensor.Errorf("optim.%s: Warmup is %d; at least 0 is wanted", name, warmup)
	}
	return nil
}

func checkFall(name string, steps, warmup int, least float64) error {
	switch {
	case steps < 1:
		return tensor.Errorf("optim.%s: Steps is %d; at least 1 is wanted", name, steps)
	case warmup < 0 || warmup >= steps:
		return tensor.Errorf("optim.%s: Warmup is %d; at least 0 and less than Steps, %d, is wanted", name, warmup, steps)
	case !(least >= 0 && least <= 1):
		return tensor.Errorf("optim.%s: Min is %g; a share between 0 and 1 is wanted", name, least)
	}
	return nil
}
