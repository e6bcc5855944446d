package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/ctc"
	"github.com/ingot-ml/ingot/tensor"
)

// CTCLoss is the loss of connectionist temporal classification: of sequences of classes whose labels are known, but not when
// each comes.
//
//	loss[n] = −ln p(labels of n | x) = −ln Σ over the paths π that read as the labels of Π exp x[t, n, πₜ]
//	dx[t, n, k] = −g[n]·p(πₜ = k | labels)
//
// A path is a class for each step; it reads as what is left when repeats, and then blanks, are taken out. The mean divides each
// loss by its number of labels first, or by 1, as PyTorch's does.
//
// Shapes: x [T N C], logarithms of probabilities as LogSoftmax gives them; labels [N S] i32 other than the blank; steps [N] i32
// from 1 to T, how much of T is sample n's; lengths [N] i32 from 0 to S, likewise of S → [], or [N] for ReduceNone. Saved: x
// and what came with it; backward computes the forward probabilities again. No second derivative.
// Source: Graves, Fernández, Gomez & Schmidhuber 2006, "Connectionist temporal classification: labelling unsegmented sequence
// data with recurrent neural networks", ICML.
type CTCLoss struct {
	Reduction Reduction
	Weights   grad.Value // [N]
	Blank     int        // the class of no label
	// ZeroInfinity has samples with more labels than their steps hold count as 0, and those without finite loss; otherwise
	// the former are refused.
	ZeroInfinity bool
}

// Of returns the loss.
func (l CTCLoss) Of(x, labels, steps, lengths grad.Value) grad.Value {
	of := lossOf{"CTCLoss", l.Reduction, l.Weights}
	of.setting(int(int32(l.Blank)) == l.Blank, "Blank", float64(l.Blank), "an i32")
	a := ctcAttrs{int32(l.Blank), l.ZeroInfinity, l.Reduction == ReduceMean}
	return of.reduce(ctcLoss.Apply(a, x, labels, steps, lengths))
}

type ctcAttrs struct {
	Blank              int32
	ZeroInf, ByLengths bool
}

var ctcLoss = grad.Def[ctcAttrs]{
	Name: "ctc_loss", Args: "x labels steps lengths",
	Infer: func(a *ctcAttrs, c *grad.Call) {
		wantF32(c, 0, 1)
		if c.In(0).Rank() != 3 {
			c.Fail("x [T N C] wanted")
		}
		n, classes := c.In(0).Dim(1), c.In(0).Dim(2)
		for i := 1; i < 4; i++ {
			rank := [4]int{1: 2, 2: 1, 3: 1}[i]
			if t := c.In(i); t.DType() != tensor.I32 || t.Rank() != rank || t.Dim(0) != n {
				c.Fail("i32 labels [%d S], steps [%d] and lengths [%d] wanted", n, n, n)
			}
		}
		if a.Blank < 0 || int(a.Blank) >= classes {
			c.Fail("the blank is class %d; there are %d classes, 0 to %d", a.Blank, classes, classes-1)
		}
		c.Output(tensor.F32, n)
	},
	Forward: func(a *ctcAttrs, c *grad.Call) {
		b := a.batch(c)
		a.check(c, &b)
		loss := out(c, 0)
		ctc.Loss(loss, &b)
		for n := range loss {
			if a.ZeroInf && math.IsInf(float64(loss[n]), 1) {
				loss[n] = 0
			}
			loss[n] /= a.divisor(&b, n)
		}
	},
	Backward: func(a *ctcAttrs, c *grad.Call) {
		b := a.batch(c)
		g := scratch(c, b.Samples)
		for n, v := range gradOut(c, 0) {
			g[n] = v / a.divisor(&b, n)
		}
		gx, add := gradIn(c, 0)
		ctc.Grad(gx, &b, g, add, a.ZeroInf)
	},
}

func (a *ctcAttrs) batch(c *grad.Call) ctc.Batch {
	x, labels := c.In(0), c.In(1)
	return ctc.Batch{
		X: f32(x), Samples: x.Dim(1), Classes: x.Dim(2), Width: labels.Dim(1), Blank: int(a.Blank),
		Labels: tensor.Of[int32](labels), Steps: tensor.Of[int32](c.In(2)), Lengths: tensor.Of[int32](c.In(3)),
	}
}

func (a *ctcAttrs) divisor(b *ctc.Batch, n int) float32 {
	if !a.ByLengths {
		return 1
	}
	return float32(max(b.Lengths[n], 1))
}

// check refuses samples by their steps, lengths and labels.
func (a *ctcAttrs) check(c *grad.Call, b *ctc.Batch) {
	times := c.In(0).Dim(0)
	for n := range b.Samples {
		steps, length := int(b.Steps[n]), int(b.Lengths[n])
		if steps < 1 || steps > times {
			c.Fail("sample %d has %d steps; 1 to %d wanted, the length of x", n, steps, times)
		}
		if length < 0 || length > b.Width {
			c.Fail("sample %d has %d labels; 0 to %d wanted, the width of labels", n, length, b.Width)
		}
		labels := b.Labels[n*b.Width:][:length]
		for i, l := range labels {
			if l < 0 || int(l) >= b.Classes || l == a.Blank {
				c.Fail("label %d of sample %d is %d; classes 0 to %d other than the blank, %d, wanted", i, n, l, b.Classes-1, a.Blank)
			}
		}
		if k := ctc.Needed(labels); k > steps && !a.ZeroInf {
			c.Fail("sample %d has %d steps; its labels need %d, with a blank between equal ones; ZeroInfinity has such samples count as 0", n, steps, k)
		}
	}
}
