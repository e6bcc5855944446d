package proof

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// attention is one head of causal attention (Vaswani et al. 2017, arXiv:1706.03762) with a cache of keys and values.
type attention struct {
	Query, Key, Value, Out *nn.Linear
	Keys, Values           *grad.Buffer // [T D]
}

const dim, most = 24, 40

func newAttention(r *rng.Source) *attention {
	linear := func() *nn.Linear { return nn.NewLinear(r, dim, dim) }
	return &attention{
		linear(), linear(), linear(), linear(),
		grad.NewBuffer("keys", tensor.New(tensor.F32, most, dim)), grad.NewBuffer("values", tensor.New(tensor.F32, most, dim)),
	}
}

// attend returns what queries q see of k and v.
func (a *attention) attend(q, k, v grad.Value) grad.Value {
	scores := op.Mul(op.MatMul(q, op.Permute(k, 1, 0)), q.Scalar(1/math.Sqrt(dim)))
	return a.Out.Forward(op.MatMul(op.Softmax(scores, 1), v))
}

// last computes the answer for the last row of x from nothing; earlier rows can't see it, so none of theirs is needed.
func (a *attention) last(x grad.Value) grad.Value {
	n := x.Dim(0)
	return a.attend(a.Query.Forward(op.Slice(x, 0, n-1, n)), a.Key.Forward(x), a.Value.Forward(x))
}

// next does with the cache what last does with all rows: x is row at alone.
func (a *attention) next(s *grad.Step, at int, x grad.Value) grad.Value {
	s.WriteRows(a.Keys, at, a.Key.Forward(x))
	s.WriteRows(a.Values, at, a.Value.Forward(x))
	seen := func(b *grad.Buffer) grad.Value { return op.Slice(s.Use(b), 0, 0, at+1) }
	return a.attend(a.Query.Forward(x), seen(a.Keys), seen(a.Values))
}

// TestCache decodes with a cache, in Eval: each row has the bits of computing everything again. A failed evaluation leaves the
// cache as it was.
func TestCache(t *testing.T) {
	a := newAttention(rng.NewSource(1))
	tape := grad.NewTape(grad.Config{})
	x := uniform(2, most, dim)
	for at := range most {
		row := x.Slice(0, at, at+1, 1)
		if at == most/2 {
			if err := tape.Eval(grad.Infer, func(s *grad.Step) error {
				a.next(s, at, s.Full(9, 1, dim))
				return errStop
			}); err != errStop {
				t.Fatal(err)
			}
			if k := f32(a.Keys.Data)[at*dim]; k != 0 {
				t.Fatalf("a failed evaluation left %v in the cache", k)
			}
		}
		var cached, again tensor.Tensor
		eval(t, tape, func(s *grad.Step) error {
			s.ReadTensor(a.next(s, at, s.Input(row)), &cached)
			return nil
		})
		eval(t, tape, func(s *grad.Step) error {
			s.ReadTensor(a.last(s.Input(x.Slice(0, 0, at+1, 1))), &again)
			return nil
		})
		if !sameBits(f32(cached), f32(again)) {
			t.Fatalf("row %d: with the cache %v, again %v", at, f32(cached)[:4], f32(again)[:4])
		}
	}
}
