package optim

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// Adafactor keeps the average of a matrix's squared gradient by its rows and columns only, and no average of the
// gradient, so that its memory is that of the rows and columns. At a parameter's step t = 1, 2, …, for each matrix [R C] of the
// last two axes, with η the learning rate times the schedule's factor and RMS(x) = ‖x‖/√n:
//
//	β = 1 − t^Decay,  α = max(ε₂, RMS(p))·min(η, 1/√t)
//	p ← p − η·WeightDecay·p
//	r ← β·r + (1 − β)·rows' mean of g²,  c ← β·c + (1 − β)·columns' mean of g²
//	v = r·cᵀ/max(mean(r), ε₁)               of a vector: v ← β·v + (1 − β)·g²
//	u = g/√max(v, ε₁²)
//	p ← p − α·u/max(1, RMS(u)/Clip)
//
// The paper's Algorithms 4 and 5 in PyTorch's form: ε₁ is float32's, 2⁻²³, and bounds what is divided by, where the paper adds it
// to g².
// Source: Shazeer & Stern 2018, arXiv:1804.04235.
type Adafactor struct {
	LR          float64  // upper bound of the relative step; zero: 0.01, PyTorch's and the paper's
	Decay       float64  // of β; zero: −0.8, PyTorch's and the paper's
	Eps2        float64  // ε₂, the least RMS of a parameter; zero: 1e-3, PyTorch's and the paper's
	Clip        float64  // the largest RMS of u; zero: 1, PyTorch's and the paper's
	WeightDecay float64  // share of the parameter taken off a step, times η; zero: none
	Schedule    Schedule // nil: constant

	moments
	u, row []float32
}

var _ Optimizer = (*Adafactor)(nil)

// Prepare checks the settings and makes the state.
func (o *Adafactor) Prepare(ps grad.Params, _ *grad.Grads) error {
	if err := checkCommon("Adafactor", or(o.LR, 0.01), o.WeightDecay, o.Schedule); err != nil {
		return err
	}
	if !(o.Decay <= 0) || math.IsInf(o.Decay, 0) {
		return tensor.Errorf("optim.Adafactor: Decay is %g; a negative number is wanted (zero: -0.8)", o.Decay)
	}
	if !(o.Clip >= 0) || !(o.Eps2 >= 0) || math.IsInf(o.Eps2, 0) {
		return tensor.Errorf("optim.Adafactor: Clip is %g and Eps2 %g; positive numbers are wanted (zero: 1 and 1e-3)", o.Clip, o.Eps2)
	}
	o.u, o.shape = grow(o.u, largest(ps)), adafactorShape
	for _, p := range ps {
		if n := p.Data.Rank(); n >= 2 {
			o.row = grow(o.row, p.Data.Dim(n-1))
		}
	}
	return o.prepare(ps, adafactorSlots)
}

// Apply makes one step with the gradients times scale.
func (o *Adafactor) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	o.applyWhole(o, ps, g, scale)
}

// Rate returns the learning rate of the next step, η.
func (o *Adafactor) Rate() float64 { return or(o.LR, 0.01) * factor(o.Schedule, o.moments.step) }

// LoadState restores what State gave; see [Optimizer].
func (o *Adafactor) LoadState(ps grad.Params, s State) error {
	o.shape = adafactorShape
	return o.load(ps, s, adafactorSlots)
}

// adafactorSlots are the names of r, c and a vector's v: PyTorch's.
var adafactorSlots = []string{"row_var", "col_var", "variance"}

func adafactorShape(dims []int, slot int) []int {
	own := append([]int(nil), dims...)
	n := len(dims)
	switch {
	case n < 2 && slot == 2:
		return append([]int{}, dims...)
	case n < 2 || slot == 2:
		return nil
	case slot == 0:
		own[n-1] = 1
	default:
		own[n-2] = 1
	}
	return own
}

// adafactorEps is ε₁.
const adafactorEps = 1.0 / (1 << 23)

func (o *Adafactor) step(p, g []float32, dims []int, mem *memory, scale float32) {
	if len(p) == 0 {
		return
	}
	t, rate, u := float64(tensor.Of[int64](mem.age)[0]), o.Rate(), o.u[:len(p)]
	share := float32(math.Pow(t, or(o.Decay, -0.8)))
	size := max(or(o.Eps2, 1e-3), rms(p)) * min(rate, 1/math.Sqrt(t))
	vec.Scale(p, float32(1-rate*o.WeightDecay))
	vec.MulScalar(u, g, scale)
	if n := len(dims); n >= 2 {
		r, c := tensor.Of[float32](mem.slot[0]), tensor.Of[float32](mem.slot[1])
		rows, cols := dims[n-2], dims[n-1]
		for i := 0; i*rows*cols < len(u); i++ {
			factored(u[i*rows*cols:(i+1)*rows*cols], r[i*rows:(i+1)*rows], c[i*cols:(i+1)*cols], o.row[:cols], share)
		}
	} else {
		v := tensor.Of[float32](mem.slot[2])
		for i, ui := range u {
			v[i] += share * (ui*ui - v[i])
			u[i] = ui / root(max(v[i], adafactorEps*adafactorEps))
		}
	}
	vec.Axpy(p, float32(-size/max(1, rms(u)/or(o.Clip, 1))), u)
}

// factored makes u of g, in place, for one matrix; share is 1 − β, and t has room for a row.
func factored(u, r, c, t []float32, share float32) {
	cols := len(c)
	clear(t)
	mean := 0.0
	for i := range r {
		row := u[i*cols : (i+1)*cols]
		r[i] += share * (float32(reduce.SumSquares(row)/float64(cols)) - r[i])
		mean += float64(r[i])
		vec.MulAcc(t, row, row)
	}
	vec.Scale(c, 1-share)
	vec.Axpy(c, share/float32(len(r)), t)
	over := 1 / max(mean/float64(len(r)), adafactorEps)
	for i := range r {
		row := u[i*cols : (i+1)*cols]
		vec.MulScalar(t, c, float32(float64(r[i])*over))
		vec.MaxScalar(t, t, adafactorEps*adafactorEps)
		vec.Sqrt(t, t)
		vec.Div(row, row, t)
	}
}

func rms(x []float32) float64 { return math.Sqrt(reduce.SumSquares(x) / float64(len(x))) }
