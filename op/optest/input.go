package optest

import (
	"fmt"
	"strings"

	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// Input describes an operand. F32, In, IDs and Const make the usual ones.
type Input struct {
	Shape     []int
	DType     tensor.DType
	Low, High float64 // elements are drawn uniformly from [Low, High)
	Constant  bool    // no gradient is asked for
	Omitted   bool    // an optional operand left out
}

// F32 is an operand of the shape with elements in [−2, 2).
func F32(shape ...int) Input { return In(-2, 2, shape...) }

// In is an operand of the shape with elements in [low, high).
func In(low, high float64, shape ...int) Input { return Input{Shape: shape, Low: low, High: high} }

// IDs is an i32 operand of the shape with elements from 0 to n−1.
func IDs(n int, shape ...int) Input {
	return Input{Shape: shape, DType: tensor.I32, High: float64(n), Constant: true}
}

// Const is the operand without a gradient: a target, a weight of a class.
func Const(in Input) Input {
	in.Constant = true
	return in
}

// None is an optional operand left out; Op gets a zero Value and Ref a zero Array.
func None() Input { return Input{Omitted: true, Constant: true} }

// draw makes the operand's tensor.
func (in Input) draw(r rng.Stream) tensor.Tensor {
	if in.Omitted {
		return tensor.Tensor{}
	}
	x := tensor.New(in.DType, in.Shape...)
	if in.DType == tensor.F32 {
		r.Uniform(tensor.Of[float32](x), float32(in.Low), float32(in.High))
		return x
	}
	for i := range x.Numel() {
		v := int(in.Low) + r.IntN(uint64(i), int(in.High-in.Low))
		switch in.DType {
		case tensor.I32:
			tensor.Of[int32](x)[i] = int32(v)
		case tensor.I64:
			tensor.Of[int64](x)[i] = int64(v)
		case tensor.U8:
			tensor.Of[uint8](x)[i] = uint8(v)
		default:
			panic("optest: no operands of " + in.DType.String())
		}
	}
	return x
}

// label names a list of operands in subtests.
func label(ins []Input) string {
	var b strings.Builder
	for i, in := range ins {
		if i > 0 {
			b.WriteByte(',')
		}
		if in.Omitted {
			b.WriteByte('-')
			continue
		}
		b.WriteString(strings.ReplaceAll(strings.Trim(fmt.Sprint(in.Shape), "[]"), " ", "x"))
		if len(in.Shape) == 0 {
			b.WriteString("scalar")
		}
	}
	return b.String()
}

// strided returns the same elements in memory with gaps and in another order of axes.
func strided(x tensor.Tensor) tensor.Tensor {
	n := x.Rank()
	if n == 0 || !x.Valid() {
		return x
	}
	shape, axes := make([]int, n), make([]int, n)
	for i := range n {
		shape[i], axes[i] = x.Dim(n-1-i), n-1-i
	}
	shape[n-1] = 2*shape[n-1] + 1
	y := tensor.New(x.DType(), shape...).Slice(n-1, 1, shape[n-1], 2).Permute(axes...)
	tensor.Copy(y, x)
	return y
}
