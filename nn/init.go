package nn

import (
	"math"

	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// The initialisers fill an f32 tensor of host memory from the stream given. The fans of a weight [out in …] are
// fanIn = in·(the rest) and fanOut = out·(the rest).

// Uniform fills w with values in [lo, hi).
func Uniform(s rng.Stream, w tensor.Tensor, lo, hi float64) {
	s.Uniform(tensor.Of[float32](w), float32(lo), float32(hi))
}

// Normal fills w with normal values.
func Normal(s rng.Stream, w tensor.Tensor, mean, std float64) {
	s.Normal(tensor.Of[float32](w), float32(mean), float32(std))
}

// Constant fills w with x.
func Constant(w tensor.Tensor, x float64) {
	for i := range tensor.Of[float32](w) {
		tensor.Of[float32](w)[i] = float32(x)
	}
}

// XavierUniform draws from U(−a, a), a = gain·√(6/(fanIn + fanOut)): the variance of values and of gradients is kept
// through layers with odd activations; gain is 1, or 5/3 for tanh.
// Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", eq. 16.
func XavierUniform(s rng.Stream, w tensor.Tensor, gain float64) {
	in, out := fans(w)
	symmetric(s, w, gain*math.Sqrt(6/float64(in+out)))
}

// XavierNormal draws from N(0, σ²), σ = gain·√(2/(fanIn + fanOut)).
// Source: Glorot & Bengio 2010, eq. 12.
func XavierNormal(s rng.Stream, w tensor.Tensor, gain float64) {
	in, out := fans(w)
	Normal(s, w, 0, gain*math.Sqrt(2/float64(in+out)))
}

// HeUniform draws from U(−b, b), b = √(6/((1 + a²)·fanIn)): the variance of values is kept through layers of ReLU, a = 0,
// or of leaky ReLU of slope a. PyTorch calls it Kaiming.
// Source: He, Zhang, Ren & Sun 2015, arXiv:1502.01852, eq. 15.
func HeUniform(s rng.Stream, w tensor.Tensor, a float64) {
	in, _ := fans(w)
	symmetric(s, w, math.Sqrt(6/((1+a*a)*float64(in))))
}

// HeNormal draws from N(0, σ²), σ = √(2/((1 + a²)·fanIn)).
// Source: He, Zhang, Ren & Sun 2015, arXiv:1502.01852, eq. 15.
func HeNormal(s rng.Stream, w tensor.Tensor, a float64) {
	in, _ := fans(w)
	Normal(s, w, 0, math.Sqrt(2/((1+a*a)*float64(in))))
}

// LeCunUniform draws from U(−a, a), a = √(3/fanIn): the variance of values is kept through layers that are nearly linear
// around 0, and through SELU.
// Source: LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", eq. 16; SELU: Klambauer et al. 2017, arXiv:1706.02515.
func LeCunUniform(s rng.Stream, w tensor.Tensor) {
	in, _ := fans(w)
	symmetric(s, w, math.Sqrt(3/float64(in)))
}

// LeCunNormal draws from N(0, σ²), σ = √(1/fanIn). Source: as [LeCunUniform].
func LeCunNormal(s rng.Stream, w tensor.Tensor) {
	in, _ := fans(w)
	Normal(s, w, 0, math.Sqrt(1/float64(in)))
}

// symmetric fills w from U(−a, a).
func symmetric(s rng.Stream, w tensor.Tensor, a float64) { Uniform(s, w, -a, a) }

// fans returns how many inputs an output of w [out in …] has, and how many outputs an input.
func fans(w tensor.Tensor) (in, out int) {
	if w.Rank() < 2 || w.Numel() == 0 {
		panic(tensor.Errorf("a weight of shape %v has no fan-in and fan-out; at least [out in] is wanted", w.Shape()))
	}
	rest := w.Numel() / (w.Dim(0) * w.Dim(1))
	return w.Dim(1) * rest, w.Dim(0) * rest
}
