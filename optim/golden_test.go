package optim_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/tensor"
)

// attrs are PyTorch's names of the settings.
type attrs struct {
	LR, Momentum, Eps, Alpha, Rho float64
	Nesterov, Centered, AMSGrad   bool
	Betas                         [2]float64
	WeightDecay                   float64 `json:"weight_decay"`
	MomentumDecay                 float64 `json:"momentum_decay"`
	Warmup                        int
	Adjust                        string `json:"adjust_lr_fn"`
	Decoupled                     bool   `json:"decoupled_weight_decay"`
}

// goldens make the optimizer of each file from its settings.
var goldens = map[string]func(a attrs) grad.Optimizer{
	"sgd":               sgdOf,
	"sgd_momentum":      sgdOf,
	"sgd_nesterov":      sgdOf,
	"sgd_weight_decay":  sgdOf,
	"adam":              adamOf,
	"adam_weight_decay": adamOf,
	"adamw":             adamwOf,
	"amsgrad":           adamOf,
	"amsgrad_decoupled": adamwOf,
	"rmsprop":           rmspropOf,
	"rmsprop_momentum":  rmspropOf,
	"rmsprop_centered":  rmspropOf,
	"rmsprop_both":      rmspropOf,
	"adagrad":           func(a attrs) grad.Optimizer { return &optim.Adagrad{LR: a.LR, WeightDecay: a.WeightDecay} },
	"adadelta":          func(a attrs) grad.Optimizer { return &optim.Adadelta{WeightDecay: a.WeightDecay} },
	"adamax": func(a attrs) grad.Optimizer {
		return &optim.Adamax{LR: a.LR, Betas: a.Betas, WeightDecay: a.WeightDecay}
	},
	"nadam":           nadamOf,
	"nadam_decoupled": nadamOf,
	"radam":           radamOf,
	"radam_decoupled": radamOf,
	"lamb":            func(a attrs) grad.Optimizer { return &optim.LAMB{LR: a.LR, Betas: a.Betas, WeightDecay: a.WeightDecay} },
	"schedule_free": func(a attrs) grad.Optimizer {
		return &optim.ScheduleFree{LR: a.LR, Betas: a.Betas, WeightDecay: a.WeightDecay, Warmup: a.Warmup}
	},
	"adafactor":      func(a attrs) grad.Optimizer { return &optim.Adafactor{LR: a.LR, WeightDecay: a.WeightDecay} },
	"muon":           muonOf,
	"muon_match_rms": muonOf,
	"lion":           func(a attrs) grad.Optimizer { return &optim.Lion{LR: a.LR, Betas: a.Betas, WeightDecay: a.WeightDecay} },
}

func sgdOf(a attrs) grad.Optimizer {
	return &optim.SGD{LR: a.LR, Momentum: a.Momentum, Nesterov: a.Nesterov, WeightDecay: a.WeightDecay}
}

func adamOf(a attrs) grad.Optimizer {
	return &optim.Adam{LR: a.LR, Betas: a.Betas, Eps: a.Eps, WeightDecay: a.WeightDecay, AMSGrad: a.AMSGrad}
}

func adamwOf(a attrs) grad.Optimizer {
	return &optim.AdamW{LR: a.LR, Betas: a.Betas, Eps: a.Eps, WeightDecay: a.WeightDecay, AMSGrad: a.AMSGrad}
}

func rmspropOf(a attrs) grad.Optimizer {
	return &optim.RMSProp{LR: a.LR, Alpha: a.Alpha, Eps: a.Eps, Momentum: a.Momentum, Centered: a.Centered, WeightDecay: a.WeightDecay}
}

func nadamOf(a attrs) grad.Optimizer {
	return &optim.NAdam{LR: a.LR, MomentumDecay: a.MomentumDecay, WeightDecay: a.WeightDecay, Decoupled: a.Decoupled}
}

func muonOf(a attrs) grad.Optimizer {
	return &optim.Muon{LR: a.LR, WeightDecay: a.WeightDecay, MatchRMS: a.Adjust == "match_rms_adamw"}
}

func radamOf(a attrs) grad.Optimizer {
	return &optim.RAdam{LR: a.LR, Betas: a.Betas, WeightDecay: a.WeightDecay, Decoupled: a.Decoupled}
}

// TestGolden holds ten steps of each optimizer to PyTorch's in float32. Both round each product and sum to float32, in
// another order: the tolerance is 2·10⁻⁶ relative to values of order 1. Muon's iteration multiplies the rounding of XXᵀ in the
// directions of its smallest singular values, by up to 3.4445⁸: a step of 0.02 may be off by 10⁻³ of that, a quarter of bf16's
// rounding, and the steps add up.
func TestGolden(t *testing.T) {
	for name, make := range goldens {
		tolerance := 2e-6
		if strings.HasPrefix(name, "muon") {
			tolerance = 4e-5
		}
		t.Run(name, func(t *testing.T) { trajectory(t, name, make, tolerance) })
	}
	t.Run("gd", func(t *testing.T) {
		trajectory(t, "sgd", func(a attrs) grad.Optimizer { return &optim.GD{LR: a.LR} }, 2e-6)
	})
}

func trajectory(t *testing.T, name string, make func(attrs) grad.Optimizer, tolerance float64) {
	var f golden
	read(t, name, &f)
	if len(f.Steps) != 10 {
		t.Fatalf("%d steps", len(f.Steps))
	}
	var start []tensor.Tensor
	for _, p := range f.Params {
		start = append(start, p.tensor())
	}
	b, opt := newBench(start...), make(f.Attrs)
	for k, s := range f.Steps {
		var gs []tensor.Tensor
		for _, g := range s.Grads {
			gs = append(gs, g.tensor())
		}
		if err := b.step(opt, gs); err != nil {
			t.Fatal(err)
		}
		for i, got := range b.values() {
			for j, want := range s.Params[i].Data {
				if math.Abs(float64(got[j]-want)) > tolerance*max(1, math.Abs(float64(want))) {
					t.Fatalf("step %d, parameter %d[%d]: %v, want %v", k, i, j, got[j], want)
				}
			}
		}
	}
}
