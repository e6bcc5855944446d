package nn

import (
	"math"

	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// TruncatedNormal draws from N(mean, std²) given that the value is in [lo, hi], by the inverse of its distribution function in
// float64. PyTorch: trunc_normal_, where lo and hi are a and b.
func TruncatedNormal(s rng.Stream, w tensor.Tensor, mean, std, lo, hi float64) {
	below := func(x float64) float64 { return math.Erfc((mean-x)/(std*math.Sqrt2)) / 2 }
	from, to := below(lo), below(hi)
	if !(std > 0) || !(lo < hi) || !(from < to) {
		panic(tensor.Errorf("nn.TruncatedNormal of mean %g, std %g, from %g to %g: a positive std and an interval that has some of the distribution are wanted", mean, std, lo, hi))
	}
	for i := range tensor.Of[float32](w) {
		u := (float64(s.Uint64(uint64(i))>>11) + 0.5) / (1 << 53)
		x := mean - std*math.Sqrt2*math.Erfcinv(2*(from+u*(to-from)))
		tensor.Of[float32](w)[i] = float32(min(max(x, lo), hi))
	}
}

// Orthogonal fills w, [R …] taken as a matrix [R C], with gain times a random matrix whose rows are orthonormal, or whose
// columns are if R > C: values neither grow nor shrink, however many steps of a recurrent layer they go through. Every such
// matrix is as likely as any other. The matrix is Q of Q·R = a normal one, R's diagonal positive, in float64; the time grows with
// R·C·min(R, C).
// Source: Saxe, McClelland & Ganguli 2014, arXiv:1312.6120; the signs: Mezzadri 2007, arXiv:math-ph/0609050.
func Orthogonal(s rng.Stream, w tensor.Tensor, gain float64) {
	fans(w)
	r, c := w.Dim(0), w.Numel()/w.Dim(0)
	x := tensor.Of[float32](w)
	s.Normal(x, 0, 1)
	at := func(v, i int) *float32 { return &x[v*c+i] } // element i of vector v, of which there are min(r, c)
	if r > c {
		at = func(v, i int) *float32 { return &x[i*c+v] }
	}
	q := make([][]float64, min(r, c))
	for v := range q {
		q[v] = make([]float64, max(r, c))
		for i := range q[v] {
			q[v][i] = float64(*at(v, i))
		}
		orthonormalise(q[v], q[:v])
		for i, f := range q[v] {
			*at(v, i) = float32(gain * f)
		}
	}
}

// orthonormalise takes off v what is along the vectors of q, and gives it length 1 (Gram & Schmidt). Once more for what rounding left:
// twice is enough (Giraud, Langou & Rozložník 2005).
func orthonormalise(v []float64, q [][]float64) {
	for range 2 {
		for _, u := range q {
			d := dot64(u, v)
			for i, f := range u {
				v[i] -= float64(d * f)
			}
		}
	}
	scale64(v, 1/math.Sqrt(dot64(v, v)))
}

func dot64(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += float64(x * b[i])
	}
	return sum
}

func scale64(x []float64, by float64) {
	for i := range x {
		x[i] *= by
	}
}

// Sparse fills w [R C] from N(0, std²) and sets the share sparsity of each column, rounded up to whole elements, to 0.
// Source: Martens 2010, "Deep learning via Hessian-free optimization", section 5. PyTorch: sparse_, whose std is 0.01.
func Sparse(s rng.Stream, w tensor.Tensor, sparsity, std float64) {
	if w.Rank() != 2 || !(sparsity >= 0 && sparsity <= 1) {
		panic(tensor.Errorf("nn.Sparse of a weight of shape %v with sparsity %g: a matrix and a share from 0 to 1 are wanted", w.Shape(), sparsity))
	}
	Normal(s, w, 0, std)
	rows, cols := w.Dim(0), w.Dim(1)
	zeros := int(math.Ceil(sparsity * float64(rows)))
	for c := range cols {
		for _, r := range s.Sub(uint64(c)).Perm(rows)[:zeros] {
			tensor.Of[float32](w)[r*cols+c] = 0
		}
	}
}
