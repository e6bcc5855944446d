package nn

import (
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// WeightNorm is a layer whose weight [K …] is computed from a length and a direction for each output:
//
//	weight[k] = g[k]·v[k]/‖v[k]‖
//
// What the layer has besides its weight may be a bias only. The state is that of PyTorch's parametrizations.weight_norm; older
// files have weight_g and weight_v in place of parametrizations.weight.original0 and original1.
// Source: Salimans & Kingma 2016, arXiv:1602.07868.
type WeightNorm struct {
	Bias *grad.Param `nn:"bias"`                              // the layer's; nil: none
	G    *grad.Param `nn:"parametrizations.weight.original0"` // [K 1 …]
	V    *grad.Param `nn:"parametrizations.weight.original1"` // [K …]

	layer  Layer       `nn:"-"`
	weight *grad.Param `nn:"-"` // the layer's, which the computed one stands for in a step
}

// NewWeightNorm takes over a layer such as a [Linear]. Its weight at first is what it was.
func NewWeightNorm(layer Layer) *WeightNorm {
	weight, bias := weightOf("NewWeightNorm", layer)
	shape := weight.Data.Shape()
	for i := range shape[1:] {
		shape[1+i] = 1
	}
	l := &WeightNorm{
		Bias: bias, G: newParam("original0", shape...), V: grad.NewParam("original1", weight.Data.Clone()),
		layer: layer, weight: weight,
	}
	v, k := tensor.Of[float32](l.V.Data), weight.Data.Dim(0)
	for i := range k {
		row, sum := v[i*len(v)/k:(i+1)*len(v)/k], 0.0
		for _, x := range row {
			sum += float64(x) * float64(x)
		}
		tensor.Of[float32](l.G.Data)[i] = float32(math.Sqrt(sum))
	}
	return l
}

// Forward returns the layer's value with the computed weight.
func (l *WeightNorm) Forward(x grad.Value) grad.Value {
	s := x.Step()
	g, v := s.Use(l.G), s.Use(l.V)
	rows := op.Reshape(v, v.Dim(0), v.Numel()/v.Dim(0))
	scale := op.Div(op.Reshape(g, v.Dim(0), 1), op.Sqrt(op.SumKeep(op.Mul(rows, rows), 1)))
	s.Bind(l.weight, op.Reshape(op.Mul(scale, rows), v.Shape()...))
	return l.layer.Forward(x)
}

// SpectralNorm is a layer whose weight [K …], as a matrix of K rows, is divided by an estimate of its largest singular value σ:
//
//	weight = W/σ, σ = uᵀ·W·v
//
// A forward pass in training first brings u and v nearer to the singular vectors: u ← W·v/‖W·v‖, v ← Wᵀ·u/‖Wᵀ·u‖. No gradient
// goes through them. What the layer has besides its weight may be a bias only. The state is that of
// PyTorch's parametrizations.spectral_norm.
// Source: Miyato, Kataoka, Koyama & Yoshida 2018, arXiv:1802.05957, Algorithm 1.
type SpectralNorm struct {
	Bias       *grad.Param  `nn:"bias"`                             // the layer's; nil: none
	W          *grad.Param  `nn:"parametrizations.weight.original"` // [K …]
	U          *grad.Buffer `nn:"parametrizations.weight.0._u"`     // [K]
	V          *grad.Buffer `nn:"parametrizations.weight.0._v"`     // [the rest]
	Iterations int          // in a training pass; zero: 1, the source's

	layer  Layer       `nn:"-"`
	weight *grad.Param `nn:"-"`
}

// NewSpectralNorm takes over a layer such as a [Linear]. It starts with random u and v and 15 iterations, as PyTorch.
func NewSpectralNorm(r *rng.Source, layer Layer) *SpectralNorm {
	weight, bias := weightOf("NewSpectralNorm", layer)
	k := weight.Data.Dim(0)
	l := &SpectralNorm{
		Bias: bias, W: grad.NewParam("original", weight.Data.Clone()),
		U:     grad.NewBuffer("_u", tensor.New(tensor.F32, k)),
		V:     grad.NewBuffer("_v", tensor.New(tensor.F32, weight.Data.Numel()/k)),
		layer: layer, weight: weight,
	}
	w, u, v := tensor.Of[float32](l.W.Data), tensor.Of[float32](l.U.Data), tensor.Of[float32](l.V.Data)
	r.Next().Normal(v, 0, 1)
	for range 15 {
		for i := range u {
			u[i] = dot32(w[i*len(v):][:len(v)], v)
		}
		unit(u)
		clear(v)
		for i, ui := range u {
			for j, x := range w[i*len(v):][:len(v)] {
				v[j] += ui * x
			}
		}
		unit(v)
	}
	return l
}

// normEps is the least norm that a vector is divided by: PyTorch's normalize.
const normEps = 1e-12

func dot32(a, b []float32) float32 {
	sum := 0.0
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return float32(sum)
}

// unit gives x length 1.
func unit(x []float32) {
	norm := max(math.Sqrt(float64(dot32(x, x))), normEps)
	for i := range x {
		x[i] = float32(float64(x[i]) / norm)
	}
}

// Forward returns the layer's value with the computed weight.
func (l *SpectralNorm) Forward(x grad.Value) grad.Value {
	s := x.Step()
	w := s.Use(l.W)
	rows := op.Reshape(w, w.Dim(0), w.Numel()/w.Dim(0))
	u, v := op.Reshape(s.Use(l.U), 1, rows.Dim(0)), op.Reshape(s.Use(l.V), 1, rows.Dim(1))
	if s.Mode() == grad.Train {
		still := op.Detach(rows)
		for range max(l.Iterations, 1) {
			u = unitValue(op.MatMulNT(v, still))
			v = unitValue(op.MatMul(u, still))
		}
		s.Write(l.U, op.Reshape(u, u.Dim(1)))
		s.Write(l.V, op.Reshape(v, v.Dim(1)))
	}
	sigma := op.Reshape(op.MatMulNT(op.MatMul(u, rows), v))
	s.Bind(l.weight, op.Div(w, sigma))
	return l.layer.Forward(x)
}

// unitValue is x over its norm.
func unitValue(x grad.Value) grad.Value {
	return op.Div(x, op.Maximum(op.Sqrt(op.Sum(op.Mul(x, x))), x.Scalar(normEps)))
}

// weightOf returns a layer's parameter called weight, and its bias if there is one. There may be no other.
func weightOf(what string, layer Layer) (weight, bias *grad.Param) {
	w, err := walk(layer)
	if err != nil {
		panic(tensor.Errorf("nn.%s: %v", what, err))
	}
	var names []string
	for _, p := range w.params {
		names = append(names, p.Name)
		switch p.Name {
		case "weight":
			weight = p.Param
		case "bias":
			bias = p.Param
		}
	}
	given := 1
	if bias != nil {
		given = 2
	}
	if weight == nil || weight.Data.Rank() < 2 || weight.Data.Numel() == 0 || len(names) != given || w.buffers != nil {
		panic(tensor.Errorf("nn.%s of a %T, which has %v and %d buffers: a weight of two axes or more and perhaps a bias are wanted", what, layer, names, len(w.buffers)))
	}
	return weight, bias
}
