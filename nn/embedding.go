package nn

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
)

// Embedding looks up a row for each id: ids [… ] of i32 or i64 → y [… D].
//
// NewEmbedding draws from N(0, 1), as PyTorch's Embedding.
type Embedding struct {
	Weight *grad.Param // [V D]
}

// NewEmbedding returns a table of v rows of dim values.
func NewEmbedding(r *rng.Source, v, dim int) *Embedding {
	checkSizes("NewEmbedding", size{"v", v}, size{"dim", dim})
	e := &Embedding{Weight: newParam("weight", v, dim)}
	Normal(r.Next(), e.Weight.Data, 0, 1)
	return e
}

// Forward returns the rows of the ids.
func (e *Embedding) Forward(ids grad.Value) grad.Value { return op.Embedding(ids.Use(e.Weight), ids) }
