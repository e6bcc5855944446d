package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/convert"
	"github.com/ingot-ml/ingot/tensor"
)

type castAttrs struct{ To tensor.DType }

// Cast changes the element type: bf16, f16 and f64 to f32 and back (rounded to the nearest even), i32, i64, u8 and bool to
// f32, and i64 and f32 to i32; a number that i32 doesn't hold, or that isn't whole, is refused. A value that is of the type already is given as it is.
//
// Shapes: any → same. No gradient flows through a change of type: only f32 values have one.
func Cast(x grad.Value, to tensor.DType) grad.Value {
	if x.DType() == to {
		return x
	}
	return cast.Apply(castAttrs{to}, x)
}

var cast = grad.Def[castAttrs]{
	Name: "cast", Args: "x",
	Infer: func(a *castAttrs, c *grad.Call) {
		x := c.In(0)
		if from := x.DType(); a.To != tensor.F32 && (from != tensor.F32 || !a.To.Float() && a.To != tensor.I32) && (from != tensor.I64 || a.To != tensor.I32) {
			c.Fail("there is no conversion from %s to %s", from, a.To)
		}
		c.Output(a.To, x.Dims()...)
	},
	Forward: func(a *castAttrs, c *grad.Call) {
		x, y := c.In(0), c.Out(0)
		switch a.To {
		case tensor.F32:
			toF32(f32(y), x)
		case tensor.F64:
			convert.F32ToF64(tensor.Of[float64](y), f32(x))
		case tensor.BF16:
			convert.F32ToBF16(tensor.Of[uint16](y), f32(x))
		case tensor.F16:
			convert.F32ToF16(tensor.Of[uint16](y), f32(x))
		default:
			if x.DType() == tensor.F32 {
				whole(c, tensor.Of[int32](y), f32(x))
			} else {
				narrow(c, tensor.Of[int32](y), tensor.Of[int64](x))
			}
		}
	},
	NoGrad: "only f32 values have gradients", Stops: true,
}

func toF32(dst []float32, x tensor.Tensor) {
	switch x.DType() {
	case tensor.F64:
		convert.F64ToF32(dst, tensor.Of[float64](x))
	case tensor.BF16:
		convert.BF16ToF32(dst, tensor.Of[uint16](x))
	case tensor.F16:
		convert.F16ToF32(dst, tensor.Of[uint16](x))
	case tensor.I32:
		for i, v := range tensor.Of[int32](x) {
			dst[i] = float32(v)
		}
	case tensor.I64:
		for i, v := range tensor.Of[int64](x) {
			dst[i] = float32(v)
		}
	case tensor.U8:
		convert.U8ToF32(dst, tensor.Of[uint8](x), 1, 0)
	case tensor.Bool:
		for i, v := range tensor.Of[bool](x) {
			dst[i] = 0
			if v {
				dst[i] = 1
			}
		}
	}
}

func narrow(c *grad.Call, dst []int32, x []int64) {
	for i, v := range x {
		if v < math.MinInt32 || v > math.MaxInt32 {
			c.Fail("element %d is %d, which i32 doesn't hold", i, v)
		}
		dst[i] = int32(v)
	}
}

// whole makes ids of numbers that a row of a table keeps as floats.
func whole(c *grad.Call, dst []int32, x []float32) {
	for i, v := range x {
		id := int32(max(-1<<24, min(v, 1<<24))) // the whole numbers that f32 tells apart
		if float32(id) != v {
			c.Fail("element %d is %v; a whole number of at most 2^24 is wanted", i, v)
		}
		dst[i] = id
	}
}
