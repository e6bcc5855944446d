package task

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
)

// A model may be an ensemble: it gives [N k …] where others give [N …], the answers of k models to each row. Each of them is trained
// by its own loss, and the prediction is the mean of theirs. How many dimensions the answer has tells: nothing else needs to know.

// eachHead repeats the target of a row for each of the models, where out has a dimension for them: as many dimensions as the target and
// usual more are none.
func eachHead(out, target grad.Value, usual int) grad.Value {
	if out.Rank() != target.Rank()+usual+1 {
		return target
	}
	shape := append([]int{out.Dim(0), 1}, target.Shape()[1:]...)
	target = op.Reshape(target, shape...)
	shape[1] = out.Dim(1)
	return op.Expand(target, shape...)
}

// meanOfHeads is the models' mean of values [N k C], or the values [N C] of the only one.
func meanOfHeads(y grad.Value) grad.Value {
	if y.Rank() == 3 {
		return op.Mean(y, 1)
	}
	return y
}
