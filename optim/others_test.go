package optim_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// others are more optimizers for which saving, workers and allocations are tested.
var others = map[string]func(grad.Params) optim.Optimizer{
	"amsgrad":       func(grad.Params) optim.Optimizer { return &optim.Adam{LR: 0.1, AMSGrad: true} },
	"rmsprop":       func(grad.Params) optim.Optimizer { return &optim.RMSProp{LR: 0.1, Centered: true, Momentum: 0.9} },
	"adagrad":       func(grad.Params) optim.Optimizer { return &optim.Adagrad{LR: 0.1} },
	"adadelta":      func(grad.Params) optim.Optimizer { return &optim.Adadelta{} },
	"adamax":        func(grad.Params) optim.Optimizer { return &optim.Adamax{LR: 0.1} },
	"nadam":         func(grad.Params) optim.Optimizer { return &optim.NAdam{LR: 0.1, WeightDecay: 0.1, Decoupled: true} },
	"radam":         func(grad.Params) optim.Optimizer { return &optim.RAdam{LR: 0.1} },
	"lamb":          func(grad.Params) optim.Optimizer { return &optim.LAMB{LR: 0.01, WeightDecay: 0.1} },
	"schedule free": func(grad.Params) optim.Optimizer { return &optim.ScheduleFree{LR: 0.01, Warmup: 4} },
	"adafactor":     func(grad.Params) optim.Optimizer { return &optim.Adafactor{} },
	"clip value":    func(grad.Params) optim.Optimizer { return &optim.ClipValue{Max: 0.5, Opt: &optim.Adam{LR: 0.1}} },
	"noise": func(grad.Params) optim.Optimizer {
		return &optim.Noise{Eta: 0.3, Stream: rng.Stream{Seed: 5}, Opt: &optim.SGD{LR: 0.1}}
	},
	"ema": func(grad.Params) optim.Optimizer { return &optim.EMA{Decay: 0.9, Opt: &optim.Adam{LR: 0.1}} },
	"swa": func(grad.Params) optim.Optimizer { return &optim.SWA{From: 1, Every: 2, Opt: &optim.Adam{LR: 0.1}} },
	"muon": func(grad.Params) optim.Optimizer {
		return &optim.Muon{LR: 0.02, WeightDecay: 0.1, Other: &optim.AdamW{LR: 0.01}}
	},
	"lion": func(grad.Params) optim.Optimizer { return &optim.Lion{LR: 0.01, WeightDecay: 0.1} },
	"layer wise": func(ps grad.Params) optim.Optimizer {
		gs, err := optim.LayerWise(ps, 0.5, func(p grad.Named) int { return p.Data.Rank() }, func(_ grad.Params, scale float64) optim.Optimizer {
			return &optim.Adam{LR: 0.1 * scale}
		})
		if err != nil {
			panic(err)
		}
		return gs
	},
}

// TestOneStepMore holds one step of each optimizer to a computation by hand from p = 1, g = 0.5.
func TestOneStepMore(t *testing.T) {
	for _, c := range []struct {
		name string
		opt  grad.Optimizer
		want float64
	}{
		{"AMSGrad", &optim.Adam{LR: 0.1, Eps: 0.5, AMSGrad: true}, 1 - 0.1*0.5/(0.5+0.5)},
		// v = 0.25·0.5².
		{"RMSProp", &optim.RMSProp{LR: 0.1, Alpha: 0.75, Eps: 0.25}, 1 - 0.1*0.5/(0.25+0.25)},
		// v − a² = 0.5·0.25 − (0.5·0.5)² = 0.0625.
		{"RMSProp centred", &optim.RMSProp{LR: 0.1, Alpha: 0.5, Eps: 0.25, Centered: true, Momentum: 0.9}, 1 - 0.1*0.5/(0.25+0.25)},
		{"Adagrad", &optim.Adagrad{LR: 0.1, Eps: 0.5, WeightDecay: 0.5}, 1 - 0.1*1/(1+0.5)},
		// v = 0.25·0.5² and d = 0.5·√0.01/√(0.0625 + 0.01).
		{"Adadelta", &optim.Adadelta{Rho: 0.75, Eps: 0.01}, 1 - 0.5*0.1/math.Sqrt(0.0725)},
		// m/(1−β₁) = g, u = |g| + ε.
		{"Adamax", &optim.Adamax{LR: 0.1, Eps: 0.5}, 1 - 0.1*0.5/(0.5+0.5)},
		// μ₁ = 0.9·(1 − ½·0.96^ψ), μ₂ = 0.9·(1 − ½·0.96^2ψ); m = 0.05, √(v/(1−β₂)) = 0.5; π₁ = μ₁.
		{"NAdam", &optim.NAdam{LR: 0.1, Eps: 0.5, MomentumDecay: 0.5}, nadamByHand()},
		// ρ of the first step is 1: plain momentum, whose correction gives g back.
		{"RAdam", &optim.RAdam{LR: 0.1, WeightDecay: 0.5, Decoupled: true}, 1 - 0.1*0.5 - 0.1*0.5},
		// A row of one has XXᵀ = 1, whatever g: x ← x·(a + b·x² + c·x⁴), five times from 1.
		{"Muon", &optim.Muon{LR: 0.1, WeightDecay: 0.5}, 1 - 0.1*(0.5+muonByHand())},
		// u = 0.5/(0.5+0.5) + 0.5·1 is as long as p.
		{"LAMB", &optim.LAMB{LR: 0.1, Eps: 0.5, WeightDecay: 0.5}, 1 - 0.1},
		// Its first average is z alone, so y = z.
		{"ScheduleFree", &optim.ScheduleFree{LR: 0.1, Eps: 0.5, WeightDecay: 0.5}, 1 - 0.1*(0.5/(0.5+0.5)+0.5)},
		// One element is its row's and its column's mean: u = 1.
		{"Adafactor", &optim.Adafactor{LR: 0.1, WeightDecay: 0.5}, 1 - 0.1*0.5 - 0.1},
		{"Adafactor clipped", &optim.Adafactor{LR: 0.1, Clip: 0.5}, 1 - 0.1*0.5},
		{"ClipValue", &optim.ClipValue{Max: 0.2, Opt: &optim.SGD{LR: 0.1}}, 1 - 0.1*0.2},
		{"Lion", &optim.Lion{LR: 0.1, WeightDecay: 0.5}, 1 - 0.1*(1+0.5)},
	} {
		b := newBench(tensor.From([]float32{1}, 1, 1))
		if err := b.step(c.opt, []tensor.Tensor{tensor.From([]float32{0.5}, 1, 1)}); err != nil {
			t.Fatal(c.name, err)
		}
		if got := b.values()[0][0]; math.Abs(float64(got)-c.want) > 1e-6 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func nadamByHand() float64 {
	mu1, mu2 := 0.9*(1-0.5*math.Sqrt(0.96)), 0.9*(1-0.5*0.96)
	return 1 - 0.1*(0.5+mu2/(1-mu1*mu2)*0.05)/(0.5+0.5) // (1 − μ₁)/(1 − π₁) is 1
}

func muonByHand() float64 {
	x := 1.0
	for range 5 {
		x *= 3.4445 - 4.7750*x*x + 2.0315*x*x*x*x
	}
	return x
}

func TestSettingsRefused(t *testing.T) {
	g := []tensor.Tensor{tensor.From([]float32{1})}
	for want, opt := range map[string]grad.Optimizer{
		"RMSProp: LR is 0":            &optim.RMSProp{},
		"RMSProp: Alpha is 1":         &optim.RMSProp{LR: 1, Alpha: 1},
		"RMSProp: Momentum is -1":     &optim.RMSProp{LR: 1, Momentum: -1},
		"RMSProp: Eps is -1":          &optim.RMSProp{LR: 1, Eps: -1},
		"Adagrad: LR is -1":           &optim.Adagrad{LR: -1},
		"Adagrad: Eps is NaN":         &optim.Adagrad{LR: 1, Eps: math.NaN()},
		"Adadelta: LR is -1":          &optim.Adadelta{LR: -1},
		"Adadelta: Rho is 2":          &optim.Adadelta{Rho: 2},
		"Adamax: Betas[0] is -1":      &optim.Adamax{LR: 1, Betas: [2]float64{-1, 0.9}},
		"NAdam: MomentumDecay is 1":   &optim.NAdam{LR: 1, MomentumDecay: 1},
		"NAdam: WeightDecay is -1":    &optim.NAdam{LR: 1, WeightDecay: -1},
		"RAdam: Betas[1] is 1":        &optim.RAdam{LR: 1, Betas: [2]float64{0.9, 1}},
		"Muon: Momentum is 1":         &optim.Muon{LR: 1, Momentum: 1},
		"Muon: Other is nil":          &optim.Muon{LR: 1},
		"LAMB: LR is NaN":             &optim.LAMB{LR: math.NaN()},
		"ScheduleFree: Betas[0] is 0": &optim.ScheduleFree{LR: 1, Betas: [2]float64{0, 0.9}},
		"ScheduleFree: Warmup is -1":  &optim.ScheduleFree{LR: 1, Warmup: -1},
		"Adafactor: Decay is 1":       &optim.Adafactor{Decay: 1},
		"Adafactor: Clip is -1":       &optim.Adafactor{Clip: -1},
		"ClipValue: Max is 0":         &optim.ClipValue{Opt: &optim.SGD{LR: 1}},
		"ClipValue: Opt is nil":       &optim.ClipValue{Max: 1},
		"Noise: Eta is 0":             &optim.Noise{Opt: &optim.SGD{LR: 1}},
		"Noise: Gamma is -1":          &optim.Noise{Eta: 1, Gamma: -1},
		"Noise: Opt is nil":           &optim.Noise{Eta: 1},
		"EMA: Decay is 1":             &optim.EMA{Decay: 1, Opt: &optim.SGD{LR: 1}},
		"EMA: Opt is nil":             &optim.EMA{},
		"SWA: From is -1":             &optim.SWA{From: -1, Opt: &optim.SGD{LR: 1}},
		"SWA: Opt is nil":             &optim.SWA{},
		"Lion: LR is +Inf":            &optim.Lion{LR: math.Inf(1)},
	} {
		b := newBench(g...)
		if err := b.step(opt, g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		if b.values()[0][0] != 1 {
			t.Errorf("%s: the parameter changed", want)
		}
	}
}

// TestNAdamSlowBeta: with a β₁ next to 1, the product of all μ that matter has a thousand million factors; only those of the steps
// made are multiplied. With g = 1, m next to 0 and v/(1 − β₂ᵗ) = 1, the steps are η and η·(1 − μ₂)/(1 − μ₁·μ₂), where μₜ is
// 1 − ½·0.96^(t·0.004): 0.500082 and 0.500163.
func TestNAdamSlowBeta(t *testing.T) {
	b := newBench(tensor.From([]float32{0}))
	opt := &optim.NAdam{LR: 0.5, Betas: [2]float64{1 - 1e-9, 0.999}}
	for range 2 {
		if err := b.step(opt, []tensor.Tensor{tensor.From([]float32{1})}); err != nil {
			t.Fatal(err)
		}
	}
	const want = -0.5 * (1 + (1-0.500163)/(1-0.500082*0.500163))
	if x := tensor.Of[float32](b.ps[0].Data)[0]; math.Abs(float64(x)-want) > 1e-5 {
		t.Errorf("two steps come to %v, want %v", x, want)
	}
}
