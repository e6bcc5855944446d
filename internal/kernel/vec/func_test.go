package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

func of(f Func) func(dst, x []float32) {
	return func(dst, x []float32) { f.Map(dst, x, Params{}) }
}

func silu64(x float64) float64 { return x / (1 + math.Exp(-x)) }

func mish64(x float64) float64 {
	if x < -30 {
		return x * math.Exp(x)
	}
	return x * math.Tanh(math.Log1p(math.Exp(x)))
}

// slack64 is the magnitude that a function's error is relative to, where it isn't its value.
type slack64 func(x float64) float64

// funcCases has every Func in another form than the Go loop's, with params that aren't all alike.
var funcCases = []struct {
	name  string
	f     Func
	p     Params
	ulps  float64
	at    func(x float64) float64
	slack slack64
}{
	{"GELU", GELU, Params{}, 2, func(x float64) float64 { return x * 0.5 * (1 + math.Erf(x/math.Sqrt2)) }, math.Abs},
	{"GELUTanh", GELUTanh, Params{}, 2, func(x float64) float64 {
		return x * 0.5 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*math.Pow(x, 3))))
	}, math.Abs},
	{"SiLU", SiLU, Params{}, 3, silu64, nil},
	{"Mish", Mish, Params{}, 4, mish64, nil},
	{"Softplus", Softplus, Params{2, 0.5}, 4, func(x float64) float64 {
		return math.Log1p(math.Exp(2*x)) / 2
	}, nil},
	{"ELU", ELU, Params{1.5, 2, 0.5}, 4, func(x float64) float64 {
		return 2*max(x, 0) + 1.5*(math.Exp(min(x, 0)/2)-1)
	}, nil},
	{"LeakyReLU", LeakyReLU, Params{0.25}, 0.5, func(x float64) float64 { return max(x, 0) + 0.25*min(x, 0) }, nil},
	{"Softsign", Softsign, Params{}, 2, func(x float64) float64 { return x / (1 + math.Abs(x)) }, nil},
	{"HardSigmoid", HardSigmoid, Params{}, 3, func(x float64) float64 { return max(0, min(1, x/6+0.5)) }, func(float64) float64 { return 1 }},
	{"HardSwish", HardSwish, Params{}, 3, func(x float64) float64 { return x * max(0, min(1, x/6+0.5)) }, math.Abs},
	{"Clamp", Clamp, Params{-1.5, 2.25}, 0, func(x float64) float64 { return max(-1.5, min(2.25, x)) }, nil},
	{"Abs", Abs, Params{}, 0, math.Abs, nil},
	{"Sign", Sign, Params{}, 0, func(x float64) float64 {
		if x == 0 || x != x {
			return 0
		}
		return math.Copysign(1, x)
	}, nil},
	{"Step", Step, Params{0.25}, 0, func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x == 0:
			return 0.25
		}
		return 0
	}, nil},
	{"Floor", Floor, Params{}, 0, math.Floor, nil},
	{"Ceil", Ceil, Params{}, 0, math.Ceil, nil},
	{"Round", Round, Params{}, 0, func(x float64) float64 { return x - math.Remainder(x, 1) }, nil},
	{"Log1p", Log1p, Params{}, 3, math.Log1p, nil},
	{"Expm1", Expm1, Params{}, 3, math.Expm1, nil},
	{"Erf", Erf, Params{}, 4, math.Erf, nil},
	{"Sin", Sin, Params{}, 2, math.Sin, nil},
	{"Cos", Cos, Params{}, 2, math.Cos, nil},
}

// funcs are funcCases for the tests of every function. Slopes are held to differences.
func funcs() []function {
	var list []function
	for _, c := range funcCases {
		slack := func(x, want float64) float64 {
			if c.slack != nil {
				return max(math.Abs(want), c.slack(x))
			}
			return want
		}
		slope := func(x float64) float64 {
			switch {
			case c.f >= Sign && c.f <= Round:
				return 0
			case c.f == Log1p:
				return 1 / (1 + x) // below −1 too
			}
			const h = 1e-6
			return (c.at(x+h) - c.at(x-h)) / (2 * h)
		}
		list = append(list,
			function{c.name, c.ulps, func(d, x, y, z []float32, s float32) { c.f.Map(d, x, c.p) }, func(_, x, _, _, _ float64) (float64, float64) {
				return c.at(x), slack(x, c.at(x))
			}},
			function{c.name + "Grad", 6, func(d, x, y, z []float32, s float32) { c.f.Grad(d, x, y, c.p, false) }, func(_, x, y, _, _ float64) (float64, float64) {
				return x * slope(y), math.Abs(x) * max(1, math.Abs(slope(y)))
			}},
			function{c.name + "GradAcc", 6, func(d, x, y, z []float32, s float32) { c.f.Grad(d, x, y, c.p, true) }, func(d, x, y, _, _ float64) (float64, float64) {
				return d + x*slope(y), math.Abs(d) + math.Abs(x)*max(1, math.Abs(slope(y)))
			}})
	}
	return list
}

// TestFar holds every Func and its slope to the Go loop over all exponents: within 4 ulp of the larger of 1, |x| and the value,
// below which what is subtracted on the way may be lost.
func TestFar(t *testing.T) {
	var x, ones []float32
	for e := range uint32(255) {
		for m := range uint32(256) {
			b := e<<23 | (m<<15+m*977)&0x7fffff
			x = append(x, math.Float32frombits(b), math.Float32frombits(b|1<<31))
			ones = append(ones, 1, 1)
		}
	}
	got, want := make([]float32, len(x)), make([]float32, len(x))
	for _, c := range funcCases {
		for _, do := range []func(dst []float32){
			func(dst []float32) { c.f.Map(dst, x, c.p) },
			func(dst []float32) { c.f.Grad(dst, ones, x, c.p, false) },
		} {
			restore := cpu.Force(cpu.Go)
			do(want)
			restore()
			do(got)
			for i := range x {
				limit := 4 * ulp(max(1, math.Abs(float64(want[i])), min(6, math.Abs(float64(x[i])))))
				if !near(got[i], float64(want[i]), limit/ulp(float64(want[i]))) {
					t.Fatalf("%s of %v: got %v, the Go loop says %v", c.name, x[i], got[i], want[i])
				}
			}
		}
	}
}

// TestGates holds the gates to a product of two columns, and their gradients to differences, over shapes, levels and workers.
func TestGates(t *testing.T) {
	gelu := funcCases[0].at
	for _, c := range []struct {
		name string
		gate Gate
		f    func(x float64) float64
	}{{"GLU", GLU, sigmoid64}, {"SwiGLU", SwiGLU, silu64}, {"GeGLU", GeGLU, gelu}} {
		for _, shape := range [][2]int{{0, 3}, {1, 1}, {3, 5}, {2, 67}, {9, 2100}, {2, 3*piece + 5}} {
			rows, n := shape[0], shape[1]
			r := rand.New(rand.NewPCG(11, uint64(n)))
			x, g, gx := make([]float32, 2*rows*n), make([]float32, rows*n), make([]float32, 2*rows*n)
			random(r, x, false)
			random(r, g, false)
			random(r, gx, false)
			first := map[string][]float32{}
			for l := cpu.Best(); l >= cpu.Go; l-- {
				for _, w := range []int{1, 3} {
					restore, old := cpu.Force(l), parallel.SetWorkers(w)
					y, over, added := make([]float32, rows*n), make([]float32, 2*rows*n), append([]float32(nil), gx...)
					c.gate.Rows(y, x, n)
					c.gate.Grad(over, g, x, n, false)
					c.gate.Grad(added, g, x, n, true)
					parallel.SetWorkers(old)
					restore()
					for i := range y {
						at := i/n*2*n + i%n
						a, b, d := float64(x[at]), float64(x[at+n]), float64(g[i])
						ga := d * c.f(b)
						gb := d * a * (c.f(b+1e-6) - c.f(b-1e-6)) / 2e-6
						bound(t, c.name, y[i], a*c.f(b), a*b)
						bound(t, c.name+" ga", over[at], ga, d*b)
						bound(t, c.name+" gb", over[at+n], gb, 2*d*a)
						bound(t, c.name+" ga added", added[at], ga+float64(gx[at]), math.Abs(d*b)+math.Abs(float64(gx[at])))
						bound(t, c.name+" gb added", added[at+n], gb+float64(gx[at+n]), 2*math.Abs(d*a)+math.Abs(float64(gx[at+n])))
					}
					for k, v := range map[string][]float32{"y": y, "over": over, "added": added} {
						if l == cpu.Go {
							k += " of the Go loops"
						}
						if first[k] == nil {
							first[k] = v
						}
						same(t, fmt.Sprint(c.name, " ", k, " ", l, " workers=", w), v, first[k])
					}
				}
			}
		}
	}
}

// bound fails where got is more than 6 ulp of the larger of want and slack off.
func bound(t *testing.T, what string, got float32, want, slack float64) {
	t.Helper()
	if d := math.Abs(float64(got) - want); d > 6*ulp(max(math.Abs(want), math.Abs(slack))) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func TestSelect(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		for _, n := range lengths() {
			r := rand.New(rand.NewPCG(9, uint64(n)))
			x, y, dst, mask := make([]float32, n), make([]float32, n), make([]float32, n), make([]uint8, n)
			random(r, x, true)
			random(r, y, true)
			want := append([]float32(nil), y...)
			for i := range mask {
				if mask[i] = uint8(r.IntN(3)); mask[i] != 0 {
					want[i] = x[i]
				}
			}
			Select(dst, x, y, mask)
			same(t, fmt.Sprint("Select n=", n), dst, want)
		}
	})
}

// TestPow holds the powers and their gradients to the definitions, with zeros, ones and numbers below zero among the operands.
func TestPow(t *testing.T) {
	x := []float32{2, 0, 0, 0, -2, -2, 1, 3, 0.5, -8}
	e := []float32{3, 0, 2, -1, 3, 0.5, 7, 0, -2, 2}
	nan, inf := math.NaN(), math.Inf(1)
	y := []float64{8, 1, 0, inf, -8, nan, 1, 1, 4, 64}
	gx := []float64{12, 0, 0, -inf, 12, nan, 7, 0, -16, -16}                                    // e·xᵉ⁻¹
	ge := []float64{8 * math.Ln2, 0, 0, -inf, nan, nan, 0, math.Log(3), 4 * math.Log(0.5), nan} // y·ln x
	ones := []float32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	got, base, exponent := make([]float32, 10), make([]float32, 10), make([]float32, 10)
	Pow(got, x, e)
	PowGrad(base, ones, x, e)
	PowExponentGrad(exponent, ones, x, e)
	one := make([]float32, 1)
	for i := range x {
		PowScalar(one, x[i:i+1], e[i])
		if !near(got[i], y[i], 0.6) || !near(one[0], y[i], 0.6) {
			t.Errorf("%v to the power %v: got %v, PowScalar %v, want %v", x[i], e[i], got[i], one[0], y[i])
		}
		ScalarPow(one, x[i], e[i:i+1])
		if !near(one[0], y[i], 0.6) || !near(base[i], gx[i], 0.6) || !near(exponent[i], ge[i], 0.6) {
			t.Errorf("%v to the power %v: ScalarPow %v, want %v; gradients %v, %v, want %v, %v", x[i], e[i], one[0], y[i], base[i], exponent[i], gx[i], ge[i])
		}
	}
}
