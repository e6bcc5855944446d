package op

import (
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/embed"
	"github.com/ingot-ml/ingot/internal/kernel/gemm"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/rnn"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/tensor"
)

// RecurrentWeights are the weights of a recurrent layer in one direction: those of the gates, one below the other in each,
// H rows a gate.
type RecurrentWeights struct {
	IH     grad.Value // [gates·H D]: of the inputs
	HH     grad.Value // [gates·H H]: of the state
	BiasIH grad.Value // [gates·H]; zero, with BiasHH: none
	BiasHH grad.Value // [gates·H]
}

// recurrentAttrs are those of RNN, LSTM and GRU.
type recurrentAttrs struct {
	Cell    rnn.Cell
	Reverse bool
}

// The operands of a recurrent op.
const (
	recX = iota
	recIH
	recHH
	recBiasIH
	recBiasHH
	recLengths
	recH0
	recC0
	recArgs = "x weight_ih weight_hh bias_ih bias_hh lengths h0 c0"
)

func inferRecurrent(a *recurrentAttrs, c *grad.Call) {
	wantF32(c, 0, recLengths)
	wantF32(c, recH0, 2)
	x, hh := c.In(recX), c.In(recHH)
	gates := a.Cell.Gates()
	if x.Rank() != 3 || hh.Rank() != 2 || hh.Dim(1) == 0 || hh.Dim(0) != gates*hh.Dim(1) {
		c.Fail("x [T B D] and weight_hh [%d·H H] wanted, H at least 1", gates)
	}
	t, b, h := x.Dim(0), x.Dim(1), hh.Dim(1)
	wantShape := func(i int, shape ...int) {
		if !c.Has(i) {
			return
		}
		y := c.In(i)
		ok := y.Rank() == len(shape)
		for j := 0; ok && j < len(shape); j++ {
			ok = y.Dim(j) == shape[j]
		}
		if !ok {
			c.Fail("%s has shape %v, %v wanted: x has %d steps of %d rows, weight_hh %d units", strings.Fields(recArgs)[i], y.Shape(), slices.Clone(shape), t, b, h) // a clone: shape itself stays off the heap
		}
	}
	wantShape(recIH, gates*h, x.Dim(2))
	wantShape(recBiasIH, gates*h)
	wantShape(recBiasHH, gates*h)
	wantShape(recH0, b, h)
	wantShape(recC0, b, h)
	wantShape(recLengths, b)
	if c.Has(recBiasIH) != c.Has(recBiasHH) {
		c.Fail("both biases or none wanted")
	}
	if c.Has(recLengths) {
		if d := c.In(recLengths).DType(); d != tensor.I32 && d != tensor.I64 {
			c.Fail("lengths are %s; i32 or i64 wanted", d)
		}
	}
	c.Output(tensor.F32, t, b, h)
	c.Output(tensor.F32, b, h)
	if a.Cell == rnn.LSTM {
		c.Output(tensor.F32, b, h)
	}
	if kept := a.Cell.Kept(); kept > 1 {
		c.Save(tensor.F32, t, b, kept*h)
	}
	if a.Cell == rnn.LSTM {
		c.Save(tensor.F32, t, b, h)
	}
}

// params fills in what forward and backward share.
func (a *recurrentAttrs) params(c *grad.Call) rnn.Params {
	x := c.In(recX)
	p := rnn.Params{
		Cell: a.Cell, Steps: x.Dim(0), Batch: x.Dim(1), Size: c.In(recHH).Dim(1), Reverse: a.Reverse,
		Weight: in(c, recHH), H0: optional(c, recH0), C0: optional(c, recC0), Y: out(c, 0), HN: out(c, 1),
	}
	if a.Cell.Kept() > 1 {
		p.Gates = saved(c, 0)
	}
	if a.Cell == rnn.LSTM {
		p.C, p.CN = saved(c, 1), out(c, 2)
	}
	if c.Has(recLengths) {
		p.Lengths = tensor.Of[int32](c.Scratch(tensor.I32, p.Batch))
		if l := c.In(recLengths); l.DType() == tensor.I64 {
			checkLengths(c, p.Lengths, tensor.Of[int64](l), p.Steps)
		} else {
			checkLengths(c, p.Lengths, tensor.Of[int32](l), p.Steps)
		}
	}
	return p
}

func checkLengths[I embed.ID](c *grad.Call, dst []int32, lengths []I, steps int) {
	for b, l := range lengths {
		if l < 1 || int(l) > steps {
			c.Fail("the length at position %d is %d; 1 to %d wanted, the steps of x", b, l, steps)
		}
		dst[b] = int32(l)
	}
}

func forwardRecurrent(a *recurrentAttrs, c *grad.Call) {
	p := a.params(c)
	gates, width := p.Gates, a.Cell.Kept()*p.Size
	if gates == nil {
		gates = p.Y
	}
	n, d := a.Cell.Gates()*p.Size, c.In(recX).Dim(2)
	var bias []float32
	if a.Cell == rnn.GRU {
		p.Bias = scratch(c, p.Size)
		clear(p.Bias)
	}
	if c.Has(recBiasIH) {
		bias = scratch(c, n)
		copy(bias, in(c, recBiasIH))
		both := n
		if a.Cell == rnn.GRU { // the state's part of n has its bias to itself
			both = 2 * p.Size
			copy(p.Bias, in(c, recBiasHH)[both:])
		}
		vec.AddTo(bias[:both], in(c, recBiasHH)[:both])
	}
	gemm.Mul(&gemm.Params{
		M: p.Steps * p.Batch, N: n, K: d, C: gates, LDC: width, Bias: bias,
		A: gemm.Matrix{Data: in(c, recX), Stride: d},
		B: gemm.Matrix{Data: in(c, recIH), Stride: d, Trans: true},
	})
	rnn.Forward(&p, scratch(c, rnn.WorkForward(&p)))
}

func backwardRecurrent(a *recurrentAttrs, c *grad.Call) {
	refuseGrad(c, recLengths, "lengths")
	p := a.params(c)
	width := a.Cell.Kept() * p.Size
	p.GY, p.GHN = gradOut(c, 0), gradOut(c, 1)
	if a.Cell == rnn.LSTM {
		p.GCN = gradOut(c, 2)
	}
	p.GGates = scratch(c, p.Steps*p.Batch*width)
	if p.H0 != nil && c.Needs(recHH) {
		p.GFirst = scratch(c, p.Batch*width)
		clear(p.GFirst)
	}
	if c.Needs(recH0) {
		p.GH0 = scratch(c, p.Batch*p.Size)
	}
	if c.Needs(recC0) {
		p.GC0 = scratch(c, p.Batch*p.Size)
	}
	rnn.Backward(&p, scratch(c, rnn.WorkBackward(&p)))
	rows, n, d := p.Steps*p.Batch, a.Cell.Gates()*p.Size, c.In(recX).Dim(2)
	if c.Needs(recX) {
		g, add := gradIn(c, recX)
		gemm.Mul(&gemm.Params{
			M: rows, N: d, K: n, C: g, LDC: d, Accumulate: add,
			A: gemm.Matrix{Data: p.GGates, Stride: width},
			B: gemm.Matrix{Data: in(c, recIH), Stride: d},
		})
	}
	if c.Needs(recIH) {
		bad := c.NonFinite(recIH)
		g, add := gradIn(c, recIH)
		gemm.Mul(&gemm.Params{
			M: n, N: d, K: rows, C: g, LDC: d, Accumulate: add, NonFinite: bad,
			A: gemm.Matrix{Data: p.GGates, Stride: width, Trans: true},
			B: gemm.Matrix{Data: in(c, recX), Stride: d},
		})
	}
	if c.Needs(recHH) {
		backwardState(a, c, &p)
	}
	if c.Needs(recBiasIH) || c.Needs(recBiasHH) {
		sums := scratch(c, width)
		reduce.SumCols(sums, p.GGates, rows, width, false)
		pass(c, recBiasIH, sums[:n])
		if a.Cell == rnn.GRU {
			copy(sums[2*p.Size:], sums[3*p.Size:])
		}
		pass(c, recBiasHH, sums[:n])
	}
	pass(c, recH0, p.GH0)
	pass(c, recC0, p.GC0)
}

// backwardState computes the gradient of weight_hh: of each step's gates with the state before it, then of the first
// step's with h0.
func backwardState(a *recurrentAttrs, c *grad.Call, p *rnn.Params) {
	bad := c.NonFinite(recHH)
	g, add := gradIn(c, recHH)
	width, size := a.Cell.Kept()*p.Size, p.Size
	product := func(row, col, n int) { // of rows row … row+n−1 of the weight, whose gates are at column col
		m := gemm.Params{
			M: n, N: size, K: (p.Steps - 1) * p.Batch, C: g[row*size:], LDC: size, Accumulate: add, NonFinite: bad,
			A: gemm.Matrix{Stride: width, Trans: true}, B: gemm.Matrix{Stride: size},
		}
		if m.K > 0 {
			gates, states := p.GGates, p.Y
			if p.Reverse {
				states = states[p.Batch*size:]
			} else {
				gates = gates[p.Batch*width:]
			}
			m.A.Data, m.B.Data = gates[col:], states
			gemm.Mul(&m)
		} else if !add {
			clear(g[row*size:][:n*size])
		}
		if p.GFirst != nil && p.Batch > 0 {
			m.K, m.Accumulate = p.Batch, true
			m.A.Data, m.B.Data = p.GFirst[col:], p.H0
			gemm.Mul(&m)
		}
	}
	if a.Cell == rnn.GRU {
		product(0, 0, 2*p.Size)
		product(2*p.Size, 3*p.Size, p.Size)
		return
	}
	product(0, 0, a.Cell.Gates()*p.Size)
}
