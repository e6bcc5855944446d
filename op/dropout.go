package op

import (
	"math"

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
	// A word u is a number of at least p where its upper 24 bits are at least p·2²⁴: compared without a branch, as the sign of a difference.
	least := uint32(math.Ceil(float64(t.p) * (1 << 24)))
	mask := t.mask[i*jobSize : min((i+1)*jobSize, len(t.mask))]
	block := uint64(i * jobSize / 4)
	for ; len(mask) >= 4; mask = mask[4:] {
		u := t.r.At(block)
		mask[0], mask[1] = keeps(u[0], least), keeps(u[1], least)
		mask[2], mask[3] = keeps(u[2], least), keeps(u[3], least)
		block++
	}
	if len(mask) > 0 {
		u := t.r.At(block)
		for k := range mask {
			mask[k] = keeps(u[k], least)
		}
	}
}

func keeps(u, least uint32) uint8 { return uint8(1 - (u>>8-least)>>31) }
