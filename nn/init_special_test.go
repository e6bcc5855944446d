package nn_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

func ExampleOrthogonal() {
	w := tensor.New(tensor.F32, 2, 2)
	nn.Orthogonal(rng.NewSource(1).Next(), w, 1)
	x := tensor.Of[float32](w)
	fmt.Printf("%.3f %.3f\n", x[0]*x[0]+x[1]*x[1], math.Abs(float64(x[0]*x[2]+x[1]*x[3])))
	// Output: 1.000 0.000
}

// TestLeCun: as TestInitialisers.
func TestLeCun(t *testing.T) {
	w := tensor.New(tensor.F32, 200, 300)
	want := math.Sqrt(1.0 / 300)
	nn.LeCunNormal(rng.NewSource(3).Next(), w)
	if mean, std, _ := moments(w); math.Abs(std/want-1) > 0.02 || math.Abs(mean) > 0.03*want {
		t.Errorf("normal: mean %v, deviation %v, want 0 and %v", mean, std, want)
	}
	nn.LeCunUniform(rng.NewSource(3).Next(), w)
	if _, std, top := moments(w); math.Abs(std/want-1) > 0.02 || top > 0.1 || top < 0.099 { // √(3/300)
		t.Errorf("uniform: deviation %v, largest %v, want %v and 0.1", std, top, want)
	}
}

// TestTruncatedNormal: 60,000 values of N(0.5, 2²) from −1 to 3 have the mean and the variance of that distribution: with
// α = −0.75, β = 1.25, Z = Φ(β) − Φ(α) and d = (φ(α) − φ(β))/Z, mean = 0.5 + 2·d and variance = 4·(1 + (α·φ(α) − β·φ(β))/Z − d²).
func TestTruncatedNormal(t *testing.T) {
	w := tensor.New(tensor.F32, 200, 300)
	nn.TruncatedNormal(rng.NewSource(3).Next(), w, 0.5, 2, -1, 3)
	for _, x := range tensor.Of[float32](w) {
		if x < -1 || x > 3 {
			t.Fatalf("%v is outside", x)
		}
	}
	phi := func(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }
	a, b := -0.75, 1.25
	z := (math.Erf(b/math.Sqrt2) - math.Erf(a/math.Sqrt2)) / 2
	d := (phi(a) - phi(b)) / z
	wantMean, wantStd := 0.5+2*d, 2*math.Sqrt(1+(a*phi(a)-b*phi(b))/z-d*d)
	if mean, std, _ := moments(w); math.Abs(mean-wantMean) > 0.02 || math.Abs(std/wantStd-1) > 0.01 {
		t.Errorf("mean %v, deviation %v, want %v and %v", mean, std, wantMean, wantStd)
	}
	nn.TruncatedNormal(rng.NewSource(3).Next(), w, 0, 1, 5, 6) // far in the tail: about 5.19 on average, by φ(5)/(1 − Φ(5))
	if mean, _, _ := moments(w); math.Abs(mean-phi(5)/(math.Erfc(5/math.Sqrt2)/2)) > 0.01 {
		t.Errorf("mean of the tail %v", mean)
	}
	for _, c := range [][4]float64{{0, 0, -1, 1}, {0, 1, 1, 1}, {0, 1, 2, -2}, {0, 1, 50, 60}, {math.NaN(), 1, -1, 1}} {
		wantRefused(t, func() { nn.TruncatedNormal(rng.NewSource(3).Next(), w, c[0], c[1], c[2], c[3]) })
	}
}

// TestOrthogonal: W·Wᵀ, or WᵀW, is gain²; and W is the Q of the normal matrix A of the same stream, the one for which QᵀA has
// a positive diagonal and zeros below it.
func TestOrthogonal(t *testing.T) {
	for _, shape := range [][]int{{5, 9}, {9, 5}, {6, 6}, {3, 2, 4}, {1, 4}} {
		w := tensor.New(tensor.F32, shape...)
		s := rng.NewSource(7).Next()
		nn.Orthogonal(s, w, 2)
		a := tensor.New(tensor.F32, shape...)
		s.Normal(tensor.Of[float32](a), 0, 1)
		r, c := shape[0], w.Numel()/shape[0]
		n, long := min(r, c), max(r, c)
		product := func(x, y tensor.Tensor, i, j int) float64 { // of the vectors i of x and j of y
			sum := 0.0
			for k := range long {
				p, q := i*c+k, j*c+k
				if r > c {
					p, q = k*c+i, k*c+j
				}
				sum += float64(tensor.Of[float32](x)[p]) * float64(tensor.Of[float32](y)[q])
			}
			return sum
		}
		for i := range n {
			for j := range n {
				want := 0.0
				if i == j {
					want = 4
				}
				if got := product(w, w, i, j); math.Abs(got-want) > 1e-6 {
					t.Errorf("%v: product of %d and %d is %v, want %v", shape, i, j, got, want)
				}
				if got := product(w, a, i, j); i == j && got <= 0 || i > j && math.Abs(got) > 1e-5 {
					t.Errorf("%v: R[%d %d] is %v", shape, i, j, got/2)
				}
			}
		}
	}
	wantRefused(t, func() { nn.Orthogonal(rng.NewSource(7).Next(), tensor.New(tensor.F32, 4), 1) })
}

// TestSparse: of each column's 7 elements ⌈0.4·7⌉ = 3 are 0, elsewhere in another column, and the rest are of N(0, 0.5²).
func TestSparse(t *testing.T) {
	const rows, cols = 7, 9000
	w := tensor.New(tensor.F32, rows, cols)
	nn.Sparse(rng.NewSource(3).Next(), w, 0.4, 0.5)
	perRow, squares := [rows]int{}, 0.0
	for c := range cols {
		n := 0
		for r := range rows {
			x := tensor.Of[float32](w)[r*cols+c]
			squares += float64(x) * float64(x)
			if x == 0 {
				n++
				perRow[r]++
			}
		}
		if n != 3 {
			t.Fatalf("column %d has %d zeros, want 3", c, n)
		}
	}
	for r, n := range perRow { // 9000·3/7 = 3857, whose standard error is 47
		if math.Abs(float64(n)-9000*3.0/7) > 235 {
			t.Errorf("row %d has %d zeros, want about 3857", r, n)
		}
	}
	if std := math.Sqrt(squares / (4 * cols)); math.Abs(std/0.5-1) > 0.02 {
		t.Errorf("deviation of the others %v, want 0.5", std)
	}
	wantRefused(t, func() { nn.Sparse(rng.NewSource(3).Next(), w, 1.5, 1) })
	wantRefused(t, func() { nn.Sparse(rng.NewSource(3).Next(), tensor.New(tensor.F32, 2, 2, 2), 0.5, 1) })
}
