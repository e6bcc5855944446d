package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

type dropoutAttrs struct{ P float32 }

// Dropout sets each element to 0 with probability p and multiplies the others by 1/(1−p), so that the expected value stays;
// outside grad.Train it gives x as it is.
//
//	dx = g/(1−p) where x was kept, 0 elsewhere
//
// Shapes: any → same; 0 ≤ p < 1. Saved: which were kept. Element e is kept where word e of the call's random stream, as a
// number in [0, 1), is at least p: the seed, the step and the call say which, whatever the number of workers.
// Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15 ("inverted").
func Dropout(x grad.Value, p float64) grad.Value {
	if !(p >= 0 && p < 1) {
		panic(tensor.Errorf("op.Dropout with p = %v: at least 0 and below 1 wanted", p))
	}
	return dropout.Apply(dropoutAttrs{float32(p)}, x)
}

var dropout = grad.Def[dropoutAttrs]{
	Name: "dropout", Args: "x",
	Infer: func(a *dropoutAttrs, c *grad.Call) {
		wantF32(c, 0, 1)
		x := c.In(0)
		if !drops(a, c) {
			c.OutputView(x)
			return
		}
		c.OutputLike(x)
		c.Save(tensor.U8, x.Numel())
	},
	Forward: func(a *dropoutAttrs, c *grad.Call) {
		if drops(a, c) {
			mask := tensor.Of[uint8](c.Saved(0))
			drawMask(mask, c.Rand(), a.P)
			vec.Dropout(out(c, 0), in(c, 0), mask, 1/(1-a.P), false)
		}
	},
	Backward: func(a *dropoutAttrs, c *grad.Call) {
		if !drops(a, c) {
			hand(c, 0)
			return
		}
		g := gradOut(c, 0)
		gx, add := gradIn(c, 0)
		vec.Dropout(gx, g, tensor.Of[uint8](c.Saved(0)), 1/(1-a.P), add)
	},
}

func drops(a *dropoutAttrs, c *grad.Call) bool { return c.Train() && a.P > 0 }

// drawMask sets mask[e] to 1 with probability 1−p, else to 0.
func drawMask(mask []uint8, r rng.Stream, p float32) {
	t := masks.Get()
	*t = maskTask{mask, r, p}
	parallel.For((len(mask)+jobSize-1)/jobSize, t)
	*t = maskTask{}
	masks.Put(t)
}

type maskTask struct {
	mask []uint8
	r    rng.Stream
	p    float32
}

var masks parallel.Free[maskTask]

// Run draws job i; jobs are whole blocks of the stream.
func (t *maskTask) Run(i int) {
	hi := min((i+1)*jobSize, len(t.mask))
	for e := i * jobSize; e < hi; e += 4 {
		for k, u := range t.r.At(uint64(e / 4)) {
			if e+k == hi {
				break
			}
			t.mask[e+k] = 0
			if rng.Unit(u) >= t.p {
				t.mask[e+k] = 1
			}
		}
	}
}
