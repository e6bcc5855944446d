package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/order"
	"github.com/ingot-ml/ingot/tensor"
)

// orderAttrs are how many elements are taken, the largest first or the smallest.
type orderAttrs struct {
	K       int32
	Largest bool
}

// Sort puts the elements along the axis in order, the smallest first or with descending the largest, and gives their places.
// Equal ones keep their order; NaN counts as the largest.
//
//	values[…, i, …] = x[…, ids[…, i, …], …]
//	dx: each g goes to the element that the value was
//
// Shapes: any with the axis → same, f32 and i32. Saved: ids, which have no gradient.
func Sort(x grad.Value, axis int, descending bool) (values, ids grad.Value) {
	a := axisOf("Sort", x, axis)
	return ordered(x, a, orderAttrs{int32(x.Dim(a)), descending}, &sorted)
}

// TopK gives the k largest elements along the axis, the largest first, and their places. It is the first k of Sort, descending,
// without the sorting of the rest. For the smallest, give −x.
//
// Shapes: [… n …], k ≤ n → [… k …], f32 and i32. Gradient and Saved: as Sort.
func TopK(x grad.Value, k, axis int) (values, ids grad.Value) {
	a := axisOf("TopK", x, axis)
	if k < 0 || k > math.MaxInt32 {
		panic(tensor.Errorf("op.TopK with k %d of shape %v", k, x.Shape()))
	}
	return ordered(x, a, orderAttrs{int32(k), true}, &topK)
}

// ordered applies def along axis a.
func ordered(x grad.Value, a int, attrs orderAttrs, def *grad.Def[orderAttrs]) (values, ids grad.Value) {
	var r [2]grad.Value
	n := x.Rank()
	if a == n-1 {
		def.ApplyTo(r[:], attrs, x)
		return r[0], r[1]
	}
	swap := dimsAttrs{Rank: int32(n)}
	for i := range n {
		swap.Dims[i] = int32(i)
	}
	swap.Dims[a], swap.Dims[n-1] = int32(n-1), int32(a)
	def.ApplyTo(r[:], attrs, permute.Apply(swap, x))
	return permute.Apply(swap, r[0]), permute.Apply(swap, r[1])
}

var sorted, topK = orderDef("sort"), orderDef("top_k")

// orderDef works along the last axis.
func orderDef(name string) grad.Def[orderAttrs] {
	return grad.Def[orderAttrs]{
		Name: name, Args: "x",
		Infer: func(a *orderAttrs, c *grad.Call) {
			wantF32(c, 0, 1)
			x := c.In(0)
			if n := x.Dim(-1); int(a.K) > n {
				c.Fail("k is %d; the axis has %d elements", a.K, n)
			}
			var shape [tensor.MaxRank]int
			copy(shape[:], x.Dims())
			shape[x.Rank()-1] = int(a.K)
			c.Output(tensor.F32, shape[:x.Rank()]...)
			c.Output(tensor.I32, shape[:x.Rank()]...)
		},
		Forward: func(a *orderAttrs, c *grad.Call) {
			rows, cols := rowsAndCols(c.In(0))
			order.Sort(out(c, 0), tensor.Of[int32](c.Out(1)), in(c, 0), rows, cols, int(a.K), a.Largest)
		},
		Backward: func(a *orderAttrs, c *grad.Call) {
			rows, cols := rowsAndCols(c.In(0))
			g := gradOut(c, 0)
			gx, add := gradIn(c, 0)
			order.Scatter(gx, g, tensor.Of[int32](c.Out(1)), rows, cols, int(a.K), add)
		},
		VJP: func(a *orderAttrs, v *grad.VJP) {
			x := v.In(0)
			v.SetGradIn(0, ScatterAdd(zerosLike(x), v.Out(1), v.GradOut(0), -1))
		},
	}
}
