package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

var adamCase = Adam{Scale: 0.7, Decay: 0.01, Beta1C: 0.1, Beta2: 0.999, Beta2C: 0.001, RootC: 3.2, Eps: 1e-8, Rate: 0.02, Shrink: 0.999, Mix: 0.5}

// kinds are the steps under test, each with its meaning for one element in float64; arrays 2 to 4 are moments.
var kinds = []struct {
	name string
	do   func(s *[5][]float32)
	mean func(x [5]float64) [5]float64
}{
	{"Adam", func(s *[5][]float32) { adamCase.Step(s[0], s[1], s[2], s[3]) }, func(x [5]float64) [5]float64 {
		return adamMean(x, func(x *[5]float64) float64 { return x[3] })
	}},
	{"AMSGrad", func(s *[5][]float32) { adamCase.AMSGrad(s[0], s[1], s[2], s[3], s[4]) }, func(x [5]float64) [5]float64 {
		return adamMean(x, func(x *[5]float64) float64 { x[4] = max(x[4], x[3]); return x[4] })
	}},
	{"SGD", func(s *[5][]float32) { (&SGD{Scale: 0.7, Decay: 0.01, Rate: 0.1}).Step(s[0], s[1], nil) }, func(x [5]float64) [5]float64 {
		x[0] -= 0.1 * (0.7*x[1] + 0.01*x[0])
		return x
	}},
	{"Momentum", func(s *[5][]float32) {
		(&SGD{Scale: 0.7, Decay: 0.01, Rate: 0.1, Momentum: 0.9}).Step(s[0], s[1], s[2])
	}, func(x [5]float64) [5]float64 {
		x[2] = 0.9*x[2] + 0.7*x[1] + 0.01*x[0]
		x[0] -= 0.1 * x[2]
		return x
	}},
	{"Nesterov", func(s *[5][]float32) {
		(&SGD{Scale: 0.7, Decay: 0.01, Rate: 0.1, Momentum: 0.9, Nesterov: true}).Step(s[0], s[1], s[2])
	}, func(x [5]float64) [5]float64 {
		d := 0.7*x[1] + 0.01*x[0]
		x[2] = 0.9*x[2] + d
		x[0] -= 0.1 * (d + 0.9*x[2])
		return x
	}},
	{"Lion", func(s *[5][]float32) {
		(&Lion{Scale: 0.7, Beta1: 0.9, Beta1C: 0.1, Beta2: 0.99, Beta2C: 0.01, Rate: 0.1, Shrink: 0.5}).Step(s[0], s[1], s[2])
	}, func(x [5]float64) [5]float64 {
		x[0] = 0.5*x[0] - 0.1*math.Copysign(1, 0.9*x[2]+0.1*0.7*x[1])
		x[2] = 0.99*x[2] + 0.01*0.7*x[1]
		return x
	}},
	{"RMSProp", func(s *[5][]float32) { rmspropCase.Step(s[0], s[1], s[3], nil, nil) }, rmspropMean(false, false)},
	{"RMSProp centred", func(s *[5][]float32) { rmspropCase.Step(s[0], s[1], s[3], s[2], nil) }, rmspropMean(true, false)},
	{"RMSProp momentum", func(s *[5][]float32) { rmspropCase.Step(s[0], s[1], s[3], nil, s[4]) }, rmspropMean(false, true)},
	{"RMSProp both", func(s *[5][]float32) { rmspropCase.Step(s[0], s[1], s[3], s[2], s[4]) }, rmspropMean(true, true)},
	{"Adadelta", func(s *[5][]float32) {
		(&Adadelta{Scale: 0.7, Decay: 0.01, Rho: 0.75, Rest: 0.25, Eps: 0.125, Rate: 0.5}).Step(s[0], s[1], s[3], s[4])
	}, func(x [5]float64) [5]float64 {
		g := 0.7*x[1] + 0.01*x[0]
		x[3] = 0.75*x[3] + 0.25*g*g
		d := g * math.Sqrt(x[4]+0.125) / math.Sqrt(x[3]+0.125)
		x[4] = 0.75*x[4] + 0.25*d*d
		x[0] -= 0.5 * d
		return x
	}},
	{"Adamax", func(s *[5][]float32) {
		(&Adamax{Scale: 0.7, Decay: 0.01, Beta1C: 0.1, Beta2: 0.5, Eps: 0.125, Rate: 0.25}).Step(s[0], s[1], s[2], s[3])
	}, func(x [5]float64) [5]float64 {
		g := 0.7*x[1] + 0.01*x[0]
		x[2] += 0.1 * (g - x[2])
		x[3] = max(0.5*x[3], math.Abs(g)+0.125)
		x[0] -= 0.25 * x[2] / x[3]
		return x
	}},
	{"ScheduleFree", func(s *[5][]float32) {
		(&ScheduleFree{Scale: 0.7, Decay: 0.01, Beta2: 0.75, Beta2C: 0.25, RootC: 2, Eps: 0.125, Share: 0.125, Back: -0.25, Rate: 0.5}).Step(s[0], s[1], s[2], s[3])
	}, func(x [5]float64) [5]float64 {
		g := 0.7 * x[1]
		x[3] = 0.75*x[3] + 0.25*g*g
		d := g/(2*math.Sqrt(x[3])+0.125) + 0.01*x[0]
		x[0], x[2] = x[0]+0.125*(x[2]-x[0])-0.25*d, x[2]-0.5*d
		return x
	}},
}

func adamMean(x [5]float64, square func(*[5]float64) float64) [5]float64 {
	c := &adamCase
	g := float64(c.Scale)*x[1] + float64(c.Decay)*x[0]
	x[2] += float64(c.Beta1C) * (g - x[2])
	x[3] = float64(c.Beta2)*x[3] + float64(c.Beta2C)*g*g
	d := float64(c.RootC)*math.Sqrt(square(&x)) + float64(c.Eps)
	x[0] = float64(c.Shrink)*x[0] - float64(c.Rate)*(x[2]+float64(c.Mix)*g)/d
	return x
}

// rmspropCase has an ε that bounds what the root makes of a difference of nearly equal squares.
var rmspropCase = RMSProp{Scale: 0.7, Decay: 0.01, Alpha: 0.75, Rest: 0.25, Eps: 8, Momentum: 0.9, Rate: 0.1}

func rmspropMean(centred, momentum bool) func(x [5]float64) [5]float64 {
	return func(x [5]float64) [5]float64 {
		g := 0.7*x[1] + 0.01*x[0]
		x[3] = 0.75*x[3] + 0.25*g*g
		square := x[3]
		if centred {
			x[2] += 0.25 * (g - x[2])
			square = max(square-x[2]*x[2], 0)
		}
		d := g / (math.Sqrt(square) + 8)
		if momentum {
			d += 0.9 * x[4]
			x[4] = d
		}
		x[0] -= 0.1 * d
		return x
	}
}

// state makes five arrays of length n, off elements into theirs; the last two are squares.
func state(n, off int) [5][]float32 {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	var s [5][]float32
	for j := range s {
		s[j] = make([]float32, n+off+8)[off : off+n]
		for i := range s[j] {
			s[j][i] = float32(r.NormFloat64())
			if j >= 3 {
				s[j][i] *= s[j][i]
			}
		}
	}
	return s
}

// TestStep holds every step to its meaning: 1e-6 of the numbers that went in.
func TestStep(t *testing.T) {
	lengths := []int{1000, 1023, 2*piece + 3}
	for n := range 68 {
		lengths = append(lengths, n)
	}
	for l := cpu.Go; l <= cpu.Best(); l++ {
		restore := cpu.Force(l)
		for _, k := range kinds {
			for _, n := range lengths {
				was, s := state(n, n%16), state(n, n%16)
				k.do(&s)
				for i := range n {
					var x [5]float64
					for j := range x {
						x[j] = float64(was[j][i])
					}
					for j, want := range k.mean(x) {
						if got := float64(s[j][i]); math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
							t.Fatalf("%s %v n=%d [%d] array %d: got %v, want %v", k.name, l, n, i, j, got, want)
						}
					}
				}
				for j := range s {
					for i, x := range s[j][:n+8][n:] {
						if x != 0 {
							t.Fatalf("%s %v n=%d: wrote at %d", k.name, l, n, n+i)
						}
					}
				}
			}
		}
		restore()
	}
}

// TestSameBits checks that workers, level and alignment don't show.
func TestSameBits(t *testing.T) {
	const n = 3*piece + 77
	for _, k := range kinds {
		var want [5][]float32
		for l := cpu.Best(); l > cpu.Go; l-- {
			for _, w := range []int{1, 2, 3, 8} {
				restore, old := cpu.Force(l), parallel.SetWorkers(w)
				s := state(n, w)
				for range 3 {
					k.do(&s)
				}
				parallel.SetWorkers(old)
				restore()
				if want[0] == nil {
					want = s
				}
				for j := range s {
					for i := range s[j] {
						if math.Float32bits(s[j][i]) != math.Float32bits(want[j][i]) {
							t.Fatalf("%s %v workers=%d array %d [%d]: %v, else %v", k.name, l, w, j, i, s[j][i], want[j][i])
						}
					}
				}
			}
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(3))
	s := state(3*piece, 0)
	for _, k := range kinds {
		k.do(&s)
		if n := testing.AllocsPerRun(10, func() { k.do(&s) }); n != 0 {
			t.Errorf("%s: %v allocations", k.name, n)
		}
	}
}

// TestSubnormals checks that moments without a gradient decay to zero and not to subnormals, which would make a step of
// Adam several times as long, and that arithmetic outside the kernels still has subnormals.
func TestSubnormals(t *testing.T) {
	for level := cpu.Best(); level > cpu.Go; level-- {
		restore := cpu.Force(level)
		for _, n := range []int{1, 7, 16, 100} {
			p, g, m, v := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
			for i := range n {
				m[i], v[i] = 1e-40, 1e-40
			}
			adamCase.Step(p, g, m, v)
			for i := range n {
				if m[i] != 0 || v[i] != 0 {
					t.Fatalf("%v, n %d: m %g v %g at %d, want zeros", level, n, m[i], v[i], i)
				}
			}
			if half := m[0] + 1e-40; half/2 == 0 {
				t.Fatalf("%v: subnormals are zeros after the step", level)
			}
		}
		restore()
	}
}

// TestLionSigns: the sign of 0 and −0 is 0.
func TestLionSigns(t *testing.T) {
	for l := cpu.Go; l <= cpu.Best(); l++ {
		restore := cpu.Force(l)
		p, g, m := []float32{1, 1, 1, 1}, []float32{2, -2, 0, float32(math.Copysign(0, -1))}, make([]float32, 4)
		(&Lion{Scale: 1, Beta1: 0.5, Beta1C: 0.5, Beta2: 0.5, Beta2C: 0.5, Rate: 0.25, Shrink: 1}).Step(p, g, m)
		if want := [4]float32{0.75, 1.25, 1, 1}; [4]float32(p) != want {
			t.Errorf("%v: %v, want %v", l, p, want)
		}
		restore()
	}
}

// BenchmarkAdam is the reference network's parameters, in cache, and 100 million, out of it: 28 bytes a parameter.
func BenchmarkAdam(b *testing.B) {
	for _, n := range []int{397510, 100_000_000} {
		for _, w := range []int{1, 2} {
			b.Run(fmt.Sprintf("n=%d/workers=%d", n, w), func(b *testing.B) {
				defer parallel.SetWorkers(parallel.SetWorkers(w))
				var s [4][]float32
				for j := range s {
					s[j] = make([]float32, n)
					for i := range s[j] {
						s[j][i] = 1e-3
					}
				}
				c := Adam{Scale: 1, Beta1C: 0.1, Beta2: 0.999, Beta2C: 0.001, RootC: 1, Eps: 1e-8, Rate: 1e-3, Shrink: 1}
				b.SetBytes(28 * int64(n))
				for b.Loop() {
					c.Step(s[0], s[1], s[2], s[3])
				}
			})
		}
	}
}
