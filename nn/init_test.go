package nn_test

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// moments returns mean, standard deviation and the largest magnitude.
func moments(w tensor.Tensor) (mean, std, top float64) {
	x := tensor.Of[float32](w)
	for _, v := range x {
		mean += float64(v) / float64(len(x))
		top = max(top, math.Abs(float64(v)))
	}
	for _, v := range x {
		std += (float64(v) - mean) * (float64(v) - mean) / float64(len(x))
	}
	return mean, math.Sqrt(std), top
}

// TestInitialisers: 60,000 draws have the standard deviation of their formula within 2 % (about 6 standard errors), a
// mean of zero within 0.03 of it, and uniform ones stay inside and come within 1 % of their bound.
func TestInitialisers(t *testing.T) {
	const out, in = 200, 300
	for _, c := range []struct {
		name  string
		fill  func(rng.Stream, tensor.Tensor)
		bound float64 // of a uniform one
		std   float64 // of a normal one
	}{
		{"XavierUniform", func(s rng.Stream, w tensor.Tensor) { nn.XavierUniform(s, w, 1) }, math.Sqrt(6.0 / 500), 0},
		{"XavierUniform 2", func(s rng.Stream, w tensor.Tensor) { nn.XavierUniform(s, w, 2) }, 2 * math.Sqrt(6.0/500), 0},
		{"HeUniform", func(s rng.Stream, w tensor.Tensor) { nn.HeUniform(s, w, 0) }, math.Sqrt(6.0 / 300), 0},
		{"HeUniform √5", func(s rng.Stream, w tensor.Tensor) { nn.HeUniform(s, w, math.Sqrt(5)) }, 1 / math.Sqrt(300), 0},
		{"XavierNormal", func(s rng.Stream, w tensor.Tensor) { nn.XavierNormal(s, w, 1) }, 0, math.Sqrt(2.0 / 500)},
		{"Uniform", func(s rng.Stream, w tensor.Tensor) { nn.Uniform(s, w, -2, 2) }, 2, 0},
		{"Normal", func(s rng.Stream, w tensor.Tensor) { nn.Normal(s, w, 0, 3) }, 0, 3},
		{"HeNormal", func(s rng.Stream, w tensor.Tensor) { nn.HeNormal(s, w, 0) }, 0, math.Sqrt(2.0 / 300)},
	} {
		w := tensor.New(tensor.F32, out, in)
		c.fill(rng.NewSource(3).Next(), w)
		mean, std, top := moments(w)
		want := c.std
		if c.bound > 0 {
			want = c.bound / math.Sqrt(3)
			if top > c.bound*(1+1e-6) || top < 0.99*c.bound {
				t.Errorf("%s: largest %v, want %v", c.name, top, c.bound)
			}
		}
		if math.Abs(std/want-1) > 0.02 || math.Abs(mean) > 0.03*want {
			t.Errorf("%s: mean %v, deviation %v, want 0 and %v", c.name, mean, std, want)
		}
	}
}

func TestConstant(t *testing.T) {
	w := tensor.New(tensor.F32, 2, 3)
	nn.Constant(w, -0.25)
	for i, v := range tensor.Of[float32](w) {
		if v != -0.25 {
			t.Errorf("w[%d] is %v, want -0.25", i, v)
		}
	}
}

// TestFansOfConvolution: a kernel [K C R S] has fan-in C·R·S.
func TestFansOfConvolution(t *testing.T) {
	w := tensor.New(tensor.F32, 64, 16, 3, 3)
	nn.HeNormal(rng.NewSource(3).Next(), w, 0)
	if _, std, _ := moments(w); math.Abs(std/math.Sqrt(2.0/144)-1) > 0.03 {
		t.Errorf("deviation %v, want %v", std, math.Sqrt(2.0/144))
	}
}

func TestSourceStreamsDiffer(t *testing.T) {
	a, b := rng.NewSource(1), rng.NewSource(1)
	first := a.Next()
	if first != b.Next() {
		t.Error("the same seed gives another first stream")
	}
	if first == a.Next() || first == rng.NewSource(2).Next() {
		t.Error("streams repeat")
	}
}
