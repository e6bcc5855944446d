package train

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
)

// cut settles into how many micro-batches each batch is cut: Accumulate times Shards.
func (f *fit) cut(params grad.Params, state int) {
	f.Shards = f.shards(params, state)
	f.result.Shards, f.pace = f.Shards, newPace(f.Shards)
	f.step = f.body
	if n := max(f.Accumulate, 1) * f.Shards; n > 1 {
		f.step, f.micro, f.parts = f.accumulate, f.microBatch, make([]float32, n)
	}
}

// accumulate is one step, cut into micro-batches.
func (f *fit) accumulate(s *grad.Step) error {
	if err := s.Shards(f.micros(), f.pace.goroutines(), f.micro); err != nil {
		return err
	}
	s.Update(f.Optimizer, f.grads)
	return nil
}

// micros is how many micro-batches the batch has: each has a row at least.
func (f *fit) micros() int { return min(len(f.parts), f.batch.X.Dim(0)) }

// microBatch is micro-batch i. Losses are means over rows: each counts by its share of them.
func (f *fit) microBatch(i int, s *grad.Step) error {
	rows, n := f.batch.X.Dim(0), f.micros()
	from, to := rows*i/n, rows*(i+1)/n
	x, y := f.batch.X.Slice(0, from, to, 1), f.batch.Y.Slice(0, from, to, 1)
	l := f.Loss(f.Model.Forward(s.Input(x)), s.Input(y))
	l = op.Mul(l, s.Scalar(float64(to-from)/float64(rows)))
	s.Backward(l, f.grads)
	s.Read(l, &f.parts[i])
	return nil
}

// total is the loss of the step before.
func (f *fit) total() float32 {
	if len(f.parts) == 0 {
		return f.value
	}
	sum := float32(0)
	for _, x := range f.parts[:f.micros()] {
		sum += x
	}
	return sum
}
