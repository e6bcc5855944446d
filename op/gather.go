package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

type gatherAttrs struct{ Axis int32 }

// Gather picks one element for each id, along the axis: for axis 1 of three
//
//	y[i, j, k] = x[i, ids[i, j, k], k]
//	dx: each g is added to the element it was picked from, in the order of ids
//
// Shapes: x, ids i32 of as many dimensions, none but the axis longer than x's → ids' shape. Saved: ids.
// As torch.gather.
func Gather(x, ids grad.Value, axis int) grad.Value {
	if n := x.Rank(); axis < 0 {
		axis += n
	}
	return gather.Apply(gatherAttrs{int32(axis)}, x, ids)
}

var gather = grad.Def[gatherAttrs]{
	Name: "gather", Args: "x ids",
	Infer: func(a *gatherAttrs, c *grad.Call) {
		wantF32(c, 0, 1)
		wantPlaces(a, c)
		ids := c.In(1)
		c.Output(tensor.F32, ids.Dims()...)
	},
	Forward: func(a *gatherAttrs, c *grad.Call) {
		x, ids := c.In(0), c.In(1)
		checkIDs(c, tensor.Of[int32](ids), x.Dim(int(a.Axis)), "places")
		src, dst := f32(x), out(c, 0)
		w := picker{ids: ids, x: x, axis: int(a.Axis)}
		for i, id := range tensor.Of[int32](ids) {
			dst[i] = src[w.next(id)]
		}
	},
	Backward: func(a *gatherAttrs, c *grad.Call) {
		x, ids, g := c.In(0), c.In(1), gradOut(c, 0)
		gx, add := gradIn(c, 0)
		if !add {
			clear(gx)
		}
		w := picker{ids: ids, x: x, axis: int(a.Axis)}
		for i, id := range tensor.Of[int32](ids) {
			gx[w.next(id)] += g[i]
		}
	},
}

// wantPlaces refuses ids, operand 1, that don't point into operand 0 along the axis.
func wantPlaces(a *gatherAttrs, c *grad.Call) {
	x, ids := c.In(0), c.In(1)
	axis := int(a.Axis)
	if axis < 0 || axis >= x.Rank() || ids.Rank() != x.Rank() || ids.DType() != tensor.I32 {
		c.Fail("i32 ids of %d dimensions and an axis among them wanted; the axis is %d", x.Rank(), axis)
	}
	for i := range x.Rank() {
		if i != axis && ids.Dim(i) > x.Dim(i) {
			c.Fail("ids have %d in dimension %d, x has %d", ids.Dim(i), i, x.Dim(i))
		}
	}
}

// picker walks ids in order and tells where in x each points.
type picker struct {
	ids, x tensor.Tensor
	axis   int
	at     [tensor.MaxRank]int
	base   int // the place in x of at, with 0 on the axis
}

func (p *picker) next(id int32) int {
	stride, dims := p.x.Strides(), p.ids.Dims()
	place := p.base + int(id)*stride[p.axis]
	for i := len(dims) - 1; i >= 0; i-- {
		s := stride[i]
		if i == p.axis {
			s = 0
		}
		p.at[i]++
		p.base += s
		if p.at[i] < dims[i] {
			break
		}
		p.base -= s * p.at[i]
		p.at[i] = 0
	}
	return place
}

// ScatterAdd adds one element for each id to a place along the axis: for axis 1 of three
//
//	y = x; y[i, ids[i, j, k], k] += src[i, j, k]
//	dx = g, dsrc = the g of the place that each went to
//
// Shapes: x; ids i32 and src of one shape, of as many dimensions as x, none but the axis longer than x's → x's. Saved: ids.
// The additions run in the order of ids, on one worker: the bits are always the same. As torch.scatter_add; where ids
// number whole slices, IndexAdd is faster.
func ScatterAdd(x, ids, src grad.Value, axis int) grad.Value {
	return scatterAdd.Apply(gatherAttrs{int32(axisOf("ScatterAdd", x, axis))}, x, ids, src)
}

var scatterAdd = grad.Def[gatherAttrs]{
	Name: "scatter_add", Args: "x ids src",
	Infer: func(a *gatherAttrs, c *grad.Call) {
		wantF32(c, 0, 1)
		wantF32(c, 2, 1)
		ids, src := c.In(1), c.In(2)
		if !tensor.SameShape(&ids, &src) {
			c.Fail("ids and src of one shape wanted")
		}
		wantPlaces(a, c)
		c.OutputLike(c.In(0))
	},
	Forward: func(a *gatherAttrs, c *grad.Call) {
		x, ids, src, y := c.In(0), c.In(1), in(c, 2), out(c, 0)
		checkIDs(c, tensor.Of[int32](ids), x.Dim(int(a.Axis)), "places")
		copy(y, f32(x))
		w := picker{ids: ids, x: x, axis: int(a.Axis)}
		for i, id := range tensor.Of[int32](ids) {
			y[w.next(id)] += src[i]
		}
	},
	Backward: func(a *gatherAttrs, c *grad.Call) {
		x, ids, g := c.In(0), c.In(1), gradOut(c, 0)
		pass(c, 0, g)
		if !c.Needs(2) {
			return
		}
		t := scratch(c, ids.Numel())
		w := picker{ids: ids, x: x, axis: int(a.Axis)}
		for i, id := range tensor.Of[int32](ids) {
			t[i] = g[w.next(id)]
		}
		pass(c, 2, t)
	},
}

// Gathering and scattering are each other's VJP.
func init() {
	gather.VJP = func(a *gatherAttrs, v *grad.VJP) {
		v.SetGradIn(0, scatterAdd.Apply(*a, zerosLike(v.In(0)), v.In(1), v.GradOut(0)))
	}
	scatterAdd.VJP = func(a *gatherAttrs, v *grad.VJP) {
		if v.Needs(0) {
			v.SetGradIn(0, v.GradOut(0))
		}
		if v.Needs(2) {
			v.SetGradIn(2, gather.Apply(*a, v.GradOut(0), v.In(1)))
		}
	}
}
