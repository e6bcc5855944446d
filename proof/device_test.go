package proof

import (
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// descent is p ← p − rate·g for parameters anywhere: the least a device's own optimizer does.
type descent struct {
	rate float32
	dev  *optest.Device // nil: the CPU
}

func (descent) Prepare(grad.Params, *grad.Grads) error { return nil }

func (o descent) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	for _, p := range ps {
		gp, _ := g.Of(p.Param)
		w := p.Data
		if o.dev != nil {
			gp, w = o.dev.Get(gp), o.dev.Get(w)
		}
		for i, v := range f32(gp) {
			f32(w)[i] -= float32(o.rate * scale * v)
		}
		if o.dev != nil {
			buf, off := p.Data.Buffer()
			o.dev.Upload(buf, off, w.Bytes())
		}
	}
}

// TestDevice trains on a device that works later than it is called, on memory that the host can't see, and ends with the
// numbers of the CPU.
func TestDevice(t *testing.T) {
	const n, steps = 32, 20
	train := func(dev *optest.Device) [][]float32 {
		model := newNet(rng.NewSource(1), 2, 8, 1)
		ps := params(t, model)
		put := func(x tensor.Tensor) tensor.Tensor { return x }
		cfg := grad.Config{Params: ps}
		if dev != nil {
			cfg.Device, put = dev, dev.Put
			for _, p := range ps {
				p.Data = put(p.Data)
			}
		}
		grads, tape := grad.NewGrads(ps), grad.NewTape(cfg)
		var first, last float32
		for i := range steps {
			x, y := task(3, n)
			step(t, tape, grad.Train, func(s *grad.Step) error {
				l := op.MSE(model.Forward(s.Input(put(x))), s.Input(put(y)))
				s.Backward(l, grads)
				s.Update(descent{0.2, dev}, grads)
				if s.Read(l, &last); i == 0 {
					s.Read(l, &first)
				}
				return nil
			})
		}
		if !(last < first) {
			t.Errorf("loss %v after %d steps, %v at first", last, steps, first)
		}
		if dev != nil {
			for _, p := range ps {
				p.Data = dev.Get(p.Data)
			}
		}
		return weights(ps)
	}
	dev := optest.NewDevice()
	defer dev.Close()
	host, got := train(nil), train(dev)
	for i := range host {
		if d := distance(host[i], got[i]); d > 0 {
			t.Errorf("tensor %d differs by %g from the CPU's", i, d)
		}
	}
}

// TestDeviceLacksKernel: a missing kernel is an error that names op and device, not a silent copy.
func TestDeviceLacksKernel(t *testing.T) {
	dev := optest.NewDevice()
	defer dev.Close()
	dev.Missing = []string{"tanh"}
	x := dev.Put(uniform(1, 2, 2))
	err := grad.NewTape(grad.Config{Device: dev}).Eval(grad.Infer, func(s *grad.Step) error {
		op.Tanh(s.Input(x))
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "op.Tanh at device_test.go") || !strings.Contains(err.Error(), "device test has no kernel") {
		t.Errorf("error %v", err)
	}
}
