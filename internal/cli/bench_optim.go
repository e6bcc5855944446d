package cli

import (
	"fmt"
	"time"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/tensor"
)

// The sizes of Adam's rows: the reference network, which fits in a cache, and one that fits in none.
var adamRows = []struct {
	name   string
	params int
}{{"optim/adam-397510", 397510}, {"optim/adam-100M", 100_000_000}}

// adamBytes is what a parameter's update moves: p, m and v read and written, g read.
const adamBytes = 28

// gptRows are updates of the parameters of a GPT of 6 layers of width 384; bytes are those of a parameter: p and each
// moment read and written, g read. Muon computes more than it moves: its row is a time.
var gptRows = []struct {
	name  string
	bytes int
	opt   func(ps grad.Params) optim.Optimizer
}{
	{"sgd", 20, func(grad.Params) optim.Optimizer { return &optim.SGD{LR: 1e-3, Momentum: 0.9} }},
	{"adam", adamBytes, func(grad.Params) optim.Optimizer { return &optim.Adam{LR: 1e-3} }},
	{"adamw", adamBytes, func(grad.Params) optim.Optimizer { return &optim.AdamW{LR: 1e-3, WeightDecay: 0.1} }},
	{"amsgrad", 36, func(grad.Params) optim.Optimizer { return &optim.Adam{LR: 1e-3, AMSGrad: true} }},
	{"lion", 20, func(grad.Params) optim.Optimizer { return &optim.Lion{LR: 1e-4, WeightDecay: 0.1} }},
	{"rmsprop", 20, func(grad.Params) optim.Optimizer { return &optim.RMSProp{LR: 1e-3} }},
	{"adagrad", 20, func(grad.Params) optim.Optimizer { return &optim.Adagrad{LR: 1e-2} }},
	{"adadelta", 28, func(grad.Params) optim.Optimizer { return &optim.Adadelta{} }},
	{"adamax", 28, func(grad.Params) optim.Optimizer { return &optim.Adamax{LR: 1e-3} }},
	{"nadam", 28, func(grad.Params) optim.Optimizer { return &optim.NAdam{LR: 1e-3} }},
	{"radam", 28, func(grad.Params) optim.Optimizer { return &optim.RAdam{LR: 1e-3} }},
	{"schedulefree", 28, func(grad.Params) optim.Optimizer { return &optim.ScheduleFree{LR: 1e-3} }},
	{"lamb", 28, func(grad.Params) optim.Optimizer { return &optim.LAMB{LR: 1e-3, WeightDecay: 0.1} }},
	{"adafactor", 0, func(grad.Params) optim.Optimizer { return &optim.Adafactor{} }},
	{"muon", 0, muonOfBlocks},
}

// muonOfBlocks leaves the embeddings to AdamW, as its reference does.
func muonOfBlocks(ps grad.Params) optim.Optimizer {
	embedding := func(p grad.Named) bool { return p.Name == "wte" || p.Name == "wpe" }
	return optim.Groups{
		{Params: ps.Filter(embedding), Opt: &optim.AdamW{LR: 1e-3}},
		{Params: ps.Filter(func(p grad.Named) bool { return !embedding(p) }), Opt: &optim.Muon{LR: 0.02, WeightDecay: 0.1, Other: &optim.AdamW{LR: 1e-3}}},
	}
}

// gptParams are a GPT's of 6 layers of width 384, 65 characters and 256 positions, the head tied.
func gptParams() grad.Params {
	var ps grad.Params
	add := func(name string, shape ...int) {
		w := tensor.New(tensor.F32, shape...)
		for i := range tensor.Of[float32](w) {
			tensor.Of[float32](w)[i] = float32(i%113)/5600 - 0.01
		}
		ps = append(ps, grad.Named{Name: name, Param: grad.NewParam(name, w)})
	}
	const width = 384
	add("wte", 65, width)
	add("wpe", 256, width)
	norm := func(name string) {
		add(name+".weight", width)
		add(name+".bias", width)
	}
	for i := range 6 {
		block := fmt.Sprintf("h.%d.", i)
		norm(block + "ln_1")
		add(block+"attn.c_attn", 3*width, width)
		add(block+"attn.c_proj", width, width)
		norm(block + "ln_2")
		add(block+"mlp.c_fc", 4*width, width)
		add(block+"mlp.c_proj", width, 4*width)
	}
	norm("ln_f")
	return ps
}

func (b *bench) optim() error {
	for _, r := range adamRows {
		if !b.wants(r.name) {
			continue
		}
		if need := int64(r.params) * 20; need > model.MemoryLimit() {
			b.show.line("%s is left out: it needs %s of memory", r.name, bytesText(int(need)))
			continue
		}
		ps := grad.Params{{Name: "w", Param: grad.NewParam("w", tensor.New(tensor.F32, r.params))}}
		threads := threadCounts()
		if err := b.update(r.name, threads[len(threads)-1], adamBytes, ps, &optim.Adam{LR: 1e-3}); err != nil {
			return err
		}
	}
	for _, t := range threadCounts() {
		for _, r := range gptRows {
			name := fmt.Sprintf("optim/%s-gpt-6l-384/%d", r.name, t)
			if !b.wants(name) {
				continue
			}
			var err error
			ps := gptParams()
			onThreads(t, func() { err = b.update(name, t, r.bytes, ps, r.opt(ps)) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// update measures a row: one update through Step.Update.
func (b *bench) update(name string, threads, bytes int, ps grad.Params, opt grad.Optimizer) error {
	d, err := updateTime(ps, opt)
	if err != nil {
		return err
	}
	n := ps.Numel()
	if bytes == 0 {
		b.add(measured{Name: name, Value: 1e3 * d.Seconds(), Unit: "ms", Note: "through Step.Update"})
		return nil
	}
	rate := float64(bytes) * float64(n) / d.Seconds()
	row := measured{Name: name, Value: rate / 1e9, Unit: "GB/s", Bytes: bytes * n, Note: fmt.Sprintf("%.3g ms a step, through Step.Update", 1e3*d.Seconds())}
	if n > 10_000_000 { // in memory, not in a cache
		row.OfPeak = ofLimit(rate, b.bandwidth(threads))
	}
	b.add(row)
	return nil
}

// updateTime is the median time from the end of a step's function to the step's own: its commit, which is the update.
func updateTime(ps grad.Params, opt grad.Optimizer) (time.Duration, error) {
	grads, tape := grad.NewGrads(ps), grad.NewTape(grad.Config{Params: ps})
	var samples []time.Duration
	for i := range 12 {
		var begun time.Time
		err := tape.Step(grad.Train, func(s *grad.Step) error {
			for _, p := range ps {
				s.Backward(op.Sum(s.Use(p.Param)), grads)
			}
			s.Update(opt, grads)
			begun = time.Now()
			return nil
		})
		if err != nil {
			return 0, err
		}
		if i > 2 { // the first ones touch new memory
			samples = append(samples, time.Since(begun))
		}
	}
	return median(samples), nil
}
