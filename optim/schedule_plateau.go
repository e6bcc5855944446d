package optim

import (
	"math"

	"github.com/ingot-ml/ingot/tensor"
)

// Plateau lowers the rate where a measured value stops getting better. Call Observe with it, after each epoch say; a value
// is better where it is less than Best − Threshold·|Best|, or with Highest more than Best + Threshold·|Best|. After more than Patience
// values in a row that aren't, the rate is multiplied by Gamma, and the next Cooldown values don't count.
//
// What it has seen is in [PlateauState], which is to be saved beside the optimizer's state. PyTorch: ReduceLROnPlateau with
// threshold_mode rel, which leaves out |…|; its defaults in brackets.
type Plateau struct {
	Gamma     float64 // [zero: 0.1]
	Patience  int     // values; [zero: none; PyTorch's is 10]
	Threshold float64 // [zero: none; PyTorch's is 1e-4]
	Cooldown  int     // values; [0]
	Min       float64 // the lowest, as a share of the rate; [0]
	Highest   bool    // the value is to rise: an accuracy
	Warmup    int     // steps of a rise in a line

	PlateauState
}

// PlateauState is what a [Plateau] has seen.
type PlateauState struct {
	Best  float64 // value
	Any   bool    // there is a best
	Worse int     // values in a row that weren't better
	Cool  int     // values that still don't count
	Falls int     // how often the rate was lowered
}

// Observe takes the next value. A NaN isn't better than anything.
func (s *Plateau) Observe(value float64) {
	better := value < s.Best-s.Threshold*math.Abs(s.Best)
	if s.Highest {
		better = value > s.Best+s.Threshold*math.Abs(s.Best)
	}
	if better || !s.Any && !math.IsNaN(value) {
		s.Best, s.Any, s.Worse = value, true, 0
	} else {
		s.Worse++
	}
	if s.Cool > 0 {
		s.Cool--
		s.Worse = 0
	}
	if s.Worse > s.Patience {
		s.Falls++
		s.Cool, s.Worse = s.Cooldown, 0
	}
}

// Factor implements [Schedule].
func (s *Plateau) Factor(t int) float64 {
	return rise(t, s.Warmup) * max(s.Min, math.Pow(orTenth(s.Gamma), float64(s.Falls)))
}

func (s *Plateau) check() error {
	if s.Patience < 0 || s.Cooldown < 0 {
		return tensor.Errorf("optim.Plateau: Patience is %d and Cooldown %d; at least 0 is wanted", s.Patience, s.Cooldown)
	}
	if !(s.Threshold >= 0 && s.Threshold < 1) || !(s.Min >= 0 && s.Min <= 1) {
		return tensor.Errorf("optim.Plateau: Threshold is %g and Min %g; shares between 0 and 1 are wanted", s.Threshold, s.Min)
	}
	return checkDecay("Plateau", orTenth(s.Gamma), s.Warmup)
}
