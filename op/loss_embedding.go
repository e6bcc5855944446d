package op

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
)

// CosineEmbeddingLoss turns like pairs of vectors the same way, and unlike ones apart until their cosine is Margin.
//
//	loss = 1 − c where t = 1, max(0, c − m) where t = −1; c = Σ a·b/√((Σ a² + ε)·(Σ b² + ε)), ε = 1e-12
//	dc = −g where t = 1, g where t = −1 and c > m, 0 elsewhere
//
// Shapes: a, b [… D], target of −1 and 1 […] → [], or […] for ReduceNone. As PyTorch's.
type CosineEmbeddingLoss struct {
	Reduction Reduction
	Weights   grad.Value
	Margin    float64 // from −1 to 1
}

// Of returns the loss.
func (l CosineEmbeddingLoss) Of(a, b, target grad.Value) grad.Value {
	of := lossOf{"CosineEmbeddingLoss", l.Reduction, l.Weights}
	of.setting(l.Margin >= -1 && l.Margin <= 1, "Margin", l.Margin, "a number from -1 to 1")
	of.rows("a b", a, b)
	of.alike("a b", a, b)
	const eps = 1e-12 // PyTorch's, which a cosine of zeros has 0 by
	square := func(x grad.Value) grad.Value { return plus(Sum(Mul(x, x), -1), eps) }
	c := Div(Sum(Mul(a, b), -1), Mul(Sqrt(square(a)), Sqrt(square(b))))
	of.alike("a·b target", c, target)
	return of.reduce(of.bySign(target, Sub(c.Scalar(1), c), ReLU(plus(c, -l.Margin))))
}

// TripletMarginLoss wants a positive nearer to its anchor than a negative is, by Margin.
//
//	loss = max(0, d(a, p) − d(a, n) + m), d(x, y) = ‖x − y + 1e-6‖
//	da = g·(u(a, p) − u(a, n)), dp = −g·u(a, p), dn = g·u(a, n) where the loss isn't 0; u is the slope of the norm
//
// With Swap the negative's distance is that from the positive where it is smaller.
//
// Shapes: anchor, positive, negative [… D] → [], or […] for ReduceNone.
// Source: Balntas et al. 2016, "Learning local feature descriptors with triplets and shallow convolutional neural networks", BMVC;
// Schroff, Kalenichenko & Philbin 2015, arXiv:1503.03832.
type TripletMarginLoss struct {
	Reduction Reduction
	Weights   grad.Value
	Margin    float64 // 0: 1
	P         float64 // of the norm: 1, 2 or +Inf; 0: 2
	Swap      bool
}

// Of returns the loss.
func (l TripletMarginLoss) Of(anchor, positive, negative grad.Value) grad.Value {
	of := lossOf{"TripletMarginLoss", l.Reduction, l.Weights}
	const names = "anchor positive negative"
	m, p := of.positive("Margin", l.Margin, 1), l.P
	if p == 0 {
		p = 2
	}
	of.setting(p == 1 || p == 2 || math.IsInf(p, 1), "P", p, "1, 2 or +Inf")
	of.rows(names, anchor, positive, negative)
	of.alike(names, anchor, positive, negative)
	near, far := distance(anchor, positive, p), distance(anchor, negative, p)
	if l.Swap {
		far = Minimum(far, distance(positive, negative, p))
	}
	return of.reduce(ReLU(plus(Sub(near, far), m)))
}

// distance is PyTorch's pairwise_distance, whose 1e-6 gives equal vectors a slope.
func distance(a, b grad.Value, p float64) grad.Value { return Norm(plus(Sub(a, b), 1e-6), p, -1) }

// ContrastiveLoss draws like pairs of vectors together, and unlike ones apart until they are Margin from each other.
//
//	loss = ½·d² where t = 1, ½·max(0, m − d)² where t = 0; d = ‖a − b‖
//	da = g·(a − b) where t = 1, −g·(m − d)·(a − b)/d where t = 0 and d < m, 0 elsewhere and where d = 0; db = −da
//
// Shapes: a, b [… D], target of 0 and 1 […] → [], or […] for ReduceNone. The paper's Y is 1 for unlike pairs.
// Source: Hadsell, Chopra & LeCun 2006, "Dimensionality reduction by learning an invariant mapping", CVPR.
type ContrastiveLoss struct {
	Reduction Reduction
	Weights   grad.Value
	Margin    float64 // 0: 1
}

// Of returns the loss.
func (l ContrastiveLoss) Of(a, b, target grad.Value) grad.Value {
	of := lossOf{"ContrastiveLoss", l.Reduction, l.Weights}
	m := of.positive("Margin", l.Margin, 1)
	of.rows("a b", a, b)
	of.alike("a b", a, b)
	diff := Sub(a, b)
	d := Norm(diff, 2, -1)
	of.alike("distance target", d, target)
	t := of.within(target, "target", zeroOrOne)
	lack := ReLU(Sub(d.Scalar(m), d))
	like, unlike := Mul(t, Sum(Mul(diff, diff), -1)), Mul(Sub(t.Scalar(1), t), Mul(lack, lack))
	return of.reduce(times(Add(like, unlike), 0.5))
}

// InfoNCELoss has each query find its own key among those of the batch: the cross-entropy of their cosines over Temperature.
//
//	loss[i] = −ln softmax(s[i, :])[i], s[i, j] = cos(qᵢ, kⱼ)/τ
//
// Symmetric also has each key find its query, and gives the mean of both.
//
// Shapes: queries, keys [N D] → [], or [N] for ReduceNone.
// Source: van den Oord, Li & Vinyals 2018, arXiv:1807.03748; cosines and τ: Chen et al. 2020, arXiv:2002.05709; symmetric: Radford
// et al. 2021, arXiv:2103.00020.
type InfoNCELoss struct {
	Reduction   Reduction
	Weights     grad.Value // [N]
	Temperature float64    // 0: 0.07
	Symmetric   bool
}

// Of returns the loss.
func (l InfoNCELoss) Of(queries, keys grad.Value) grad.Value {
	of := lossOf{"InfoNCELoss", l.Reduction, l.Weights}
	tau := of.positive("Temperature", l.Temperature, 0.07)
	of.rows("queries keys", queries, keys)
	of.alike("queries keys", queries, keys)
	if queries.Rank() != 2 {
		of.fail("queries keys", []grad.Value{queries, keys}, "queries and keys [N D] wanted")
	}
	const eps = 1e-12 // torch.nn.functional.normalize's
	q, k := Normalize(queries, 2, eps, -1), Normalize(keys, 2, eps, -1)
	loss := ownKey(times(MatMulNT(q, k), 1/tau))
	if l.Symmetric {
		loss = times(Add(loss, ownKey(times(MatMulNT(k, q), 1/tau))), 0.5)
	}
	return of.reduce(loss)
}

// ownKey is the cross-entropy of row i with class i, of each row.
func ownKey(s grad.Value) grad.Value {
	n := s.Dim(0)
	own := Tril(Triu(s.Step().Full(1, n, n), 0), 0)
	return CrossEntropyLoss{Reduction: ReduceNone}.Of(s, own)
}
