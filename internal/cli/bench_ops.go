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

// opRows are single ops on x [4096 1024]; streams is how many times as many bytes as x's are read and written.
var opRows = []struct {
	name    string
	streams int
	run     func(x, y grad.Value) grad.Value
}{
	{"add", 3, op.Add},
	{"mul", 3, op.Mul},
	{"relu", 2, func(x, _ grad.Value) grad.Value { return op.ReLU(x) }},
	{"exp", 2, func(x, _ grad.Value) grad.Value { return op.Exp(x) }},
	{"sigmoid", 2, func(x, _ grad.Value) grad.Value { return op.Sigmoid(x) }},
	{"tanh", 2, func(x, _ grad.Value) grad.Value { return op.Tanh(x) }},
	{"softmax", 2, func(x, _ grad.Value) grad.Value { return op.Softmax(x, -1) }},
	{"sum", 1, func(x, _ grad.Value) grad.Value { return op.Sum(x) }},
}

func (b *bench) ops() error {
	const rows, cols = 4096, 1024
	values := make([]float32, rows*cols)
	for i := range values {
		values[i] = float32(i%113)/56 - 1
	}
	x := tensor.From(values, rows, cols)
	tape := grad.NewTape(grad.Config{})
	for _, o := range opRows {
		name := "ops/" + o.name
		if !b.wants(name) {
			continue
		}
		var failed error
		d := timed(func() {
			err := tape.Eval(grad.Infer, func(s *grad.Step) error {
				v := s.Input(x)
				o.run(v, v)
				return nil
			})
			if err != nil {
				failed = err
			}
		})
		if failed != nil {
			return fmt.Errorf("%s: %w", name, failed)
		}
		bytes := 4 * rows * cols * o.streams
		rate := float64(bytes) / d.Seconds()
		threads := threadCounts()
		b.add(measured{Name: name, Value: rate / 1e9, Unit: "GB/s", OfPeak: ofLimit(rate, b.bandwidth(threads[len(threads)-1])), Bytes: bytes})
	}
	return nil
}

// The sizes of the optimizer's rows: the reference network, which fits in a cache, and one that fits in none.
var adamRows = []struct {
	name   string
	params int
}{{"optim/adam-397510", 397510}, {"optim/adam-100M", 100_000_000}}

// adamBytes is what a parameter's update moves: p, m and v read and written, g read.
const adamBytes = 28

func (b *bench) optim() error {
	for _, r := range adamRows {
		if !b.wants(r.name) {
			continue
		}
		if need := int64(r.params) * 20; need > model.MemoryLimit() {
			b.show.line("%s is left out: it needs %s of memory", r.name, bytesText(int(need)))
			continue
		}
		d, err := adamStep(r.params)
		if err != nil {
			return err
		}
		rate := adamBytes * float64(r.params) / d.Seconds()
		row := measured{Name: r.name, Value: rate / 1e9, Unit: "GB/s", Bytes: adamBytes * r.params, Note: fmt.Sprintf("%.3g ms a step, through Step.Update", 1e3*d.Seconds())}
		if r.params > 10_000_000 { // in memory, not in a cache
			threads := threadCounts()
			row.OfPeak = ofLimit(rate, b.bandwidth(threads[len(threads)-1]))
		}
		b.add(row)
	}
	return nil
}

// adamStep is the median time from the end of a step's function to the step's own: its commit, which is the update.
func adamStep(n int) (time.Duration, error) {
	p := grad.NewParam("w", tensor.New(tensor.F32, n))
	params := grad.Params{{Name: "w", Param: p}}
	grads, opt := grad.NewGrads(params), &optim.Adam{LR: 1e-3}
	tape := grad.NewTape(grad.Config{Params: params})
	var samples []time.Duration
	for i := range 12 {
		var begun time.Time
		err := tape.Step(grad.Train, func(s *grad.Step) error {
			s.Backward(op.Sum(s.Use(p)), grads)
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
