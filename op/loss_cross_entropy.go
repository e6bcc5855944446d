package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/softmax"
	"github.com/ingot-ml/ingot/tensor"
)

// CrossEntropy is the mean over the rows of −ln softmax(x)[id], in one pass and without overflow.
//
//	y = mean(ln Σₖ exp(x[i, k]) − x[i, idᵢ])
//	dx = g·(softmax(x) − [j = idᵢ])/N
//
// Shapes: logits [… C], ids […] i32 in [0, C) → []. Saved: logits, ids, and each row's maximum and sum of exponentials.
// The loss of no rows is NaN.
func CrossEntropy(logits, ids grad.Value) grad.Value {
	return crossEntropy.Apply(grad.None{}, logits, ids)
}

// CrossEntropyWeighted is CrossEntropy with each row's loss times the weight of its class, over the sum of these weights, as
// in PyTorch. Shapes: logits [… C], ids […], weights [C] → []. Weights have no gradient.
func CrossEntropyWeighted(logits, ids, weights grad.Value) grad.Value {
	return crossEntropy.Apply(grad.None{}, logits, ids, weights)
}

var crossEntropy = grad.Def[grad.None]{
	Name: "cross_entropy", Args: "logits ids weights",
	Infer: inferCrossEntropy,
	Forward: func(_ *grad.None, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		ids, weights := tensor.Of[int32](c.In(1)), optional(c, 2)
		checkIDs(c, ids, cols, "classes")
		loss := scratch(c, rows)
		softmax.CrossEntropy(loss, saved(c, 0), in(c, 0), ids, weights, cols)
		out(c, 0)[0] = reduce.Sum(loss) / softmax.TotalWeight(ids, weights)
	},
	Backward: func(_ *grad.None, c *grad.Call) {
		refuseGrad(c, 2, "class weights")
		ids, weights := tensor.Of[int32](c.In(1)), optional(c, 2)
		scale := gradOut(c, 0)[0] / softmax.TotalWeight(ids, weights)
		gx, add := gradIn(c, 0)
		x := c.In(0)
		softmax.CrossEntropyGrad(gx, f32(x), saved(c, 0), ids, weights, scale, x.Dim(-1), add)
	},
}

// refuseGrad stops where a gradient of an operand is asked for that the op treats as a constant.
func refuseGrad(c *grad.Call, i int, what string) {
	if c.Needs(i) {
		c.Fail("there is no gradient with respect to %s; cut it off with op.Detach", what)
	}
}

func inferCrossEntropy(_ *grad.None, c *grad.Call) {
	wantF32(c, 0, 1)
	wantF32(c, 2, 1)
	x, ids := c.In(0), c.In(1)
	if x.Rank() == 0 {
		c.Fail("logits [… C] wanted")
	}
	if ids.DType() != tensor.I32 {
		c.Fail("ids are %s, i32 wanted (op.Cast); for probabilities there is op.CrossEntropyProbs", ids.DType())
	}
	ok := ids.Rank() == x.Rank()-1
	for i := 0; ok && i < ids.Rank(); i++ {
		ok = ids.Dim(i) == x.Dim(i)
	}
	if !ok {
		c.Fail("one id for each row of logits wanted: shape %v", x.Shape()[:x.Rank()-1])
	}
	lossOfRows(c, x, 2)
}

// lossOfRows checks the class weights and declares a scalar loss and the rows' statistics.
func lossOfRows(c *grad.Call, x tensor.Tensor, weights int) {
	rows, cols := rowsAndCols(x)
	if c.Has(weights) {
		if w := c.In(weights); w.Rank() != 1 || w.Dim(0) != cols {
			c.Fail("one weight for each of %d classes wanted", cols)
		}
	}
	c.Output(tensor.F32)
	c.Save(tensor.F32, rows, 2)
}

// CrossEntropyProbs is CrossEntropy against target probabilities.
//
//	y = mean over rows of Σⱼ p[i, j]·(ln Σₖ exp(x[i, k]) − x[i, j])
//	dx = g·(softmax(x)·Σⱼ p − p)/N
//
// Shapes: logits [… C], probs [… C] → []. Saved: logits, probs, and each row's maximum and sum of exponentials. The target
// has no gradient.
func CrossEntropyProbs(logits, probs grad.Value) grad.Value {
	return crossEntropyProbs.Apply(grad.None{}, logits, probs)
}

// CrossEntropyProbsWeighted is CrossEntropyProbs with each class's term times its weight, over the number of rows, as in
// PyTorch. Shapes: logits [… C], probs [… C], weights [C] → [].
func CrossEntropyProbsWeighted(logits, probs, weights grad.Value) grad.Value {
	return crossEntropyProbs.Apply(grad.None{}, logits, probs, weights)
}

var crossEntropyProbs = grad.Def[grad.None]{
	Name: "cross_entropy_probs", Args: "logits probs weights",
	Infer: func(_ *grad.None, c *grad.Call) {
		wantF32(c, 0, 3)
		x, p := c.In(0), c.In(1)
		if x.Rank() == 0 || !tensor.SameShape(&x, &p) {
			c.Fail("logits [… C] and probs of the same shape wanted")
		}
		lossOfRows(c, x, 2)
	},
	Forward: func(_ *grad.None, c *grad.Call) {
		rows, cols := rowsAndCols(c.In(0))
		loss := scratch(c, rows)
		softmax.CrossEntropyProbs(loss, saved(c, 0), in(c, 0), in(c, 1), optional(c, 2), rows, cols)
		out(c, 0)[0] = reduce.Sum(loss) / float32(rows)
	},
	Backward: func(_ *grad.None, c *grad.Call) {
		refuseGrad(c, 1, "the target")
		refuseGrad(c, 2, "class weights")
		rows, cols := rowsAndCols(c.In(0))
		scale := gradOut(c, 0)[0] / float32(rows)
		gx, add := gradIn(c, 0)
		softmax.CrossEntropyProbsGrad(gx, in(c, 0), saved(c, 0), in(c, 1), optional(c, 2), scale, rows, cols, add)
	},
}
