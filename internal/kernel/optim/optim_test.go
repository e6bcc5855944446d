package optim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

var adamCase = Adam{Scale: 0.7, Decay: 0.01, Beta1C: 0.1, Beta2: 0.999, Beta2C: 0.001, RootC: 3.2, Eps: 1e-8, Rate: 0.02, Shrink: 0.999}

// kinds are the steps under test, each with its meaning for one element in float64.
var kinds = []struct {
	name string
	do   func(p, g, m, v []float32)
	mean func(p, g, m, v float64) (p1, m1, v1 float64)
}{
	{"Adam", adamCase.Step, func(p, g, m, v float64) (float64, float64, float64) {
		c := &adamCase
		g = float64(c.Scale)*g + float64(c.Decay)*p
		m += float64(c.Beta1C) * (g - m)
		v = float64(c.Beta2)*v + float64(c.Beta2C)*g*g
		return float64(c.Shrink)*p - float64(c.Rate)*m/(float64(c.RootC)*math.Sqrt(v)+float64(c.Eps)), m, v
	}},
	{"SGD", func(p, g, m, v []float32) { (&SGD{Scale: 0.7, Decay: 0.01, Rate: 0.1}).Step(p, g, nil) },
		func(p, g, m, v float64) (float64, float64, float64) {
			return p - 0.1*(0.7*g+0.01*p), m, v
		}},
	{"Momentum", func(p, g, m, v []float32) { (&SGD{Scale: 0.7, Decay: 0.01, Rate: 0.1, Momentum: 0.9}).Step(p, g, m) },
		func(p, g, m, v float64) (float64, float64, float64) {
			m = 0.9*m + 0.7*g + 0.01*p
			return p - 0.1*m, m, v
		}},
	{"Nesterov", func(p, g, m, v []float32) {
		(&SGD{Scale: 0.7, Decay: 0.01, Rate: 0.1, Momentum: 0.9, Nesterov: true}).Step(p, g, m)
	}, func(p, g, m, v float64) (float64, float64, float64) {
		d := 0.7*g + 0.01*p
		m = 0.9*m + d
		return p - 0.1*(d+0.9*m), m, v
	}},
	{"Lion", func(p, g, m, v []float32) {
		(&Lion{Scale: 0.7, Beta1: 0.9, Beta1C: 0.1, Beta2: 0.99, Beta2C: 0.01, Rate: 0.1, Shrink: 0.5}).Step(p, g, m)
	}, func(p, g, m, v float64) (float64, float64, float64) {
		return 0.5*p - 0.1*math.Copysign(1, 0.9*m+0.1*0.7*g), 0.99*m + 0.01*0.7*g, v
	}},
}

// state makes p, g, m, v of length n, off elements into their arrays.
func state(n, off int) [4][]float32 {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	var s [4][]float32
	for j := range s {
		s[j] = make([]float32, n+off+8)[off : off+n]
		for i := range s[j] {
			s[j][i] = float32(r.NormFloat64())
			if j == 3 {
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
				k.do(s[0], s[1], s[2], s[3])
				for i := range n {
					p, m, v := k.mean(float64(was[0][i]), float64(was[1][i]), float64(was[2][i]), float64(was[3][i]))
					for j, want := range []float64{p, float64(was[1][i]), m, v} {
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
		var want [4][]float32
		for l := cpu.Best(); l > cpu.Go; l-- {
			for _, w := range []int{1, 2, 3, 8} {
				restore, old := cpu.Force(l), parallel.SetWorkers(w)
				s := state(n, w)
				for range 3 {
					k.do(s[0], s[1], s[2], s[3])
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
		k.do(s[0], s[1], s[2], s[3])
		if n := testing.AllocsPerRun(10, func() { k.do(s[0], s[1], s[2], s[3]) }); n != 0 {
			t.Errorf("%s: %v allocations", k.name, n)
		}
	}
}

// TestLionSigns: the sign of 0 and −0 is 0.
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
