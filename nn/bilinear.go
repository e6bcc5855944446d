package nn

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
)

// Bilinear computes y[k] = aᵀ·W[k]·b + bias[k]: a [… I], b [… J] → y [… K].
//
// NewBilinear draws weight and bias from U(−1/√I, 1/√I), as PyTorch's Bilinear.
// Source: Tenenbaum & Freeman 2000, "Separating style and content with bilinear models".
type Bilinear struct {
	Weight *grad.Param // [K I J]
	Bias   *grad.Param // [K]; nil: none
}

// NewBilinear returns a layer with its first values; for one without a bias, set Bias to nil.
func NewBilinear(r *rng.Source, i, j, k int) *Bilinear {
	checkSizes("NewBilinear", size{"i", i}, size{"j", j}, size{"k", k})
	l := &Bilinear{Weight: newParam("weight", k, i, j), Bias: newParam("bias", k)}
	a := 1 / math.Sqrt(float64(i))
	symmetric(r.Next(), l.Weight.Data, a)
	symmetric(r.Next(), l.Bias.Data, a)
	return l
}

// Forward returns the layer's value of a pair.
func (l *Bilinear) Forward(a, b grad.Value) grad.Value {
	return op.Bilinear(a, b, a.Use(l.Weight), use(a, l.Bias))
}
