package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/attn"
	"github.com/ingot-ml/ingot/tensor"
)

// Rotary is which elements [RoPE] turns, and by which rows of the table. Published weights need the pairing they were trained
// with.
type Rotary struct {
	From        int  // the position of the first row: how many are in the cache
	Interleaved bool // pairs are (0, 1), (2, 3), … as in the paper; otherwise (i, i + R/2), as in GPT-NeoX and in Llama of Transformers
	TimeFirst   bool // x is [… T H D] instead of [… T D]
	Heads       int  // with TimeFirst: only the first so many heads turn, such as the queries and keys of packed ones; 0: all
}

// RoPE is rotary position embedding: the pair (a, b) number i of a row at position t turns by the angle θ = t·base^(−2i/R), so that
// the product of a query and a key depends on their distance. The table, from [RotaryTable], is shared by all layers and steps.
//
//	y = (a·cos θ − b·sin θ, a·sin θ + b·cos θ)
//	dx = g turned by −θ; none for the table
//
// Shapes: x [… T D], table [N 2 R/2] with From + T ≤ N and R ≤ D → [… T D]; elements from R on stay. Saved: nothing but the table.
// Source: Su et al. 2021, arXiv:2104.09864, section 3.2.2, with its base of 10000 if the table has it.
func RoPE(x, table grad.Value, how Rotary) grad.Value {
	a := ropeAttrs{From: attr32("RoPE", "From", how.From), Heads: attr32("RoPE", "Heads", how.Heads), Interleaved: how.Interleaved, TimeFirst: how.TimeFirst}
	return rope.Apply(a, x, table)
}

// RotaryTable returns the cosines and sines of n positions for RoPE of the first dim elements: [n 2 dim/2].
func RotaryTable(n, dim int, base float64) tensor.Tensor {
	if n < 1 || dim < 2 || dim%2 != 0 || !(base > 0) {
		panic(tensor.Errorf("op.RotaryTable of %d positions, %d elements, base %v: at least 1, an even number and a positive one wanted", n, dim, base))
	}
	x := tensor.New(tensor.F32, n, 2, dim/2)
	for t := range n {
		row := tensor.Of[float32](x)[t*dim:][:dim]
		for i := range dim / 2 {
			sin, cos := math.Sincos(float64(t) * math.Pow(base, -2*float64(i)/float64(dim)))
			row[i], row[dim/2+i] = float32(cos), float32(sin)
		}
	}
	return x
}

type ropeAttrs struct {
	From, Heads            int32
	Interleaved, TimeFirst bool
	Back                   bool
}

var rope = grad.Def[ropeAttrs]{
	Name: "rope", Args: "x table",
	Infer: func(a *ropeAttrs, c *grad.Call) {
		wantF32(c, 0, 2)
		x, t := c.In(0), c.In(1)
		axes := 2
		if a.TimeFirst {
			axes = 3
		}
		if x.Rank() < axes || t.Rank() != 3 || t.Dim(1) != 2 || 2*t.Dim(2) > x.Dim(-1) {
			c.Fail("x [… T D], or [… T H D] with TimeFirst, and table [N 2 R/2] wanted, R at most D")
		}
		if n := x.Dim(-axes); a.From < 0 || int(a.From)+n > t.Dim(0) {
			c.Fail("positions %d to %d wanted, the table has %d", a.From, int(a.From)+n-1, t.Dim(0))
		}
		if h := int(a.Heads); h != 0 && (!a.TimeFirst || h < 0 || h > x.Dim(-2)) {
			c.Fail("the first %d heads can't turn", h)
		}
		c.OutputLike(x)
	},
	Forward: func(a *ropeAttrs, c *grad.Call) { turn(a, c, out(c, 0), in(c, 0), a.Back, false) },
	Backward: func(a *ropeAttrs, c *grad.Call) {
		if c.Needs(1) {
			c.Fail("there is no gradient of the table; give it as a constant, with op.Detach")
		}
		g := gradOut(c, 0)
		gx, add := gradIn(c, 0)
		turn(a, c, gx, g, !a.Back, add)
	},
}

func turn(a *ropeAttrs, c *grad.Call, dst, src []float32, back, add bool) {
	x, t := c.In(0), c.In(1)
	n, dims := x.Rank(), x.Dims()
	r := attn.Rotary{
		Outer: 1, Times: x.Dim(-2), Heads: 1, Dim: x.Dim(-1), Turned: 2 * t.Dim(2), TurnedHeads: 1,
		Interleaved: a.Interleaved, Back: back,
	}
	outer := dims[:n-2]
	if a.TimeFirst {
		outer, r.Times, r.Heads, r.TurnedHeads = dims[:n-3], dims[n-3], dims[n-2], int(a.Heads)
		if a.Heads == 0 {
			r.TurnedHeads = r.Heads
		}
	}
	for _, d := range outer {
		r.Outer *= d
	}
	attn.Rope(dst, src, in(c, 1)[int(a.From)*r.Turned:], &r, add)
}

func init() {
	rope.VJP = func(a *ropeAttrs, v *grad.VJP) {
		back := *a
		back.Back = !a.Back
		v.SetGradIn(0, rope.Apply(back, v.GradOut(0), v.In(1)))
	}
}
