package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/embed"
	"github.com/ingot-ml/ingot/tensor"
)

type oneHotAttrs struct{ Classes int32 }

// OneHot makes of each id a row of zeros with a 1 at its place.
//
//	y[…, c] = 1 where ids[…] = c, 0 elsewhere
//
// Shapes: ids […] i32 or i64 in [0, classes) → [… classes] f32. It has no gradient.
func OneHot(ids grad.Value, classes int) grad.Value {
	if classes < 1 || classes > math.MaxInt32 {
		panic(tensor.Errorf("op.OneHot of %d classes: at least 1 wanted", classes))
	}
	return oneHot.Apply(oneHotAttrs{int32(classes)}, ids)
}

var oneHot = grad.Def[oneHotAttrs]{
	Name: "one_hot", Args: "ids",
	Infer: func(a *oneHotAttrs, c *grad.Call) {
		wantIDs(c, 0)
		ids := c.In(0)
		if ids.Rank() == tensor.MaxRank {
			c.Fail("ids of at most %d dimensions wanted", tensor.MaxRank-1)
		}
		var shape [tensor.MaxRank]int
		n := copy(shape[:], ids.Dims())
		shape[n] = int(a.Classes)
		c.Output(tensor.F32, shape[:n+1]...)
	},
	Forward: func(a *oneHotAttrs, c *grad.Call) {
		if ids := c.In(0); ids.DType() == tensor.I64 {
			markOnes(c, tensor.Of[int64](ids), int(a.Classes))
		} else {
			markOnes(c, tensor.Of[int32](ids), int(a.Classes))
		}
	},
	NoGrad: "ids are discrete",
}

func markOnes[I embed.ID](c *grad.Call, ids []I, classes int) {
	checkIDs(c, ids, classes, "classes")
	y := out(c, 0)
	clear(y)
	for i, id := range ids {
		y[i*classes+int(id)] = 1
	}
}
