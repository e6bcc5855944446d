package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/embed"
	"github.com/ingot-ml/ingot/tensor"
)

// Embedding takes the rows of w that ids number.
//
//	y[…, :] = w[ids[…], :]
//	dw[v, :] = Σ of g[…, :] where ids[…] = v, in the order of ids
//
// Shapes: w [V D], ids […] i32 or i64 in [0, V) → [… D]. Saved: ids.
func Embedding(w, ids grad.Value) grad.Value { return embedding.Apply(grad.None{}, w, ids) }

var embedding = grad.Def[grad.None]{
	Name: "embedding", Args: "weight ids",
	Infer: func(_ *grad.None, c *grad.Call) {
		wantF32(c, 0, 1)
		w, ids := c.In(0), c.In(1)
		if w.Rank() != 2 || ids.Rank() == tensor.MaxRank {
			c.Fail("weight [V D] and ids of at most %d dimensions wanted", tensor.MaxRank-1)
		}
		wantIDs(c, 1)
		var shape [tensor.MaxRank]int
		n := copy(shape[:], ids.Dims())
		shape[n] = w.Dim(1)
		c.Output(tensor.F32, shape[:n+1]...)
	},
	Forward:  takeRows,
	Backward: giveRows,
}

// wantIDs refuses an operand that isn't i32 or i64.
func wantIDs(c *grad.Call, i int) {
	if d := c.In(i).DType(); d != tensor.I32 && d != tensor.I64 {
		c.Fail("ids are %s; i32 or i64 wanted", d)
	}
}

// checkIDs refuses an id outside [0, n) and names its place.
func checkIDs[I embed.ID](c *grad.Call, ids []I, n int, what string) {
	if i := embed.Check(ids, n); i >= 0 {
		c.Fail("the id at position %d is %d; there are %d %s, 0 to %d", i, ids[i], n, what, n-1)
	}
}
