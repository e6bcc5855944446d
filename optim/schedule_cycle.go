package optim

import (
	"math"

	"github.com/ingot-ml/ingot/tensor"
)

// OneCycle rises from 1/Div of the rate to the whole of it in the first Rise of the steps, then falls to 1/(Div·FinalDiv) at
// step Steps − 1, where it stays; both along half a cosine. The optimizer's LR is the highest rate. Its rise is its warm-up.
//
// Source: Smith & Topin 2018, arXiv:1708.07120, in the form of PyTorch's OneCycleLR: two phases, and momentum stays as it is.
type OneCycle struct {
	Steps    int     // updates of the whole cycle; required
	Rise     float64 // share of the steps in which the rate rises; zero: 0.3
	Div      float64 // the highest rate over the first; zero: 25
	FinalDiv float64 // the first rate over the last; zero: 1e4
	Line     bool    // along lines in place of cosines
}

func (s OneCycle) defaults() OneCycle {
	if s.Rise == 0 {
		s.Rise = 0.3
	}
	if s.Div == 0 {
		s.Div = 25
	}
	if s.FinalDiv == 0 {
		s.FinalDiv = 1e4
	}
	return s
}

// Factor implements [Schedule].
func (s OneCycle) Factor(t int) float64 {
	s = s.defaults()
	first, top, last := 1/s.Div, s.Rise*float64(s.Steps)-1, float64(s.Steps-1)
	switch x := min(float64(t), last); {
	case x <= top:
		return s.between(first, 1, x/top)
	default:
		return s.between(1, first/s.FinalDiv, (x-top)/(last-top))
	}
}

func (s OneCycle) between(a, b, x float64) float64 {
	if s.Line {
		return a + (b-a)*x
	}
	return b + (a-b)*(1+math.Cos(math.Pi*x))/2
}

func (s OneCycle) check() error {
	d := s.defaults()
	switch {
	case s.Steps < 2:
		return tensor.Errorf("optim.OneCycle: Steps is %d; at least 2 is wanted", s.Steps)
	case !(d.Rise > 0 && d.Rise < 1) || d.Rise*float64(s.Steps) <= 1:
		return tensor.Errorf("optim.OneCycle: Rise is %g of %d steps; more than one step and less than all is wanted", d.Rise, s.Steps)
	case !(d.Div >= 1) || !(d.FinalDiv >= 1):
		return tensor.Errorf("optim.OneCycle: Div is %g and FinalDiv %g; at least 1 is wanted", d.Div, d.FinalDiv)
	}
	return nil
}

// Cyclic goes up in a line from Min to the whole rate in Up steps and down again in Down, over and over. The height over Min
// is multiplied by Gamma from one cycle to the next.
//
// Source: Smith 2017, arXiv:1506.01186. Gamma 1 is its "triangular" and 0.5 its "triangular2", as in PyTorch's CyclicLR; there
// is no "exp_range", which falls at every step.
type Cyclic struct {
	Up     int     // steps up; required
	Down   int     // steps down; zero: Up
	Min    float64 // the lowest, as a share of the rate
	Gamma  float64 // zero: 1
	Warmup int     // steps of a rise in a line to Min, where the first cycle begins
}

// Factor implements [Schedule].
func (s Cyclic) Factor(t int) float64 {
	if t < s.Warmup {
		return s.Min * rise(t, s.Warmup)
	}
	up, down := s.Up, s.down()
	cycle, at := (t-s.Warmup)/(up+down), (t-s.Warmup)%(up+down)
	x := float64(at) / float64(up)
	if at > up {
		x = float64(up+down-at) / float64(down)
	}
	return s.Min + (1-s.Min)*x*math.Pow(orOne(s.Gamma), float64(cycle))
}

func (s Cyclic) down() int {
	if s.Down == 0 {
		return s.Up
	}
	return s.Down
}

func orOne(gamma float64) float64 {
	if gamma == 0 {
		return 1
	}
	return gamma
}

func (s Cyclic) check() error {
	if s.Up < 1 || s.Down < 0 {
		return tensor.Errorf("optim.Cyclic: Up is %d and Down %d; at least 1 is wanted (Down zero: Up)", s.Up, s.Down)
	}
	if !(s.Min >= 0 && s.Min <= 1) {
		return tensor.Errorf("optim.Cyclic: Min is %g; a share between 0 and 1 is wanted", s.Min)
	}
	return checkDecay("Cyclic", orOne(s.Gamma), s.Warmup)
}

// WarmRestarts falls along half a cosine to Min, again and again: in First steps, then in First·Times, First·Times², ….
//
//	Min + (1 − Min)·(1 + cos(π·k/n))/2     k the steps since the last restart, n the length of this fall
//
// Source: Loshchilov & Hutter 2017, arXiv:1608.03983. PyTorch: CosineAnnealingWarmRestarts.
type WarmRestarts struct {
	First  int     // steps of the first fall; required
	Times  int     // how many times longer each is than the one before; zero: 1
	Min    float64 // what is left before a restart, as a share of the rate
	Warmup int     // steps of a rise in a line
}

// Factor implements [Schedule].
func (s WarmRestarts) Factor(t int) float64 {
	if t < s.Warmup {
		return rise(t, s.Warmup)
	}
	k, n := t-s.Warmup, s.First
	if s.Times <= 1 {
		k %= n
	}
	for k >= n {
		k -= n
		n *= s.Times
	}
	return s.Min + (1-s.Min)*(1+math.Cos(math.Pi*float64(k)/float64(n)))/2
}

func (s WarmRestarts) check() error {
	switch {
	case s.First < 1 || s.Times < 0:
		return tensor.Errorf("optim.WarmRestarts: First is %d and Times %d; at least 1 is wanted", s.First, s.Times)
	case s.Warmup < 0:
		return tensor.Errorf("optim.WarmRestarts: Warmup is %d; at least 0 is wanted", s.Warmup)
	case !(s.Min >= 0 && s.Min <= 1):
		return tensor.Errorf("optim.WarmRestarts: Min is %g; a share between 0 and 1 is wanted", s.Min)
	}
	return nil
}
