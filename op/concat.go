package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

type concatAttrs struct{ Axis int32 }

// Concat puts values one after the other along the axis.
//
//	dxᵢ = the part of g that came from xᵢ
//
// Shapes: [… n₁ …], [… n₂ …], … → [… n₁+n₂+… …]. Saved: nothing.
func Concat(axis int, xs ...grad.Value) grad.Value {
	if len(xs) == 0 {
		panic(tensor.Errorf("op.Concat of no values"))
	}
	if n := xs[0].Rank(); axis < 0 {
		axis += n
	}
	return concat.Apply(concatAttrs{int32(axis)}, xs...)
}

var concat = grad.Def[concatAttrs]{
	Name: "concat", Args: "x",
	Infer: func(a *concatAttrs, c *grad.Call) {
		wantF32(c, 0, c.NumIn())
		x, axis := c.In(0), int(a.Axis)
		if axis < 0 || axis >= x.Rank() {
			c.Fail("axis %d is outside shape %v", axis, x.Shape())
		}
		var shape [tensor.MaxRank]int
		copy(shape[:], x.Dims())
		for i := 1; i < c.NumIn(); i++ {
			y := c.In(i)
			ok := y.Rank() == x.Rank()
			for j := 0; ok && j < x.Rank(); j++ {
				ok = j == axis || y.Dim(j) == x.Dim(j)
			}
			if !ok {
				c.Fail("the shapes differ in more than axis %d", axis)
			}
			shape[axis] += y.Dim(axis)
		}
		c.Output(tensor.F32, shape[:x.Rank()]...)
	},
	Forward: func(a *concatAttrs, c *grad.Call) {
		for i, from := 0, 0; i < c.NumIn(); i++ {
			tensor.Copy(a.part(c, i, c.Out(0), &from), c.In(i))
		}
	},
	Backward: func(a *concatAttrs, c *grad.Call) {
		for i, from := 0, 0; i < c.NumIn(); i++ {
			if g := a.part(c, i, c.GradOut(0), &from); c.Needs(i) {
				giveView(c, i, g)
			}
		}
	},
	VJP: func(a *concatAttrs, v *grad.VJP) {
		g, from := v.GradOut(0), 0
		for i := 0; v.Has(i); i++ {
			to := from + v.In(i).Dim(int(a.Axis))
			if v.Needs(i) {
				v.SetGradIn(i, Slice(g, int(a.Axis), from, to))
			}
			from = to
		}
	},
}

// part is operand i's part of whole, which starts at *from; *from moves to the next one's.
func (a *concatAttrs) part(c *grad.Call, i int, whole tensor.Tensor, from *int) tensor.Tensor {
	to := *from + c.In(i).Dim(int(a.Axis))
	part := whole.Slice(int(a.Axis), *from, to, 1)
	*from = to
	return part
}
