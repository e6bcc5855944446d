package optim_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// averaging is an optimizer that has averaged weights.
type averaging interface {
	grad.Optimizer
	Averaged(ps grad.Params, fn func() error) error
}

// TestAveraged: weights that go 0, −1, −2, −3, −4 by steps of SGD have the averages computed here by hand, and keep their bits
// through a look at them.
func TestAveraged(t *testing.T) {
	sgd := func() optim.Optimizer { return &optim.SGD{LR: 1} }
	for _, c := range []struct {
		name string
		opt  averaging
		want float64
	}{
		{"EMA", &optim.EMA{Decay: 0.5, Opt: sgd()}, -(((1*0.5+2*0.5)*0.5+3*0.5)*0.5 + 4*0.5)},
		{"SWA", &optim.SWA{Opt: sgd()}, -(1 + 2 + 3 + 4) / 4.0},
		{"SWA later", &optim.SWA{From: 1, Every: 2, Opt: sgd()}, -(2 + 4) / 2.0},
		{"SWA not yet", &optim.SWA{From: 4, Opt: sgd()}, -4},
	} {
		for _, d := range []tensor.DType{tensor.F32, tensor.BF16} {
			b := newBench(tensor.New(d, 1))
			for range 4 {
				if err := b.step(c.opt, []tensor.Tensor{tensor.From([]float32{1})}); err != nil {
					t.Fatal(err)
				}
			}
			before, failure := slices.Clone(b.ps[0].Data.Bytes()), errors.New("evaluation failed")
			got := 0.0
			err := c.opt.Averaged(b.ps, func() error {
				if d == tensor.F32 {
					got = float64(tensor.Of[float32](b.ps[0].Data)[0])
				} else {
					got = float64(math.Float32frombits(uint32(tensor.Of[uint16](b.ps[0].Data)[0]) << 16))
				}
				return failure
			})
			if !errors.Is(err, failure) {
				t.Errorf("%s: error %v, want the function's", c.name, err)
			}
			if math.Abs(got-c.want) > 1e-6 {
				t.Errorf("%s %s: %v, want %v", c.name, d, got, c.want)
			}
			if !slices.Equal(before, b.ps[0].Data.Bytes()) {
				t.Errorf("%s %s: the weights' bits changed", c.name, d)
			}
			if d == tensor.F32 { // a new optimizer for the other dtype
				switch o := c.opt.(type) {
				case *optim.EMA:
					c.opt = &optim.EMA{Decay: o.Decay, Opt: sgd()}
				case *optim.SWA:
					c.opt = &optim.SWA{From: o.From, Every: o.Every, Opt: sgd()}
				}
			}
		}
	}
}

// TestAveragesGolden holds the averages after each of ten steps to those of PyTorch's AveragedModel.
func TestAveragesGolden(t *testing.T) {
	for name, opt := range map[string]averaging{
		"ema": &optim.EMA{Decay: 0.9, Opt: &optim.SGD{LR: 0.1}},
		"swa": &optim.SWA{Opt: &optim.SGD{LR: 0.1}},
	} {
		var f golden
		read(t, name, &f)
		b := newBench(f.Params[0].tensor(), f.Params[1].tensor())
		for k, s := range f.Steps {
			if err := b.step(opt, []tensor.Tensor{s.Grads[0].tensor(), s.Grads[1].tensor()}); err != nil {
				t.Fatal(err)
			}
			if err := opt.Averaged(b.ps, func() error {
				for i, got := range b.values() {
					for j, want := range s.Params[i].Data {
						if math.Abs(float64(got[j]-want)) > 2e-6 {
							t.Errorf("%s: step %d, parameter %d[%d]: %v, want %v", name, k, i, j, got[j], want)
						}
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestScheduleFreeAverage: with a gradient of 1, ε 0 and no decay, z goes −1, −2, −3, −4 and x is their mean.
func TestScheduleFreeAverage(t *testing.T) {
	b, opt := newBench(tensor.New(tensor.F32, 1)), &optim.ScheduleFree{LR: 1}
	for range 4 {
		if err := b.step(opt, []tensor.Tensor{tensor.From([]float32{1})}); err != nil {
			t.Fatal(err)
		}
	}
	if err := opt.Averaged(b.ps, func() error {
		if got := b.values()[0][0]; math.Abs(float64(got)+2.5) > 1e-5 {
			t.Errorf("x is %v, want -2.5", got)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got, want := float64(b.values()[0][0]), -(0.1*4 + 0.9*2.5); math.Abs(got-want) > 1e-5 {
		t.Errorf("y is %v, want %v", got, want)
	}
}

// TestOwnGroupOnly: what changes gradients changes those of its own group; the other's step is plain SGD's.
func TestOwnGroupOnly(t *testing.T) {
	for name, opt := range map[string]optim.Optimizer{
		"ClipNorm":  &optim.ClipNorm{Max: 0.5, Opt: &optim.SGD{LR: 1}},
		"ClipValue": &optim.ClipValue{Max: 0.5, Opt: &optim.SGD{LR: 1}},
		"Noise":     &optim.Noise{Eta: 1, Opt: &optim.SGD{LR: 1}},
	} {
		b := newBench(tensor.From([]float32{1}), tensor.From([]float32{1}))
		gs := optim.Groups{{Params: b.ps[:1], Opt: opt}, {Params: b.ps[1:], Opt: &optim.SGD{LR: 1}}}
		if err := b.step(gs, []tensor.Tensor{tensor.From([]float32{8}), tensor.From([]float32{8})}); err != nil {
			t.Fatal(name, err)
		}
		if p := b.values(); p[1][0] != 1-8 || p[0][0] == 1-8 {
			t.Errorf("%s: parameters are %v; the first's step is to be changed, and the second's 8", name, p)
		}
	}
}

// TestNoise: over 40,000 elements the noise of update t has mean 0 and variance Eta/(1+t)^Gamma, within 5 standard errors.
func TestNoise(t *testing.T) {
	const n = 40_000
	b := newBench(tensor.New(tensor.F32, n))
	opt := &optim.Noise{Eta: 0.3, Gamma: 1, Stream: rng.Stream{Seed: 3}, Opt: &optim.SGD{LR: 1}}
	last := make([]float32, n)
	for k := range 3 {
		if err := b.step(opt, []tensor.Tensor{tensor.New(tensor.F32, n)}); err != nil {
			t.Fatal(err)
		}
		sum, squares := 0.0, 0.0
		for i, p := range b.values()[0] {
			d := float64(p - last[i])
			sum, squares = sum+d, squares+d*d
		}
		copy(last, b.values()[0])
		want := 0.3 / float64(1+k)
		if mean := sum / n; math.Abs(mean) > 5*math.Sqrt(want/n) {
			t.Errorf("update %d: mean %v", k, mean)
		}
		if got := squares / n; math.Abs(got-want) > 5*want*math.Sqrt(2.0/n) {
			t.Errorf("update %d: variance %v, want %v", k, got, want)
		}
	}
}
