package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/attn"
	"github.com/ingot-ml/ingot/tensor"
)

// Attention is how [SDPA] and [SDPAPacked] attend.
type Attention struct {
	// Causal hides keys after the query: with S keys, query i of T sees keys 0 to i + S − T, so that the last query sees all, as
	// where keys of earlier steps come from a cache.
	Causal    bool
	Scale     float64 // of the scores; 0: 1/√D
	TimeFirst bool    // q, k, v and the result are [B T H D] instead of [B H T D]
}

// SDPA is scaled dot-product attention. A zero mask leaves it out; so do zero slopes.
//
//	y = softmax(scale·q·kᵀ + bias)·v for each head, where the bias is mask and −slope·|i + S − T − j| (ALiBi, arXiv:2108.12409)
//	p = softmax(…), dv = pᵀ·g, ds = p∘(g·vᵀ − Σ g∘y), dq = scale·ds·k, dk = scale·dsᵀ·q; none for mask and slopes
//
// Shapes: q [B H T D], k and v [B Hₖ S D] → [B H T D]; Hₖ divides H, and head h looks at head h·Hₖ/H of k and v. The mask, f32
// to be added or u8 of which 0 hides, broadcasts to [B H T S]; slopes [H]. Strided views whose last axis is in order are read as
// they are. A row that sees nothing gives 0. Saved: q, k, v, y and ln Σ exp of each row's scores: memory grows with T, not T².
//
// Query i's result has the same bits whether it is computed with others, alone, or with later keys that it doesn't see.
//
// Source: Vaswani et al. 2017, arXiv:1706.03762; by blocks: Dao et al. 2022, arXiv:2205.14135 and Dao 2023, arXiv:2307.08691;
// grouped heads: Ainslie et al. 2023, arXiv:2305.13245.
func SDPA(q, k, v, mask, slopes grad.Value, how Attention) grad.Value {
	return sdpa.Apply(sdpaAttrs{how, 0, 0}, q, k, v, mask, slopes)
}

// SDPAPacked is SDPA of the queries, keys and values that one projection makes: for each element of the batch and of time,
// heads rows of D for the queries, then kvHeads for the keys and as many for the values.
//
// Shapes: qkv [B T (heads+2·kvHeads)·D] → [B T heads·D]; how.TimeFirst says nothing here. All else is as in SDPA.
func SDPAPacked(qkv, mask, slopes grad.Value, heads, kvHeads int, how Attention) grad.Value {
	how.TimeFirst = true
	return sdpaPacked.Apply(sdpaAttrs{how, attr32("SDPAPacked", "heads", heads), attr32("SDPAPacked", "kvHeads", kvHeads)}, qkv, mask, slopes)
}

type sdpaAttrs struct {
	Attention
	Heads, KVHeads int32 // packed only
}

var sdpa = grad.Def[sdpaAttrs]{
	Name: "sdpa", Args: "q k v mask slopes", Strided: true,
	Infer: func(a *sdpaAttrs, c *grad.Call) {
		wantF32(c, 0, 3)
		for i := range 3 {
			if c.In(i).Rank() != 4 {
				c.Fail("operand %d has shape %v, %s wanted", i, c.In(i).Shape(), a.layout())
			}
		}
		q, k, v := a.headed(c.In(0)), a.headed(c.In(1)), a.headed(c.In(2))
		for i := range 4 {
			if k.Dim(i) != v.Dim(i) {
				c.Fail("k and v differ in shape")
			}
		}
		switch {
		case q.Dim(0) != k.Dim(0) || q.Dim(3) != k.Dim(3):
			c.Fail("q and k differ in batch or width; %s wanted", a.layout())
		case q.Dim(3) == 0:
			c.Fail("heads of width 0")
		case k.Dim(1) == 0 || q.Dim(1)%k.Dim(1) != 0:
			c.Fail("%d heads of queries can't share %d heads of keys", q.Dim(1), k.Dim(1))
		}
		wantBias(c, 3, q.Dim(0), q.Dim(1), q.Dim(2), k.Dim(2))
		c.OutputLike(c.In(0))
		c.Save(tensor.F32, q.Dim(0), q.Dim(1), q.Dim(2))
	},
	Forward: func(a *sdpaAttrs, c *grad.Call) {
		var p attn.Params
		a.params(c, &p, a.headed(inOrder(c, c.In(0))), a.headed(inOrder(c, c.In(1))), a.headed(inOrder(c, c.In(2))), 3)
		p.Out = viewOf(a.headed(c.Out(0)))
		attn.Forward(&p, scratch(c, attn.WorkForward(&p)))
	},
	Backward: func(a *sdpaAttrs, c *grad.Call) {
		refuseBias(c, 3)
		var p attn.Params
		a.params(c, &p, a.headed(inOrder(c, c.In(0))), a.headed(inOrder(c, c.In(1))), a.headed(inOrder(c, c.In(2))), 3)
		p.Out, p.GOut = viewOf(a.headed(c.Out(0))), viewOf(a.headed(c.GradOut(0)))
		// One value may be two operands: the kernel writes a head's q, then k, then v, and adds where we say.
		for i, to := range []*attn.View{&p.GQuery, &p.GKey, &p.GVal} {
			if c.Needs(i) {
				g, add := c.GradIn(i)
				*to = viewOf(a.headed(g))
				*[]*bool{&p.AddQ, &p.AddK, &p.AddVal}[i] = add
			}
		}
		attn.Backward(&p)
	},
}

func (a *sdpaAttrs) layout() string {
	if a.TimeFirst {
		return "[B T H D]"
	}
	return "[B H T D]"
}

// headed sees x as [B H T D].
func (a *sdpaAttrs) headed(x tensor.Tensor) tensor.Tensor {
	if a.TimeFirst {
		return x.Permute(0, 2, 1, 3)
	}
	return x
}

var sdpaPacked = grad.Def[sdpaAttrs]{
	Name: "sdpa_packed", Args: "qkv mask slopes",
	Infer: func(a *sdpaAttrs, c *grad.Call) {
		wantF32(c, 0, 1)
		x, h, kv := c.In(0), int(a.Heads), int(a.KVHeads)
		switch {
		case h < 1 || kv < 1 || h%kv != 0:
			c.Fail("%d heads of queries can't share %d heads of keys", h, kv)
		case x.Rank() != 3 || x.Dim(2) == 0 || x.Dim(2)%(h+2*kv) != 0:
			c.Fail("qkv [B T C] wanted, C a multiple of %d: %d heads of queries, %d of keys and as many of values", h+2*kv, h, kv)
		}
		b, t := x.Dim(0), x.Dim(1)
		wantBias(c, 1, b, h, t, t)
		c.Output(tensor.F32, b, t, x.Dim(2)/(h+2*kv)*h)
		c.Save(tensor.F32, b, h, t)
	},
	Forward: func(a *sdpaAttrs, c *grad.Call) {
		var p attn.Params
		q, k, v := a.unpack(c.In(0))
		a.params(c, &p, q, k, v, 1)
		p.Out = viewOf(a.split(c.Out(0)))
		attn.Forward(&p, scratch(c, attn.WorkForward(&p)))
	},
	Backward: func(a *sdpaAttrs, c *grad.Call) {
		refuseBias(c, 1)
		var p attn.Params
		q, k, v := a.unpack(c.In(0))
		a.params(c, &p, q, k, v, 1)
		p.Out, p.GOut = viewOf(a.split(c.Out(0))), viewOf(a.split(c.GradOut(0)))
		g, add := c.GradIn(0)
		q, k, v = a.unpack(g)
		p.GQuery, p.GKey, p.GVal = viewOf(q), viewOf(k), viewOf(v)
		p.AddQ, p.AddK, p.AddVal = add, add, add
		attn.Backward(&p)
	},
}

// unpack sees [B T (H+2·Hₖ)·D] as queries, keys and values of [B H T D].
func (a *sdpaAttrs) unpack(x tensor.Tensor) (q, k, v tensor.Tensor) {
	h, kv := int(a.Heads), int(a.KVHeads)
	x, _ = x.Reshape(x.Dim(0), x.Dim(1), h+2*kv, x.Dim(2)/(h+2*kv))
	x = x.Permute(0, 2, 1, 3)
	return x.Slice(1, 0, h, 1), x.Slice(1, h, h+kv, 1), x.Slice(1, h+kv, h+2*kv, 1)
}

// split sees [B T H·D] as [B H T D].
func (a *sdpaAttrs) split(x tensor.Tensor) tensor.Tensor {
	x, _ = x.Reshape(x.Dim(0), x.Dim(1), int(a.Heads), x.Dim(2)/int(a.Heads))
	return x.Permute(0, 2, 1, 3)
}

// params fills in what forward and backward share. The mask is operand first, the slopes the one after.
func (a *sdpaAttrs) params(c *grad.Call, p *attn.Params, q, k, v tensor.Tensor, first int) {
	p.Batch, p.Heads, p.Queries, p.D = q.Dim(0), q.Dim(1), q.Dim(2), q.Dim(3)
	p.KVHeads, p.Keys = k.Dim(1), k.Dim(2)
	p.Causal, p.Scale = a.Causal, float32(a.Scale)
	if a.Scale == 0 {
		p.Scale = float32(1 / math.Sqrt(float64(p.D)))
	}
	p.Query, p.Key, p.Value, p.LSE = viewOf(q), viewOf(k), viewOf(v), saved(c, 0)
	if c.Has(first) {
		m := c.In(first).Expand(p.Batch, p.Heads, p.Queries, p.Keys)
		s := m.Strides()
		p.Mask.B, p.Mask.H, p.Mask.T, p.Mask.S = s[0], s[1], s[2], s[3]
		if m.DType() == tensor.F32 {
			p.Mask.F32 = tensor.Raw[float32](m)
		} else {
			p.Mask.Bool = tensor.Raw[uint8](m)
		}
	}
	if c.Has(first + 1) {
		p.Slopes = f32(inOrder(c, c.In(first+1)))
	}
}

func viewOf(x tensor.Tensor) attn.View {
	s := x.Strides()
	return attn.View{Data: tensor.Raw[float32](x), B: s[0], H: s[1], T: s[2]}
}

// inOrder returns x, or a copy where its last axis has gaps.
func inOrder(c *grad.Call, x tensor.Tensor) tensor.Tensor {
	n := x.Rank()
	if x.Strides()[n-1] == 1 || x.Dim(n-1) == 1 {
		return x
	}
	y := c.Scratch(tensor.F32, x.Dims()...)
	tensor.Copy(y, x)
	return y
}

// wantBias checks the mask, operand first, and the slopes after it.
func wantBias(c *grad.Call, first, b, h, t, s int) {
	if c.Has(first) {
		m := c.In(first)
		if d := m.DType(); d != tensor.F32 && d != tensor.U8 {
			c.Fail("mask is %s; f32, to be added, or u8, 0 where hidden, wanted", d)
		}
		want := [4]int{b, h, t, s}
		for i := range m.Rank() {
			if m.Rank() > 4 || m.Dim(-1-i) != want[3-i] && m.Dim(-1-i) != 1 {
				c.Fail("mask has shape %v, one that broadcasts to %v wanted", m.Shape(), want)
			}
		}
	}
	if c.Has(first + 1) {
		m := c.In(first + 1)
		if m.DType() != tensor.F32 || m.Rank() != 1 || m.Dim(0) != h {
			c.Fail("slopes are %s %v; f32 [%d] wanted, one for each head", m.DType(), m.Shape(), h)
		}
	}
}

// refuseBias stops where the gradient of a bias is asked for.
func refuseBias(c *grad.Call, first int) {
	if c.Needs(first) || c.Needs(first+1) {
		c.Fail("there is no gradient of mask and slopes; give them as constants, with op.Detach")
	}
}
