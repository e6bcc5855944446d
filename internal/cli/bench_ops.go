package cli

import (
	"fmt"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
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
	{"gelu", 2, func(x, _ grad.Value) grad.Value { return op.GELU(x) }},
	{"silu", 2, func(x, _ grad.Value) grad.Value { return op.SiLU(x) }},
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
