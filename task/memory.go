package task

import (
	"math"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/tensor"
)

// maxBytes bounds the values of an evaluation: without a bound the system would end the process in place of an error.
func maxBytes() int { return int(min(model.MemoryLimit(), math.MaxInt)) }

// EvalSpec tells what [Evaluate] and its like ask a model for at a time.
func EvalSpec(src data.Source) data.Spec {
	rows := min(evalBatch, max(src.Len(), 1))
	return data.Spec{DType: tensor.F32, Shape: append([]int{rows}, src.RowShape()...)}
}

// EvalTextSpec tells what [EvaluateText] asks a model for at a time.
func EvalTextSpec(contextLen int) data.Spec {
	return data.Spec{DType: tensor.I32, Shape: []int{max(evalTokens/contextLen, 1), contextLen}}
}
