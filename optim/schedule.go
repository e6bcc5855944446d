package optim

import (
	"math"

	"github.com/ingot-ml/ingot/tensor"
)

// Schedule makes the learning rate depend on the step: the rate of step t is LR·Factor(t).
type Schedule interface {
	// Factor returns the multiple for step t, the number of updates made before it: 0, 1, ….
	Factor(t int) float64
}

// Constant is a rate that rises in a line over Warmup steps, (t+1)/Warmup, and then stays.
type Constant struct {
	Warmup int // steps
}

// Factor implements [Schedule].
func (c Constant) Factor(t int) float64 { return rise(t, c.Warmup) }

func (c Constant) check() error {
	if c.Warmup < 0 {
		return tensor.Errorf("optim.Constant: Warmup is %d; at least 0 is wanted", c.Warmup)
	}
	return nil
}

// Cosine is a rate that rises in a line over the warm-up, W steps, and then falls along half a cosine to Min at step
// Steps, where it stays:
//
//	(t+1)/W                                            t < W
//	Min + (1 − Min)·(1 + cos(π·(t − W)/(Steps − W)))/2    W ≤ t ≤ Steps
//
// Source: Loshchilov & Hutter 2017, arXiv:1608.03983, without restarts; the warm-up: Goyal et al. 2017, arXiv:1706.02677.
type Cosine struct {
	Steps          int     // updates from the first to the end of the fall; required
	Warmup         int     // W
	WarmupFraction float64 // W as a share of Steps, rounded down; in place of Warmup
	Min            float64 // what is left at the end, as a share of the rate
}

// Factor implements [Schedule].
func (c Cosine) Factor(t int) float64 {
	w := c.warmup()
	if t < w {
		return rise(t, w)
	}
	if t >= c.Steps {
		return c.Min
	}
	x := float64(t-w) / float64(c.Steps-w)
	return c.Min + (1-c.Min)*(1+math.Cos(math.Pi*x))/2
}

func (c Cosine) warmup() int {
	if c.WarmupFraction != 0 {
		return int(c.WarmupFraction * float64(c.Steps))
	}
	return c.Warmup
}

func (c Cosine) check() error {
	switch {
	case c.Steps < 1:
		return tensor.Errorf("optim.Cosine: Steps is %d; at least 1 is wanted", c.Steps)
	case c.Warmup != 0 && c.WarmupFraction != 0:
		return tensor.Errorf("optim.Cosine: both Warmup and WarmupFraction are set; set one")
	case c.Warmup < 0 || c.Warmup >= c.Steps:
		return tensor.Errorf("optim.Cosine: Warmup is %d; at least 0 and less than Steps, %d, is wanted", c.Warmup, c.Steps)
	case !(c.WarmupFraction >= 0 && c.WarmupFraction < 1):
		return tensor.Errorf("optim.Cosine: WarmupFraction is %g; at least 0 and less than 1 is wanted", c.WarmupFraction)
	case !(c.Min >= 0 && c.Min <= 1):
		return tensor.Errorf("optim.Cosine: Min is %g; a share between 0 and 1 is wanted", c.Min)
	}
	return nil
}

func rise(t, warmup int) float64 {
	if t < warmup {
		return float64(t+1) / float64(warmup)
	}
	return 1
}

func factor(s Schedule, t int) float64 {
	if s == nil {
		return 1
	}
	return s.Factor(t)
}

// checkCommon checks what all optimizers have.
func checkCommon(name string, lr, decay float64, s Schedule) error {
	if !(lr > 0) || math.IsInf(lr, 0) {
		return tensor.Errorf("optim.%s: LR is %g; a positive learning rate is wanted", name, lr)
	}
	if !(decay >= 0) || math.IsInf(decay, 0) {
		return tensor.Errorf("optim.%s: WeightDecay is %g; at least 0 is wanted", name, decay)
	}
	if c, ok := s.(interface{ check() error }); ok {
		return c.check()
	}
	return nil
}
