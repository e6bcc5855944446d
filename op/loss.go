package op

import (
	"fmt"
	"strings"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// Each loss is a struct named as PyTorch's module, whose fields are its settings; zero ones are the usual ones. Of applies
// it, so that op.HuberLoss{Delta: 2}.Of is a function of output and target, as Fit wants one. Reduction and Weights mean the
// same in all of them; MSE, CrossEntropy and BCEWithLogits are short for the losses without settings.

// Reduction is what becomes of the losses of a batch. With weights w they are
//
//	ReduceMean: Σ w·loss / Σ w
//	ReduceSum:  Σ w·loss
//	ReduceNone: w·loss, each
//
// and without weights all w are 1. The mean of a batch without rows, or whose weights are all 0, is refused.
//
// A loss's Weights are f32 of at least 0. Their shape is that of the losses of ReduceNone or its first dimensions: for losses
// [N D], weights [N] are of samples, [N D] of elements. They are constants: asking for their gradient is refused.
//
// This mean with weights is that of PyTorch's mse_loss, l1_loss and of its class weights; PyTorch's BCELoss and huber_loss
// divide Σ w·loss by the number of elements instead.
type Reduction uint8

// The reductions.
const (
	ReduceMean Reduction = iota
	ReduceSum
	ReduceNone
)

// String returns mean, sum or none.
func (r Reduction) String() string {
	switch r {
	case ReduceMean:
		return "mean"
	case ReduceSum:
		return "sum"
	case ReduceNone:
		return "none"
	}
	return "unknown reduction"
}

// lossOf is what losses composed of ops share.
type lossOf struct {
	name    string
	how     Reduction
	weights grad.Value
}

// fail stops with an error of this loss about the operands, which are named in turn.
func (l lossOf) fail(names string, operands []grad.Value, format string, args ...any) {
	e := &tensor.Error{Op: "op." + l.name, Caller: tensor.Caller(), Msg: fmt.Sprintf(format, args...)}
	for i, name := range strings.Fields(names) {
		if i > 0 {
			e.Operands += ", "
		}
		e.Operands += fmt.Sprintf("%s %v", name, operands[i].Shape())
		if d := operands[i].DType(); d != tensor.F32 {
			e.Operands += " " + d.String()
		}
	}
	panic(e)
}

// alike refuses operands that aren't f32 of one shape.
func (l lossOf) alike(names string, operands ...grad.Value) {
	for _, v := range operands {
		if v.DType() != tensor.F32 {
			l.fail(names, operands, "f32 wanted; convert with op.Cast")
		}
		if v.Rank() != operands[0].Rank() || !startsWith(v, operands[0]) {
			l.fail(names, operands, "operands of one shape wanted; a loss doesn't broadcast")
		}
	}
}

// setting refuses a setting that is out of range.
func (l lossOf) setting(ok bool, name string, v float64, want string) {
	if !ok {
		l.fail("", nil, "%s is %v; %s wanted", name, v, want)
	}
}

// reduce makes of the losses what was asked for.
func (l lossOf) reduce(losses grad.Value) grad.Value {
	if l.how == ReduceMean && losses.Numel() == 0 {
		l.fail("losses", []grad.Value{losses}, "the mean of an empty batch isn't defined; ReduceSum gives 0")
	}
	w, k := l.weights, 1.0
	if w.Valid() {
		w = l.expandedWeights(losses)
		k = float64(losses.Numel()) / float64(w.Numel())
		losses = Mul(losses, w)
	}
	switch l.how {
	case ReduceSum:
		return Sum(losses)
	case ReduceNone:
		return losses
	case ReduceMean:
	default:
		l.fail("", nil, "reduction %d; ReduceMean, ReduceSum or ReduceNone wanted", uint8(l.how))
	}
	if w.Valid() {
		return Div(Sum(losses), Mul(Sum(w), w.Scalar(k)))
	}
	return Mean(losses)
}

// expandedWeights returns the weights, checked, with dimensions of 1 after them up to the rank of the losses.
func (l lossOf) expandedWeights(losses grad.Value) grad.Value {
	w := l.weights
	if w.DType() != tensor.F32 || !startsWith(losses, w) {
		l.fail("losses weights", []grad.Value{losses, w}, "f32 weights of the losses' shape, or of its first dimensions, wanted")
	}
	need := weightsAllowed
	if l.how == ReduceMean {
		need = weightsOfMean
	}
	return withOnes(l.within(w, "weights", need), losses.Rank())
}

// startsWith reports whether the first dimensions of x are those of w.
func startsWith(x, w grad.Value) bool {
	for i := range w.Rank() {
		if i >= x.Rank() || x.Dim(i) != w.Dim(i) {
			return false
		}
	}
	return true
}

// withOnes gives x dimensions of 1 after its own, up to rank n.
func withOnes(x grad.Value, n int) grad.Value {
	var shape [tensor.MaxRank]int
	for i := range n {
		shape[i] = 1
		if i < x.Rank() {
			shape[i] = x.Dim(i)
		}
	}
	return Reshape(x, shape[:n]...)
}
