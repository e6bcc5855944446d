package grad

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// Grads holds the gradients of a list of parameters in one flat, aligned f32 buffer, in the list's order. The first
// contribution to a parameter since the last update overwrites, later ones add. Clipping, the optimizer and an all-reduce
// are one pass over [Grads.Flat].
//
// A step that fails empties the Grads it touched.
type Grads struct {
	params  Params
	flat    tensor.Tensor
	offset  []int
	index   map[*Param]int
	written []bool
	bad     []atomic.Bool // a NaN or Inf was written
}

// NewGrads returns empty gradients for the parameters, on their device.
func NewGrads(ps Params) *Grads {
	if len(ps) > 0 {
		return newGrads(ps, ps[0].Data.Device())
	}
	return newGrads(ps, nil)
}

func newGrads(ps Params, dev tensor.Device) *Grads {
	g := &Grads{
		params: ps, offset: make([]int, len(ps)+1), index: make(map[*Param]int, len(ps)),
		written: make([]bool, len(ps)), bad: make([]atomic.Bool, len(ps)),
	}
	const lanes = tensor.Align / 4
	for i, p := range ps {
		if _, twice := g.index[p.Param]; twice {
			panic(tensor.Errorf("parameter %s comes twice in the list of parameters", p.Name))
		}
		g.index[p.Param] = i
		g.offset[i+1] = (g.offset[i] + p.Data.Numel() + lanes - 1) / lanes * lanes
	}
	n := g.offset[len(ps)]
	if dev != nil {
		g.flat = tensor.Wrap(dev.NewBuffer(n*4), 0, tensor.F32, n)
	} else {
		g.flat = tensor.New(tensor.F32, n)
	}
	return g
}

// Params returns the list the gradients belong to.
func (g *Grads) Params() Params { return g.params }

// Flat returns the whole buffer; the padding between parameters is zero. Parameter i starts at [Grads.Offset].
func (g *Grads) Flat() []float32 { return tensor.Of[float32](g.flat) }

// Offset returns where parameter i starts in Flat.
func (g *Grads) Offset(i int) int { return g.offset[i] }

// Of returns the gradient of p, a view of the flat buffer with p's shape; ok is false where p got none since the last
// update or isn't in the list.
func (g *Grads) Of(p *Param) (t tensor.Tensor, ok bool) {
	i, ok := g.index[p]
	if !ok || !g.written[i] {
		return tensor.Tensor{}, false
	}
	return g.at(i), true
}

func (g *Grads) at(i int) tensor.Tensor {
	d := &g.params[i].Data
	buf, off := g.flat.Buffer()
	return tensor.Wrap(buf, off+4*g.offset[i], tensor.F32, d.Dims()...)
}

// Reset empties the gradients: the next contribution to each parameter overwrites.
func (g *Grads) Reset() {
	clear(g.written)
	for i := range g.bad {
		g.bad[i].Store(false)
	}
}

func (g *Grads) empty() bool { return !slices.Contains(g.written, true) }

// Scale multiplies every gradient by s.
func (g *Grads) Scale(s float32) { vec.MulScalar(g.Flat(), g.Flat(), s) }

// merge adds the contributions of o, gradients of the same list, in o's order.
func (g *Grads) merge(o *Grads) {
	for i := range g.params {
		switch {
		case !o.written[i]:
			continue
		case g.written[i]:
			vec.Add(g.slice(i), g.slice(i), o.slice(i))
		default:
			copy(g.slice(i), o.slice(i))
			g.written[i] = true
		}
		if o.bad[i].Load() || vec.NonFinite(g.slice(i)) {
			g.bad[i].Store(true)
		}
	}
}

func (g *Grads) slice(i int) []float32 {
	o := g.offset[i]
	return g.Flat()[o : o+g.params[i].Data.Numel()]
}

// complete returns an error that names each trained parameter of ps that got no gradient.
func (g *Grads) complete(ps Params) error {
	var missing []string
	for _, p := range ps {
		i, ok := g.index[p.Param]
		if !ok {
			return tensor.Errorf("update: parameter %s has no place in the Grads; make them with grad.NewGrads from the same parameters", p.Name)
		}
		if !g.written[i] && !p.Frozen {
			missing = append(missing, p.Name)
		}
	}
	if missing != nil {
		return tensor.Errorf("update: no gradient reached %v; freeze what the loss doesn't use, or leave it out of the parameters", missing)
	}
	return nil
}

// nonFinite returns the name of the first parameter whose gradient has a NaN or Inf.
func (g *Grads) nonFinite() string {
	for i := range g.bad {
		if g.written[i] && g.bad[i].Load() {
			return g.params[i].Name
		}
	}
	return ""
}

// NonFiniteError tells that a gradient had a NaN or an Inf; the step changed nothing.
type NonFiniteError struct {
	Step  uint64 // the tape's step, from 0
	Param string // the first parameter, in order, whose gradient isn't finite
	First string // the first value of the forward pass that isn't: a parameter, an input or an op's result; or empty
}

func (e *NonFiniteError) Error() string {
	s := fmt.Sprintf("step %d: the gradient of %s has a NaN or Inf", e.Step, e.Param)
	if e.First != "" {
		s += "; the first tensor that has one is " + e.First
	}
	return s + "; nothing was changed"
}
