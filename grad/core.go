package grad

import (
	"math"
	"slices"

	"github.com/ingot-ml/ingot/internal/kernel/convert"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// The ops that the machinery itself needs; all others are in package op.

func f32(t tensor.Tensor) []float32 { return tensor.Of[float32](t) }

// pass gives an operand the gradient of an output of the same number of elements, unchanged.
func pass(c *Call, in, out int) {
	if !c.Needs(in) {
		return
	}
	g := c.GradOut(out)
	if gx, add := c.GradIn(in); add {
		vec.Add(f32(gx), f32(gx), f32(g))
	} else {
		copy(f32(gx), f32(g))
	}
}

// contiguous copies a strided value.
var contiguous = Def[None]{
	Name: "contiguous", Args: "x", Strided: true,
	Infer:    func(_ *None, c *Call) { c.OutputLike(c.In(0)) },
	Forward:  func(_ *None, c *Call) { tensor.Copy(c.Out(0), c.In(0)) },
	Backward: func(_ *None, c *Call) { pass(c, 0, 0) },
}

type scalarAttrs struct{ X float32 }

// scalar is a constant of shape [].
var scalar = Def[scalarAttrs]{
	Name:    "scalar",
	Infer:   func(_ *scalarAttrs, c *Call) { c.Output(tensor.F32) },
	Forward: func(a *scalarAttrs, c *Call) { f32(c.Out(0))[0] = a.X },
	NoGrad:  "it is a constant", Stops: true,
}

// accumulate adds two gradients of one shape.
var accumulate = Def[None]{
	Name: "accumulate", Args: "a b",
	Infer:   func(_ *None, c *Call) { c.OutputLike(c.In(0)) },
	Forward: func(_ *None, c *Call) { vec.Add(f32(c.Out(0)), f32(c.In(0)), f32(c.In(1))) },
	Backward: func(_ *None, c *Call) {
		pass(c, 0, 0)
		pass(c, 1, 0)
	},
}

type lerpAttrs struct{ W float32 }

// lerp is (1−w)·a + w·b, a Buffer's running average.
var lerp = Def[lerpAttrs]{
	Name: "lerp", Args: "buffer value",
	Infer: func(_ *lerpAttrs, c *Call) { c.OutputLike(c.In(0)) },
	Forward: func(a *lerpAttrs, c *Call) {
		x, y, z := f32(c.In(0)), f32(c.In(1)), f32(c.Out(0))
		for i := range z {
			z[i] = float32((1-a.W)*x[i]) + float32(a.W*y[i])
		}
	},
	NoGrad: "buffers aren't trained", Stops: true,
}

// fill is a constant value of a shape: the seed of a backward pass in Grad.
type fillAttrs struct {
	X     float32
	Rank  int32
	Shape [tensor.MaxRank]int32
}

var fill = Def[fillAttrs]{
	Name: "fill",
	Infer: func(a *fillAttrs, c *Call) {
		var shape [tensor.MaxRank]int
		for i := range a.Rank {
			shape[i] = int(a.Shape[i])
		}
		c.Output(tensor.F32, shape[:a.Rank]...)
	},
	Forward: func(a *fillAttrs, c *Call) { vec.Fill(f32(c.Out(0)), a.X) },
	NoGrad:  "it is a constant", Stops: true,
}

// Full returns a constant f32 value of a shape.
func (s *Step) Full(x float64, shape ...int) Value {
	if len(shape) > tensor.MaxRank {
		panic(tensor.Errorf("Full of shape %v: at most %d dimensions are supported", slices.Clone(shape), tensor.MaxRank))
	}
	a := fillAttrs{X: float32(x), Rank: int32(len(shape))}
	for i, d := range shape {
		if d < 0 || d > math.MaxInt32 {
			panic(tensor.Errorf("Full of shape %v: dimension %d is negative or too large", slices.Clone(shape), i))
		}
		a.Shape[i] = int32(d)
	}
	return fill.Create(s, a)
}

// widen turns a Param stored in bf16 or f16 to f32.
var widen = Def[None]{
	Name: "widen", Args: "x",
	Infer: func(_ *None, c *Call) {
		x := c.In(0)
		c.Output(tensor.F32, x.Dims()...)
	},
	Forward: func(_ *None, c *Call) {
		x, y := tensor.Of[uint16](c.In(0)), f32(c.Out(0))
		if c.In(0).DType() == tensor.BF16 {
			convert.BF16ToF32(y, x)
		} else {
			convert.F16ToF32(y, x)
		}
	},
	Backward: func(_ *None, c *Call) { pass(c, 0, 0) },
}

// copyOf is contiguous.Apply. It is a variable so that Apply isn't recursive: the compiler would put every op's operands
// on the heap.
var copyOf func(Value) Value

// The tape itself uses these ops, so that their VJPs can't be set where they are declared.
func init() {
	copyOf = func(x Value) Value { return contiguous.Apply(None{}, x) }
	through := func(_ *None, v *VJP) { v.SetGradIn(0, v.GradOut(0)) }
	contiguous.VJP, widen.VJP = through, through
	accumulate.VJP = func(_ *None, v *VJP) {
		v.SetGradIn(0, v.GradOut(0))
		v.SetGradIn(1, v.GradOut(0))
	}
}
