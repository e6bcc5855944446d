package nn

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
)

// Linear computes y = act(x·Wᵀ + b): x [… in] → y [… out].
//
// NewLinear draws weight and bias from U(−1/√in, 1/√in), as PyTorch's Linear: its kaiming_uniform with a = √5 is the same.
// Source: LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.6, up to a factor √3.
type Linear struct {
	Weight *grad.Param   // [out in]
	Bias   *grad.Param   // [out]; nil: none
	Act    op.Activation // fused; zero: none
}

// NewLinear returns a layer with its first values; for one without a bias, set Bias to nil.
func NewLinear(r *rng.Source, in, out int) *Linear {
	checkSizes("NewLinear", size{"in", in}, size{"out", out})
	l := &Linear{Weight: newParam("weight", out, in), Bias: newParam("bias", out)}
	a := 1 / math.Sqrt(float64(in))
	symmetric(r.Next(), l.Weight.Data, a)
	symmetric(r.Next(), l.Bias.Data, a)
	return l
}

// Forward returns the layer's value.
func (l *Linear) Forward(x grad.Value) grad.Value {
	return op.Linear(x, x.Use(l.Weight), use(x, l.Bias), l.Act)
}
