package cli

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// The reference job: 784-500-10, batch 64, Adam, 60,000 rows. An epoch is 938 steps and epochFLOPs multiplications and
// additions: the forward pass, both weights' gradients and the hidden layer's.
const (
	referenceBatch = 64
	referenceRows  = 60000
	epochFLOPs     = 2 * referenceRows * (2*784*500 + 3*500*10)
)

func (b *bench) nets() error {
	if err := b.gpts(); err != nil {
		return err
	}
	if err := b.lstm(); err != nil {
		return err
	}
	const step, epoch = "step/mlp-784-500-10", "epoch/reference"
	if !b.wants(step) && !b.wants(epoch) {
		return nil
	}
	rows, note := b.referenceData()
	peak := b.allPeak()
	if b.wants(step) {
		if err := b.mlpRows(step, rows); err != nil {
			return err
		}
	}
	if b.wants(epoch) {
		d, err := b.epoch(rows)
		if err != nil {
			return err
		}
		b.add(measured{Name: epoch, Value: d.Seconds(), Unit: "s", OfPeak: ofLimit(epochFLOPs/d.Seconds(), peak), Note: note})
	}
	return nil
}

// referenceData is Fashion-MNIST where it is on this machine, and noise of the same shape elsewhere.
func (b *bench) referenceData() (*data.Dataset, string) {
	if set, err := dataset.Open(b.ctx, "fashion-mnist", dataset.Options{Offline: true}); err == nil {
		return set.Train, "on Fashion-MNIST"
	}
	x, y := tensor.New(tensor.U8, referenceRows, 784), tensor.New(tensor.I32, referenceRows)
	noise := rng.Stream{Seed: 1}
	for i, bytes := 0, tensor.Of[uint8](x); i < len(bytes); i += 4 {
		for k, u := range noise.At(uint64(i)) {
			bytes[i+k] = uint8(u >> 24)
		}
	}
	for i, labels := 0, tensor.Of[int32](y); i < len(labels); i++ {
		labels[i] = int32(i % 10)
	}
	return &data.Dataset{
		X: x, Y: y, Input: data.Input{Kind: "image", Height: 28, Width: 28, Channels: 1, Scale: 1. / 255},
		Classes: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
	}, "on noise of Fashion-MNIST's shape: `ingot data get fashion-mnist` brings the images"
}

func referenceModel() (model.Model, error) {
	config, err := json.Marshal(model.MLPConfig{In: 784, Hidden: []int{500}, Out: 10, Activation: "relu"})
	if err != nil {
		return nil, err
	}
	return model.New(rng.NewSource(1), "mlp", config)
}

// allPeak is the multiply-add peak of all threads.
func (b *bench) allPeak() float64 {
	threads := threadCounts()
	return b.peak(threads[len(threads)-1])
}

// mlpRows measures a step of the reference network on the first rows.
func (b *bench) mlpRows(name string, rows *data.Dataset) error {
	net, err := referenceModel()
	if err != nil {
		return err
	}
	batch := data.Batch{X: tensor.New(tensor.F32, referenceBatch, 784), Y: tensor.New(tensor.I32, referenceBatch)}
	first := make([]int, referenceBatch)
	for i := range first {
		first[i] = i
	}
	if err := rows.Gather(batch.X, batch.Y, first); err != nil {
		return err
	}
	return b.stepRows(name, net, batch, epochFLOPs*referenceBatch/float64(referenceRows), func() grad.Optimizer { return &optim.Adam{LR: 1e-6} })
}

// stepRows measures one step, and then where its time goes, op by op.
func (b *bench) stepRows(name string, net model.Model, batch data.Batch, flops float64, opt func() grad.Optimizer) error {
	plain, _, err := steps(net, batch, opt(), false)
	if err != nil {
		return err
	}
	b.add(measured{Name: name, Value: 1e3 * plain.median.Seconds(), Unit: "ms", OfPeak: ofLimit(flops/plain.median.Seconds(), b.allPeak()), Bytes: plain.arena})
	profiled, stats, err := steps(net, batch, opt(), true)
	if err != nil {
		return err
	}
	add := func(what string, total time.Duration, bytes int) {
		if total > 0 {
			b.add(measured{Name: name + "/" + what, Value: 1e6 * total.Seconds() / float64(profiled.count), Unit: "us", Bytes: bytes})
		}
	}
	for _, s := range stats {
		add(s.Op+"/forward", s.Forward, s.Bytes/profiled.count)
		add(s.Op+"/backward", s.Backward, 0)
	}
	add("update", profiled.commits, adamBytes*profiled.params)
	return nil
}

// stepTimes is what steps measured.
type stepTimes struct {
	median  time.Duration
	count   int           // of steps in all
	commits time.Duration // of all steps: from the end of the step's function to the step's own
	params  int
	arena   int // bytes of memory that a step takes beside parameters and gradients
}

// steps trains on one batch again and again.
func steps(net model.Model, batch data.Batch, opt grad.Optimizer, profile bool) (t stepTimes, stats []grad.OpStat, err error) {
	params, err := nn.Params(net)
	if err != nil {
		return t, nil, err
	}
	t.params = params.Numel()
	tape := grad.NewTape(grad.Config{Params: params, Profile: profile})
	grads := grad.NewGrads(params)
	var committing time.Time
	body := func(s *grad.Step) error {
		l := task.Loss(net.Forward(s.Input(batch.X)), s.Input(batch.Y))
		s.Backward(l, grads)
		s.Update(opt, grads)
		committing = time.Now()
		return nil
	}
	t.median = timed(func() {
		if e := tape.Step(grad.Train, body); e != nil {
			err = e
		}
		t.commits += time.Since(committing)
		t.count++
	})
	t.arena = tape.HighWater()
	return t, tape.Stats(), err
}

// epoch is the median time of an epoch, after a first one.
func (b *bench) epoch(rows *data.Dataset) (time.Duration, error) {
	net, err := referenceModel()
	if err != nil {
		return 0, err
	}
	var ends []time.Duration
	_, err = train.Fit(b.ctx, train.Config{
		Model: net, Loss: task.Loss, Optimizer: &optim.Adam{LR: 1e-3}, Epochs: 4,
		Loader: &data.Loader{Data: rows, Batch: referenceBatch, Shuffle: true, Seed: 1},
		Hooks:  train.Hooks{Epoch: func(e train.Epoch) { ends = append(ends, e.Elapsed) }},
	})
	if err != nil {
		return 0, err
	}
	for i := len(ends) - 1; i > 0; i-- {
		ends[i] -= ends[i-1]
	}
	return median(ends[1:]), context.Cause(b.ctx)
}
