package proof

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// TestGradientPenalty differentiates mean((‖∂D/∂x‖₂ − 1)²) with respect to the weights of D (Gulrajani et al. 2017,
// arXiv:1704.00028): a second derivative through linear, tanh, mul, sum and sqrt. The oracle is central differences of the same
// penalty in float64, with ∂D/∂x = (w₂ ⊙ (1 − tanh²(W₁x + b₁)))·W₁ by hand.
func TestGradientPenalty(t *testing.T) {
	const n, in, hidden = 6, 3, 5
	dis := newNet(rng.NewSource(1), in, hidden, 1)
	ps := params(t, dis)
	grads := grad.NewGrads(ps.Filter(func(p grad.Named) bool { return p.Name != "fc2.bias" })) // the penalty doesn't depend on it
	x := uniform(2, n, in)
	var penalty float32
	var got [][]float32
	step(t, grad.NewTape(grad.Config{Params: ps, Poison: true}), grad.Train, func(s *grad.Step) error {
		v := s.Input(x)
		g := s.Grad(op.Sum(dis.Forward(v)), v)[0]
		d := op.Sub(op.Sqrt(op.Sum(op.Mul(g, g), 1)), s.Scalar(1))
		loss := op.Mean(op.Mul(d, d))
		s.Backward(loss, grads)
		s.Read(loss, &penalty)
		got = gradients(t, grads)
		return nil
	})

	reference := func(w1, b1, w2 []float64) float64 {
		var sum float64
		for i := range n {
			var g [in]float64
			for h := range hidden {
				z := b1[h]
				for k := range in {
					z += w1[h*in+k] * float64(f32(x)[i*in+k])
				}
				for k := range in {
					g[k] += w2[h] * (1 - math.Tanh(z)*math.Tanh(z)) * w1[h*in+k]
				}
			}
			d := math.Sqrt(g[0]*g[0]+g[1]*g[1]+g[2]*g[2]) - 1
			sum += d * d / n
		}
		return sum
	}
	w := [][]float64{wide(f32(dis.FC1.Weight.Data)), wide(f32(dis.FC1.Bias.Data)), wide(f32(dis.FC2.Weight.Data))}
	if want := reference(w[0], w[1], w[2]); math.Abs(float64(penalty)-want) > 1e-6 {
		t.Errorf("penalty %v, want %v", penalty, want)
	}
	const h = 1e-5
	for i := range w {
		for j, v := range w[i] {
			w[i][j] = v + h
			up := reference(w[0], w[1], w[2])
			w[i][j] = v - h
			down := reference(w[0], w[1], w[2])
			w[i][j] = v
			if want := (up - down) / (2 * h); math.Abs(float64(got[i][j])-want) > 1e-5 {
				t.Errorf("gradient %d of %s is %v, want %.7f", j, grads.Params()[i].Name, got[i][j], want)
			}
		}
	}
}

func wide(x []float32) []float64 {
	r := make([]float64, len(x))
	for i, v := range x {
		r[i] = float64(v)
	}
	return r
}

// midpoints returns (i + ½)/n for i < n, [n 1].
func midpoints(n int) tensor.Tensor {
	t := tensor.New(tensor.F32, n, 1)
	for i := range n {
		f32(t)[i] = (float32(i) + 0.5) / float32(n)
	}
	return t
}

// TestIntegratedGradients explains an output by its inputs (Sundararajan, Taly & Yan 2017, arXiv:1703.01365): the average
// gradient along the straight path from a baseline, times the distance. Recorded at inference behaviour; no parameter gets a
// gradient. Completeness: the attributions add up to F(x) − F(baseline).
func TestIntegratedGradients(t *testing.T) {
	const in = 4
	model := newNet(rng.NewSource(3), in, 32, 1)
	for i := range f32(model.FC1.Weight.Data) {
		f32(model.FC1.Weight.Data)[i] *= 6 // curved, so that one point on the path isn't enough
	}
	base, x := uniform(4, 1, in), uniform(5, 1, in)
	tape := grad.NewTape(grad.Config{Params: params(t, model)})

	attribute := func(points int) (sum, change float64) {
		step(t, tape, grad.Infer, func(s *grad.Step) error {
			from, to := s.Input(base), s.Input(x)
			share := s.Input(midpoints(points)) // [points 1]
			path := op.Add(from, op.Mul(share, op.Sub(to, from)))
			g := op.Mean(s.Grad(op.Sum(model.Forward(path)), path)[0], 0)
			for _, v := range f32(s.Tensor(op.Mul(g, op.Sub(to, from)))) {
				sum += float64(v)
			}
			change = float64(f32(s.Tensor(model.Forward(to)))[0] - f32(s.Tensor(model.Forward(from)))[0])
			return nil
		})
		return sum, change
	}
	sum, change := attribute(200)
	if math.Abs(sum-change) > 1e-3*math.Abs(change) || change == 0 {
		t.Errorf("attributions add up to %v, the output changes by %v", sum, change)
	}
	if one, _ := attribute(1); math.Abs(one-change) < 1e-2*math.Abs(change) {
		t.Errorf("one point on the path gives %v for %v: the model is too straight to show anything", one, change)
	}
}
