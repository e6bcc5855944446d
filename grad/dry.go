package grad

import "github.com/ingot-ml/ingot/tensor"

// Dry is a device that has no memory and computes nothing. A step on a tape of it goes through the motions: shapes are inferred,
// misuse is found and memory is counted, in next to no time, and [Tape.HighWater] tells what the step takes on the CPU, or
// somewhat more: a kernel may need no memory while it runs, or hand on its gradient in place. Parameters may stay where they are.
//
//	var dry grad.Dry
//	tape := grad.NewTape(grad.Config{Device: dry})
//	err := tape.Eval(grad.Infer, func(s *grad.Step) error {
//		model.Forward(s.Input(dry.New(tensor.F32, 1000, 784)))
//		return nil
//	})
type Dry struct{}

var _ Device = Dry{}

// Name returns "dry".
func (Dry) Name() string { return "dry" }

// NewBuffer returns a buffer without memory.
func (d Dry) NewBuffer(bytes int) *tensor.Buffer { return tensor.DeviceBuffer(d, nil, bytes) }

// New returns a tensor without memory.
func (d Dry) New(dtype tensor.DType, shape ...int) tensor.Tensor {
	return tensor.Wrap(d.NewBuffer(tensor.CheckedNumel(shape)*dtype.Size()), 0, dtype, shape...)
}

// NewGrads returns gradients without memory for parameters that have some.
func (d Dry) NewGrads(ps Params) *Grads { return newGrads(ps, d) }

// Upload does nothing.
func (Dry) Upload(*tensor.Buffer, int, []byte) {}

// Download gives zeros.
func (Dry) Download(dst []byte, _ *tensor.Buffer, _ int) { clear(dst) }

// Sync does nothing.
func (Dry) Sync() {}

// Kernel returns what every op does here: backward it takes the memory of its gradients and, as most do, as much as its results
// have to work in.
func (Dry) Kernel(_ string, backward bool) func(*Call) {
	if !backward {
		return func(*Call) {}
	}
	return func(c *Call) {
		c.settleGrads()
		for i := range int(c.n.out.n) {
			x := c.Out(i)
			c.Scratch(x.DType(), x.Dims()...)
		}
	}
}
