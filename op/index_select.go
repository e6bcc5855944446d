package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/embed"
	"github.com/ingot-ml/ingot/tensor"
)

// IndexSelect takes the slices of x along the axis that ids number.
//
//	y[i, …] = x[ids[i], …] for axis 0
//	dx[k, …] = Σ of g[i, …] where ids[i] = k, in the order of ids
//
// Shapes: x [… n …], ids [K] i32 or i64 in [0, n) → [… K …]. Saved: ids. Along another axis than the first it moves that one to
// the front and back.
func IndexSelect(x, ids grad.Value, axis int) grad.Value {
	a := axisOf("IndexSelect", x, axis)
	return fronted(indexSelect.Apply(grad.None{}, fronted(x, a), ids), a)
}

// fronted swaps axis a and the first.
func fronted(x grad.Value, a int) grad.Value {
	if a == 0 {
		return x
	}
	swap := dimsAttrs{Rank: int32(x.Rank())}
	for i := range swap.Rank {
		swap.Dims[i] = i
	}
	swap.Dims[0], swap.Dims[a] = int32(a), 0
	return permute.Apply(swap, x)
}

var indexSelect = grad.Def[grad.None]{
	Name: "index_select", Args: "x ids",
	Infer: func(_ *grad.None, c *grad.Call) {
		wantF32(c, 0, 1)
		wantIDs(c, 1)
		x, ids := c.In(0), c.In(1)
		if ids.Rank() != 1 {
			c.Fail("ids of one dimension wanted")
		}
		var shape [tensor.MaxRank]int
		copy(shape[:], x.Dims())
		shape[0] = ids.Dim(0)
		c.Output(tensor.F32, shape[:x.Rank()]...)
	},
	Forward:  takeRows,
	Backward: giveRows,
}

// takeRows is the Forward of operands x [n …] and ids: rows of x.
func takeRows(_ *grad.None, c *grad.Call) {
	x, ids := c.In(0), c.In(1)
	if ids.DType() == tensor.I64 {
		lookUp(c, out(c, 0), f32(x), tensor.Of[int64](ids), x.Dim(0), rowSize(x))
	} else {
		lookUp(c, out(c, 0), f32(x), tensor.Of[int32](ids), x.Dim(0), rowSize(x))
	}
}

// giveRows is the Backward of takeRows.
func giveRows(_ *grad.None, c *grad.Call) {
	g := gradOut(c, 0)
	gx, add := gradIn(c, 0)
	if !add {
		clear(gx)
	}
	addRowsOf(gx, g, c.In(1), rowSize(c.In(0)))
}

// rowSize is the number of elements of x [n …] for each of the n.
func rowSize(x tensor.Tensor) int {
	n := 1
	for _, d := range x.Dims()[1:] {
		n *= d
	}
	return n
}

func lookUp[I embed.ID](c *grad.Call, dst, table []float32, ids []I, rows, dim int) {
	checkIDs(c, ids, rows, "rows")
	embed.Gather(dst, table, ids, dim)
}

// addRowsOf adds row i of src to row ids[i] of dst, for i = 0, 1, …
func addRowsOf(dst, src []float32, ids tensor.Tensor, dim int) {
	if ids.DType() == tensor.I64 {
		embed.ScatterAdd(dst, src, tensor.Of[int64](ids), dim)
	} else {
		embed.ScatterAdd(dst, src, tensor.Of[int32](ids), dim)
	}
}

// IndexAdd adds the slices of src to those of x along the axis that ids number: the transpose of IndexSelect.
//
//	y = x; y[ids[i], …] += src[i, …] for axis 0, i = 0, 1, …
//	dx = g, dsrc[i, …] = g[ids[i], …]
//
// Shapes: x [… n …], ids [K] i32 or i64 in [0, n), src [… K …] → x's. Saved: ids. The order of the additions is that of ids, so
// that the bits are always the same.
func IndexAdd(x, ids, src grad.Value, axis int) grad.Value {
	a := axisOf("IndexAdd", x, axis)
	if src.Rank() != x.Rank() {
		panic(tensor.Errorf("op.IndexAdd: src has shape %v; %d dimensions wanted, as many as x %v has", src.Shape(), x.Rank(), x.Shape()))
	}
	return fronted(indexAdd.Apply(grad.None{}, fronted(x, a), ids, fronted(src, a)), a)
}

var indexAdd = grad.Def[grad.None]{
	Name: "index_add", Args: "x ids src",
	Infer: func(_ *grad.None, c *grad.Call) {
		wantF32(c, 0, 1)
		wantF32(c, 2, 1)
		wantIDs(c, 1)
		x, ids, src := c.In(0), c.In(1), c.In(2)
		if ids.Rank() != 1 || src.Dim(0) != ids.Dim(0) {
			c.Fail("ids of one dimension wanted, one for each of the %d slices of src", src.Dim(0))
		}
		for i := 1; i < x.Rank(); i++ {
			if src.Dim(i) != x.Dim(i) {
				c.Fail("the slices of src differ from x's in shape")
			}
		}
		c.OutputLike(x)
	},
	Forward: func(_ *grad.None, c *grad.Call) {
		x, ids, y := c.In(0), c.In(1), out(c, 0)
		if ids.DType() == tensor.I64 {
			checkIDs(c, tensor.Of[int64](ids), x.Dim(0), "rows")
		} else {
			checkIDs(c, tensor.Of[int32](ids), x.Dim(0), "rows")
		}
		copy(y, f32(x))
		addRowsOf(y, in(c, 2), ids, rowSize(x))
	},
	Backward: func(_ *grad.None, c *grad.Call) {
		g, x, ids := gradOut(c, 0), c.In(0), c.In(1)
		pass(c, 0, g)
		if !c.Needs(2) {
			return
		}
		t := scratch(c, c.In(2).Numel())
		if ids.DType() == tensor.I64 {
			embed.Gather(t, g, tensor.Of[int64](ids), rowSize(x))
		} else {
			embed.Gather(t, g, tensor.Of[int32](ids), rowSize(x))
		}
		pass(c, 2, t)
	},
}

// zerosLike is a value of zeros of x's shape.
func zerosLike(x grad.Value) grad.Value { return x.Step().Full(0, x.Shape()...) }

// Selecting and adding are each other's VJP; so it is with the rows of an embedding.
func init() {
	indexSelect.VJP = func(_ *grad.None, v *grad.VJP) {
		v.SetGradIn(0, indexAdd.Apply(grad.None{}, zerosLike(v.In(0)), v.In(1), v.GradOut(0)))
	}
	indexAdd.VJP = func(_ *grad.None, v *grad.VJP) {
		if v.Needs(0) {
			v.SetGradIn(0, v.GradOut(0))
		}
		if v.Needs(2) {
			v.SetGradIn(2, indexSelect.Apply(grad.None{}, v.GradOut(0), v.In(1)))
		}
	}
	embedding.VJP = func(_ *grad.None, v *grad.VJP) {
		w, ids := v.In(0), v.In(1)
		n := ids.Numel()
		rows := Reshape(v.GradOut(0), n, w.Dim(1))
		v.SetGradIn(0, indexAdd.Apply(grad.None{}, zerosLike(w), Reshape(ids, n), rows))
	}
}
