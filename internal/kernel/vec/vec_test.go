package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// lengths has every length around the vector widths, then some that are odd or take several pieces.
func lengths() []int {
	var list []int
	for n := range 68 {
		list = append(list, n)
	}
	return append(list, 1000, 1023, 3*piece+5)
}

// forLevels runs f at every level that the machine has.
func forLevels(t *testing.T, f func(t *testing.T)) {
	for l := cpu.Go; l <= cpu.Best(); l++ {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Force(l)()
			f(t)
		})
	}
}

// random fills x with numbers around zero, some of them equal, some special.
func random(r *rand.Rand, x []float32, special bool) {
	odd := []float32{0, float32(math.Copysign(0, -1)), 1, -1, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 1e-42, math.MaxFloat32}
	for i := range x {
		x[i] = float32(r.NormFloat64() * 3)
		if special && r.IntN(4) == 0 {
			x[i] = odd[r.IntN(len(odd))]
		}
	}
}

// near reports whether got is within ulps units in the last place of want (as a float32), or both are NaN. Zeros of
// either sign are equal.
func near(got float32, want float64, ulps float64) bool {
	w := float32(want)
	switch {
	case want != want || got != got:
		return want != want && got != got
	case float64(got) == want || got == w:
		return true
	case math.IsInf(float64(w), 0) || math.IsInf(float64(got), 0):
		return false
	}
	return math.Abs(float64(got)-want) <= ulps*ulp(want)
}

// ulp is the distance between the float32 numbers around x.
func ulp(x float64) float64 {
	_, e := math.Frexp(x)
	return math.Ldexp(1, max(e-24, -149))
}

// call runs a function under test on up to three operands and a scalar.
type call func(dst, x, y, z []float32, s float32)

// meaning gives what dst should hold, from what it held and the operands, in float64. slack is the sum of the
// magnitudes that were rounded on the way: the tolerance is a few ulp of it.
type meaning func(d, x, y, z, s float64) (want, slack float64)

func exact(f func(x, y, z, s float64) float64) meaning {
	return func(_, x, y, z, s float64) (float64, float64) { w := f(x, y, z, s); return w, w }
}

func acc(f func(x, y, z, s float64) float64) meaning {
	return func(d, x, y, z, s float64) (float64, float64) {
		w := f(x, y, z, s)
		return d + w, max(math.Abs(d), math.Abs(w))
	}
}

func larger64(x, y float64) float64 {
	if x > y || x != x {
		return x
	}
	return y
}

func share64(g, a, b float64) float64 {
	switch {
	case a < b:
		return 0
	case a == b:
		return g / 2
	}
	return g
}

func sigmoid64(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func gate(g, y float64) float64 {
	if y > 0 {
		return g
	}
	return 0
}

type function struct {
	name string
	ulps float64
	do   call
	mean meaning
}

var functions = append(funcs(), []function{
	{"Add", 0.5, func(d, x, y, z []float32, s float32) { Add(d, x, y) }, exact(func(x, y, z, s float64) float64 { return x + y })},
	{"Sub", 0.5, func(d, x, y, z []float32, s float32) { Sub(d, x, y) }, exact(func(x, y, z, s float64) float64 { return x - y })},
	{"Mul", 0.5, func(d, x, y, z []float32, s float32) { Mul(d, x, y) }, exact(func(x, y, z, s float64) float64 { return x * y })},
	{"Div", 0.5, func(d, x, y, z []float32, s float32) { Div(d, x, y) }, exact(func(x, y, z, s float64) float64 { return x / y })},
	{"Max", 0, func(d, x, y, z []float32, s float32) { Max(d, x, y) }, exact(func(x, y, z, s float64) float64 { return larger64(x, y) })},
	{"Min", 0, func(d, x, y, z []float32, s float32) { Min(d, x, y) }, exact(func(x, y, z, s float64) float64 { return -larger64(-x, -y) })},
	{"MinScalar", 0, func(d, x, y, z []float32, s float32) { MinScalar(d, x, s) }, exact(func(x, y, z, s float64) float64 { return -larger64(-x, -s) })},
	{"AddTo", 0.5, func(d, x, y, z []float32, s float32) { AddTo(d, x) }, acc(func(x, y, z, s float64) float64 { return x })},
	{"MulAcc", 2, func(d, x, y, z []float32, s float32) { MulAcc(d, x, y) }, acc(func(x, y, z, s float64) float64 { return x * y })},
	{"DivAcc", 2, func(d, x, y, z []float32, s float32) { DivAcc(d, x, y) }, acc(func(x, y, z, s float64) float64 { return x / y })},
	{"Axpy", 2, func(d, x, y, z []float32, s float32) { Axpy(d, s, x) }, acc(func(x, y, z, s float64) float64 { return s * x })},
	{"AddScalar", 0.5, func(d, x, y, z []float32, s float32) { AddScalar(d, x, s) }, exact(func(x, y, z, s float64) float64 { return x + s })},
	{"SubScalar", 0.5, func(d, x, y, z []float32, s float32) { SubScalar(d, x, s) }, exact(func(x, y, z, s float64) float64 { return x - s })},
	{"MulScalar", 0.5, func(d, x, y, z []float32, s float32) { MulScalar(d, x, s) }, exact(func(x, y, z, s float64) float64 { return x * s })},
	{"DivScalar", 0.5, func(d, x, y, z []float32, s float32) { DivScalar(d, x, s) }, exact(func(x, y, z, s float64) float64 { return x / s })},
	{"MaxScalar", 0, func(d, x, y, z []float32, s float32) { MaxScalar(d, x, s) }, exact(func(x, y, z, s float64) float64 { return larger64(x, s) })},
	{"ScalarSub", 0.5, func(d, x, y, z []float32, s float32) { ScalarSub(d, s, x) }, exact(func(x, y, z, s float64) float64 { return s - x })},
	{"ScalarDiv", 0.5, func(d, x, y, z []float32, s float32) { ScalarDiv(d, s, x) }, exact(func(x, y, z, s float64) float64 { return s / x })},
	{"Neg", 0, func(d, x, y, z []float32, s float32) { Neg(d, x) }, exact(func(x, y, z, s float64) float64 { return -x })},
	{"Fill", 0, func(d, x, y, z []float32, s float32) { Fill(d, s) }, exact(func(x, y, z, s float64) float64 { return s })},
	{"Sqrt", 0.5, func(d, x, y, z []float32, s float32) { Sqrt(d, x) }, exact(func(x, y, z, s float64) float64 { return math.Sqrt(x) })},
	{"Exp", 2, func(d, x, y, z []float32, s float32) { Exp(d, x) }, exact(func(x, y, z, s float64) float64 { return math.Exp(x) })},
	{"Log", 2, func(d, x, y, z []float32, s float32) { Log(d, x) }, exact(func(x, y, z, s float64) float64 { return math.Log(x) })},
	{"Tanh", 2, func(d, x, y, z []float32, s float32) { Tanh(d, x) }, exact(func(x, y, z, s float64) float64 { return math.Tanh(x) })},
	{"Sigmoid", 2, func(d, x, y, z []float32, s float32) { Sigmoid(d, x) }, exact(func(x, y, z, s float64) float64 { return sigmoid64(x) })},
	{"ReLU", 0, func(d, x, y, z []float32, s float32) { ReLU(d, x) }, exact(func(x, y, z, s float64) float64 { return larger64(x, 0) })},
	{"ReLUGrad", 0, func(d, x, y, z []float32, s float32) { ReLUGrad(d, x, y, false) }, exact(func(x, y, z, s float64) float64 { return gate(x, y) })},
	{"ReLUGradAcc", 0.5, func(d, x, y, z []float32, s float32) { ReLUGrad(d, x, y, true) }, acc(func(x, y, z, s float64) float64 { return gate(x, y) })},
	{"SqrtGrad", 2, func(d, x, y, z []float32, s float32) { SqrtGrad(d, x, y, false) }, exact(func(x, y, z, s float64) float64 { return x / (2 * y) })},
	{"SqrtGradAcc", 2, func(d, x, y, z []float32, s float32) { SqrtGrad(d, x, y, true) }, acc(func(x, y, z, s float64) float64 { return x / (2 * y) })},
	{"DivGrad", 2, func(d, x, y, z []float32, s float32) { DivGrad(d, x, y, z, false) }, exact(func(x, y, z, s float64) float64 { return -x * y / z })},
	{"DivGradAcc", 3, func(d, x, y, z []float32, s float32) { DivGrad(d, x, y, z, true) }, acc(func(x, y, z, s float64) float64 { return -x * y / z })},
	{"MaxGrad", 0.5, func(d, x, y, z []float32, s float32) { MaxGrad(d, x, y, z, false) }, exact(func(x, y, z, s float64) float64 { return share64(x, y, z) })},
	{"MaxGradAcc", 1, func(d, x, y, z []float32, s float32) { MaxGrad(d, x, y, z, true) }, acc(func(x, y, z, s float64) float64 { return share64(x, y, z) })},
	{"SigmoidGrad", 4, func(d, x, y, z []float32, s float32) { SigmoidGrad(d, x, y, false) }, func(_, x, y, _, _ float64) (float64, float64) {
		return x * y * (1 - y), math.Abs(x*y) * (1 + math.Abs(y))
	}},
	{"SigmoidGradAcc", 4, func(d, x, y, z []float32, s float32) { SigmoidGrad(d, x, y, true) }, func(d, x, y, _, _ float64) (float64, float64) {
		return d + x*y*(1-y), math.Abs(d) + math.Abs(x*y)*(1+math.Abs(y))
	}},
	{"TanhGrad", 4, func(d, x, y, z []float32, s float32) { TanhGrad(d, x, y, false) }, func(_, x, y, _, _ float64) (float64, float64) {
		return x * (1 - y*y), math.Abs(x) * (1 + y*y)
	}},
	{"TanhGradAcc", 4, func(d, x, y, z []float32, s float32) { TanhGrad(d, x, y, true) }, func(d, x, y, _, _ float64) (float64, float64) {
		return d + x*(1-y*y), math.Abs(d) + math.Abs(x)*(1+y*y)
	}},
}...)

// TestAgainstFloat64 holds every function to its meaning, over lengths, alignments and levels, and checks that it
// leaves what lies before and after dst alone.
func TestAgainstFloat64(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, f := range functions {
			for k, n := range lengths() {
				offset := k % 16
				if n > 100 {
					offset = 3
				}
				var op [4][]float32
				for j := range op {
					op[j] = make([]float32, n+40)
					random(r, op[j], false)
				}
				before := append([]float32(nil), op[0]...)
				at := func(j int) []float32 { o := (offset + 5*j) % 16; return op[j][o : o+n : o+n] }
				s := float32(r.NormFloat64())
				f.do(at(0), at(1), at(2), at(3), s)
				was := before[offset : offset+n]
				for i, got := range at(0) {
					want, slack := f.mean(float64(was[i]), float64(at(1)[i]), float64(at(2)[i]), float64(at(3)[i]), float64(s))
					if !near(got, want, f.ulps*max(1, ulp(slack)/ulp(want))) {
						t.Fatalf("%s n=%d offset=%d [%d]: x=%v y=%v z=%v s=%v was=%v: got %v, want %v", f.name, n, offset, i,
							at(1)[i], at(2)[i], at(3)[i], s, was[i], got, want)
					}
				}
				for i := range op[0] {
					if (i < offset || i >= offset+n) && op[0][i] != before[i] {
						t.Fatalf("%s n=%d offset=%d wrote outside, at %d", f.name, n, offset, i-offset)
					}
				}
			}
		}
	})
}

// TestSameBits checks that special values, workers, alignment and, above the Go level, the level don't show.
func TestSameBits(t *testing.T) {
	const n = 3*piece + 77
	r := rand.New(rand.NewPCG(3, 4))
	var op [4][]float32
	for j := range op {
		op[j] = make([]float32, n)
		random(r, op[j], true)
	}
	for _, f := range functions {
		var first []float32
		for l := cpu.Best(); l > cpu.Go; l-- {
			for _, w := range []int{1, 2, 3, 8} {
				restore, old := cpu.Force(l), parallel.SetWorkers(w)
				buffer := make([]float32, n+w)
				dst := buffer[w:]
				copy(dst, op[0])
				f.do(dst, op[1], op[2], op[3], 0.3)
				parallel.SetWorkers(old)
				restore()
				if first == nil {
					first = dst
				}
				same(t, fmt.Sprint(f.name, " ", l, " workers=", w), dst, first)
			}
			// One element at a time gives what many do.
			restore := cpu.Force(l)
			dst := append([]float32(nil), op[0]...)
			for i := range 500 {
				f.do(dst[i:i+1], op[1][i:i+1], op[2][i:i+1], op[3][i:i+1], 0.3)
			}
			restore()
			same(t, f.name+" one by one", dst[:500], first[:500])
		}
	}
}

func same(t *testing.T, name string, got, want []float32) {
	t.Helper()
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) && (got[i] == got[i] || want[i] == want[i]) {
			t.Fatalf("%s [%d]: got %v (%08x), want %v (%08x)", name, i, got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
		}
	}
}

// TestSpecials holds the levels to the Go loop where the operands are zeros, infinities, NaN and subnormal.
func TestSpecials(t *testing.T) {
	odd := []float32{0, float32(math.Copysign(0, -1)), 1, -1, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 1e-42, -1e-42, math.MaxFloat32, -math.MaxFloat32, 3}
	var x, y, z []float32
	for _, a := range odd {
		for _, b := range odd {
			for _, c := range odd {
				x, y, z = append(x, a), append(y, b), append(z, c)
			}
		}
	}
	for _, f := range functions {
		restore := cpu.Force(cpu.Go)
		want := make([]float32, len(x))
		f.do(want, x, y, z, 0.5)
		restore()
		for l := cpu.AVX2; l <= cpu.Best(); l++ {
			restore := cpu.Force(l)
			got := make([]float32, len(x))
			f.do(got, x, y, z, 0.5)
			restore()
			for i := range got {
				ulps := 2.0
				if mean, slack := f.mean(0, float64(x[i]), float64(y[i]), float64(z[i]), 0.5); slack <= math.MaxFloat32 {
					ulps = max(ulps, f.ulps*ulp(slack)/ulp(mean))
				}
				if !near(got[i], float64(want[i]), ulps) && !(math.IsInf(float64(got[i]), 0) && math.Abs(float64(want[i])) == math.MaxFloat32) {
					t.Errorf("%s %v: x=%v y=%v z=%v: got %v, the Go loop says %v", f.name, l, x[i], y[i], z[i], got[i], want[i])
				}
			}
		}
	}
}

func TestInPlace(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		x, y := make([]float32, 1001), make([]float32, 1001)
		random(r, x, false)
		random(r, y, false)
		want := make([]float32, len(x))
		Sub(want, x, y)
		got := append([]float32(nil), x...)
		Sub(got, got, y)
		same(t, "Sub into x", got, want)
		got = append(got[:0], y...)
		Sub(got, x, got)
		same(t, "Sub into y", got, want)
		Exp(want, x)
		got = append(got[:0], x...)
		Exp(got, got)
		same(t, "Exp", got, want)
	})
}

// TestAccuracy checks every exponent with 4096 mantissas of either sign.
func TestAccuracy(t *testing.T) {
	var x []float32
	for e := range uint32(256) {
		for m := range uint32(4096) {
			b := e<<23 | (m<<11+m*977)&0x7fffff
			x = append(x, math.Float32frombits(b), math.Float32frombits(b|1<<31))
		}
	}
	forLevels(t, func(t *testing.T) {
		for _, f := range []struct {
			name string
			ulps float64
			do   func(dst, x []float32)
			mean func(float64) float64
		}{
			{"Exp", 2, Exp, math.Exp}, {"Log", 2, Log, math.Log}, {"Tanh", 2, Tanh, math.Tanh}, {"Sigmoid", 2, Sigmoid, sigmoid64},
			{"SiLU", 3, of(SiLU), silu64}, {"Mish", 4, of(Mish), mish64}, {"Log1p", 3, of(Log1p), math.Log1p},
			{"Expm1", 3, of(Expm1), math.Expm1}, {"Erf", 4, of(Erf), math.Erf}, {"Sin", 2, of(Sin), math.Sin}, {"Cos", 2, of(Cos), math.Cos},
		} {
			got := make([]float32, len(x))
			f.do(got, x)
			worst, where := 0.0, float32(0)
			for i := range got {
				want := f.mean(float64(x[i]))
				if !near(got[i], want, f.ulps) && !(math.Abs(want) < 1e-36 && f.ulps > 2) { // of a subnormal eˣ
					t.Fatalf("%s(%v) = %v, want %v", f.name, x[i], got[i], want)
				}
				if math.Signbit(float64(got[i])) != math.Signbit(want) && want == want && want != 0 {
					t.Fatalf("%s(%v) = %v has the wrong sign", f.name, x[i], got[i])
				}
				if d := math.Abs(float64(got[i])-want) / ulp(want); d > worst && d < 1e9 {
					worst, where = d, x[i]
				}
			}
			t.Logf("%s: at most %.3f ulp off, at %v", f.name, worst, where)
		}
	})
}

func TestNonFinite(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		for _, n := range lengths() {
			x := make([]float32, n+3)[3:]
			random(rand.New(rand.NewPCG(7, uint64(n))), x, false)
			if n > 0 {
				x[n/2] = math.MaxFloat32
			}
			if NonFinite(x) {
				t.Fatalf("n=%d: finite numbers found non-finite", n)
			}
			for i := 0; i < n; i += 1 + n/70 {
				for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
					old := x[i]
					x[i] = float32(v)
					if !NonFinite(x) {
						t.Fatalf("n=%d: %v at %d not found", n, v, i)
					}
					x[i] = old
				}
			}
		}
	})
}

func TestDropout(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		for _, n := range lengths() {
			r := rand.New(rand.NewPCG(8, uint64(n)))
			x, dst := make([]float32, n), make([]float32, n)
			mask := make([]uint8, n+1)[1:]
			random(r, x, false)
			for i := range mask {
				mask[i] = uint8(r.IntN(2))
				if mask[i] == 0 {
					x[i] = float32(math.NaN()) // dropped whatever it is
				}
			}
			Dropout(dst, x, mask, 1.25, false)
			for i := range dst {
				if want := x[i] * 1.25; mask[i] != 0 && dst[i] != want || mask[i] == 0 && dst[i] != 0 {
					t.Fatalf("n=%d [%d]: got %v from %v, mask %d", n, i, dst[i], x[i], mask[i])
				}
			}
			Dropout(dst, x, mask, 1.25, true)
			for i := range dst {
				if want := float64(x[i]) * 2.5; mask[i] != 0 && !near(dst[i], want, 1) || mask[i] == 0 && dst[i] != 0 {
					t.Fatalf("acc n=%d [%d]: got %v from %v, mask %d", n, i, dst[i], x[i], mask[i])
				}
			}
		}
	})
}

func TestAllocatesNothing(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(3))
	x, mask := make([]float32, 5*piece), make([]uint8, 5*piece)
	f := func() {
		Exp(x, x)
		Add(x, x, x)
		Axpy(x, 0.5, x)
		DivGrad(x, x, x, x, true)
		NonFinite(x)
		Dropout(x, x, mask, 2, false)
	}
	f()
	if n := testing.AllocsPerRun(10, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
