package op

import (
	"slices"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/softmax"
	"github.com/ingot-ml/ingot/tensor"
)

// classAttrs are the settings of the losses of classes: CrossEntropyLoss and NLLLoss. Their operands are x [… C], the target,
// and perhaps weights of the classes and of the rows.
type classAttrs struct {
	How       Reduction
	Smoothing float32
	Ignore    bool
	Ignored   int32
}

// ignored returns the id of the rows that count for nothing. An IgnoreIndex without Ignore is a mistake that would train on them.
func (l lossOf) ignored(ignore bool, index int) int32 {
	l.setting(ignore || index == 0, "IgnoreIndex", float64(index), "it with Ignore, or neither,")
	l.setting(int(int32(index)) == index, "IgnoreIndex", float64(index), "an i32")
	return int32(index)
}

// rowWeights returns the weights expanded to a row each, or a zero Value.
func (l lossOf) rowWeights(x grad.Value) grad.Value {
	w := l.weights
	if !w.Valid() || x.Rank() == 0 || w.Rank() >= x.Rank()-1 {
		return w
	}
	rows := x.Shape()[:x.Rank()-1]
	if !startsWith(x, w) {
		l.fail("x weights", []grad.Value{x, w}, "weights of the rows' shape %v, or of its first dimensions, wanted", rows)
	}
	return Expand(withOnes(w, len(rows)), rows...)
}

// inferClasses checks the operands and declares the loss.
func inferClasses(a *classAttrs, c *grad.Call) {
	wantF32(c, 0, 1)
	wantF32(c, 2, 2)
	x, t := c.In(0), c.In(1)
	if x.Rank() == 0 {
		c.Fail("logits [… C] wanted")
	}
	n := x.Rank() - 1
	rows := x.Dims()[:n]
	switch {
	case x.Dim(-1) == 0 && !slices.Contains(rows, 0):
		c.Fail("rows of no classes; at least one wanted")
	case a.How > ReduceNone:
		c.Fail("reduction %d; ReduceMean, ReduceSum or ReduceNone wanted", uint8(a.How))
	case t.DType() == tensor.F32 && !tensor.SameShape(&x, &t):
		c.Fail("a row of probabilities for each row of logits wanted: shape %v; ids are i32", x.Shape())
	case t.DType() == tensor.F32 && a.Ignore:
		c.Fail("rows are ignored by their id; give probabilities weights of 0 instead")
	case t.DType() != tensor.F32 && t.DType() != tensor.I32:
		c.Fail("the target is %s; i32 ids (op.Cast) or f32 probabilities wanted", t.DType())
	case t.DType() == tensor.I32 && !slices.Equal(t.Dims(), rows):
		c.Fail("one id for each row of logits wanted: shape %v", x.Shape()[:n])
	case c.Has(2) && (c.In(2).Rank() != 1 || c.In(2).Dim(0) != x.Dim(-1)):
		c.Fail("one weight for each of %d classes wanted", x.Dim(-1))
	case c.Has(3) && !slices.Equal(c.In(3).Shape(), rows):
		c.Fail("weights of the rows' shape %v, or of its first dimensions, wanted", x.Shape()[:n])
	}
	if a.How == ReduceNone {
		c.Output(tensor.F32, rows...)
		return
	}
	if r, _ := rowsAndCols(x); r == 0 && a.How == ReduceMean {
		c.Fail("the mean of an empty batch isn't defined; ReduceSum gives 0")
	}
	c.Output(tensor.F32)
}

// targets returns what the operands say that the rows should be.
func (a *classAttrs) targets(c *grad.Call) softmax.Targets {
	p := softmax.Targets{Classes: optional(c, 2), Rows: optional(c, 3), Smoothing: a.Smoothing, Ignore: a.Ignore, Ignored: a.Ignored}
	if c.In(1).DType() == tensor.F32 {
		p.Probs = in(c, 1)
	} else {
		p.IDs = tensor.Of[int32](c.In(1))
	}
	return p
}

// check looks at the elements of target and weights.
func (a *classAttrs) check(c *grad.Call, p *softmax.Targets, cols int) {
	for i, id := range p.IDs {
		if (id < 0 || int(id) >= cols) && !(a.Ignore && id == a.Ignored) {
			c.Fail("the id at position %d is %d; there are %d classes, 0 to %d", i, id, cols, cols-1)
		}
	}
	if p.Probs != nil {
		if bad := distributions.badElement(p.Probs, cols); bad != "" {
			c.Fail("of the target, %s; %s wanted", bad, domainTexts[distributions])
		}
	}
	for i, w := range [2][]float32{p.Classes, p.Rows} {
		if bad := weightsAllowed.badElement(w, 1); bad != "" {
			c.Fail("of the weights of %s, %s; %s wanted", [2]string{"classes", "rows"}[i], bad, domainTexts[weightsAllowed])
		}
	}
}

// classLoss is the Forward of both.
func classLoss(a *classAttrs, c *grad.Call, stats []float32) {
	rows, cols := rowsAndCols(c.In(0))
	p := a.targets(c)
	a.check(c, &p, cols)
	if a.How == ReduceNone {
		softmax.CrossEntropy(out(c, 0), stats, in(c, 0), &p, rows, cols)
		return
	}
	total := float32(1)
	if a.How == ReduceMean {
		if total = p.Total(rows); total == 0 {
			c.Fail("the mean isn't defined: all rows are ignored or have weights of 0")
		}
	}
	loss := scratch(c, rows)
	softmax.CrossEntropy(loss, stats, in(c, 0), &p, rows, cols)
	out(c, 0)[0] = reduce.Sum(loss) / total
}

// classLossGrad is the Backward of both.
func classLossGrad(a *classAttrs, c *grad.Call, stats []float32) {
	refuseGrad(c, 1, "the target")
	refuseGrad(c, 2, "class weights")
	refuseGrad(c, 3, "weights")
	rows, cols := rowsAndCols(c.In(0))
	p, g := a.targets(c), gradOut(c, 0)
	if a.How == ReduceMean {
		s := scratch(c, 1)
		s[0] = g[0] / p.Total(rows)
		g = s
	}
	gx, add := gradIn(c, 0)
	softmax.CrossEntropyGrad(gx, in(c, 0), stats, &p, g, rows, cols, add)
}

// refuseGrad stops where a gradient of an operand is asked for that the op treats as a constant.
func refuseGrad(c *grad.Call, i int, what string) {
	if c.Needs(i) {
		c.Fail("there is no gradient with respect to %s; cut it off with op.Detach", what)
	}
}

// classMasses gives p of the losses' formula, over what the mean divides by: what their VJPs are written with.
func classMasses(a *classAttrs, v *grad.VJP) grad.Value {
	var in [4]grad.Value
	for i := range in {
		if v.Has(i) {
			in[i] = v.In(i)
		}
		if what := [4]string{"", "the target", "class weights", "weights"}[i]; i > 0 && v.Needs(i) {
			panic(tensor.Errorf("a loss of classes has no gradient with respect to %s; cut it off with op.Detach", what))
		}
	}
	return masses.Apply(*a, in[:]...)
}

var masses = grad.Def[classAttrs]{
	Name: "class_masses", Args: "x target class_weights weights",
	Infer: func(_ *classAttrs, c *grad.Call) { c.OutputLike(c.In(0)) },
	Forward: func(a *classAttrs, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		p, scale := a.targets(c), float32(1)
		if a.How == ReduceMean {
			scale = 1 / p.Total(rows)
		}
		p.Masses(out(c, 0), scale, rows, cols)
	},
	NoGrad: "masses are a function of the target, not of the logits", Stops: true,
}

// eachRow returns g, of the rows of x or one for all, with an axis that repeats along x's last.
func eachRow(g, x grad.Value) grad.Value {
	if g.Rank() == 0 {
		return g
	}
	return withOnes(g, x.Rank())
}
