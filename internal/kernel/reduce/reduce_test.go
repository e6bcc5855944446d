package reduce

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

func random(n, off int) []float32 {
	r := rand.New(rand.NewPCG(uint64(n), uint64(off)))
	x := make([]float32, n+off)[off:]
	for i := range x {
		x[i] = float32(r.NormFloat64())
		if r.IntN(8) == 0 {
			x[i] = 2 // ties
		}
	}
	return x
}

func forLevels(t *testing.T, f func(t *testing.T)) {
	for l := cpu.Go; l <= cpu.Best(); l++ {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Force(l)()
			f(t)
		})
	}
}

func lengths() []int {
	list := []int{1000, 1023, piece, 3*piece + 5}
	for n := range 68 {
		list = append(list, n)
	}
	return list
}

// near allows 2⁻²⁰ of the sum of magnitudes.
func near(got, want, magnitude float64) bool { return math.Abs(got-want) <= magnitude*0x1p-20 }

func TestVectors(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		for _, n := range lengths() {
			x, y := random(n, n%16), random(n, 3)
			var sum, size, sq, dot, dotSize float64
			largest := math.Inf(-1)
			for i := range x {
				a, b := float64(x[i]), float64(y[i])
				sum, size, sq, dot = sum+a, size+math.Abs(a), sq+a*a, dot+a*b
				dotSize += math.Abs(a * b)
				largest = max(largest, a)
			}
			if got := float64(Sum(x)); !near(got, sum, size) {
				t.Fatalf("Sum n=%d: %v, want %v", n, got, sum)
			}
			if got := float64(Mean(x)); n > 0 && !near(got, sum/float64(n), size/float64(n)) {
				t.Fatalf("Mean n=%d: %v, want %v", n, got, sum/float64(n))
			}
			if got := SumSquares(x); math.Abs(got-sq) > 1e-13*sq {
				t.Fatalf("SumSquares n=%d: %v, want %v", n, got, sq)
			}
			if got := Dot(x, y); math.Abs(got-dot) > 1e-13*dotSize {
				t.Fatalf("Dot n=%d: %v, want %v", n, got, dot)
			}
			if got := float64(Max(x)); got != largest {
				t.Fatalf("Max n=%d: %v, want %v", n, got, largest)
			}
		}
	})
}

func TestMaxNaN(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		for n := 1; n < 70; n++ {
			for i := range n {
				x := random(n, 0)
				x[i] = float32(math.NaN())
				if got := Max(x); got == got {
					t.Fatalf("NaN at %d of %d lost: %v", i, n, got)
				}
			}
		}
	})
}

var shapes = [][3]int{{1, 1, 1}, {3, 7, 1}, {64, 10, 1}, {1, 64, 500}, {1, 64, 10}, {5, 3, 2}, {2, 700, 33}, {1, 3000, 17},
	{1, 70, 2100}, {200, 8, 9}, {2, piece + 3, 1}, {0, 3, 2}, {2, 0, 3}, {1, 5, 0}}

func TestAxes(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		for _, s := range shapes {
			outer, n, inner := s[0], s[1], s[2]
			x := random(outer*n*inner, 1)
			sums, added, most := make([]float32, outer*inner), random(outer*inner, 2), make([]float32, outer*inner)
			old := append([]float32(nil), added...)
			first := make([]int32, outer*inner)
			SumAxis(sums, x, outer, n, inner, false)
			SumAxis(added, x, outer, n, inner, true)
			MaxAxis(most, x, outer, n, inner)
			ArgMaxAxis(first, x, outer, n, inner)
			for o := range outer {
				for i := range inner {
					var sum, size float64
					largest, at := math.Inf(-1), 0
					for k := range n {
						v := float64(x[(o*n+k)*inner+i])
						sum, size = sum+v, size+math.Abs(v)
						if v > largest {
							largest, at = v, k
						}
					}
					j := o*inner + i
					if !near(float64(sums[j]), sum, size) || !near(float64(added[j]), float64(old[j])+sum, size+math.Abs(float64(old[j]))) {
						t.Fatalf("SumAxis %v [%d %d]: %v, added %v to %v, want %v", s, o, i, sums[j], added[j], old[j], sum)
					}
					if float64(most[j]) != largest || int(first[j]) != at {
						t.Fatalf("MaxAxis %v [%d %d]: %v at %d, want %v at %d", s, o, i, most[j], first[j], largest, at)
					}
				}
			}
		}
	})
}

func TestArgMaxNaN(t *testing.T) {
	nan := float32(math.NaN())
	dst := make([]int32, 3)
	ArgMaxRows(dst, []float32{1, nan, nan, 3, 5, 5, nan, 1, 2}, 3, 3)
	if fmt.Sprint(dst) != "[1 1 0]" {
		t.Errorf("%v, want [1 1 0]", dst)
	}
}

func TestMaxAxisGrad(t *testing.T) {
	x := []float32{1, 5, 5, 2, 7, 0}
	gx := []float32{1, 1, 1, 1, 1, 1}
	MaxAxisGrad(gx, []float32{4, 3}, x, []float32{5, 7}, 2, 3, 1, true)
	if fmt.Sprint(gx) != "[1 3 3 1 4 1]" {
		t.Errorf("rows: %v", gx)
	}
	MaxAxisGrad(gx, []float32{4, 3, 2}, x, []float32{2, 7, 5}, 1, 2, 3, false)
	if fmt.Sprint(gx) != "[0 0 2 4 3 0]" {
		t.Errorf("columns: %v", gx)
	}
}

// TestSameBits checks that neither workers nor vector width show.
func TestSameBits(t *testing.T) {
	x, y := random(3*piece+77, 0), random(3*piece+77, 5)
	cols := random(3000*70, 0)
	var want []float64
	for l := cpu.Best(); l > cpu.Go; l-- {
		for _, w := range []int{1, 2, 3, 8} {
			restore, old := cpu.Force(l), parallel.SetWorkers(w)
			var got []float64
			for n := range 300 {
				got = append(got, float64(Sum(x[n:2*n])), SumSquares(x[:n]), Dot(x[:n], y[:n]), float64(Max(x[:n])))
			}
			got = append(got, float64(Sum(x)), SumSquares(x), Dot(x, y), float64(Max(x)))
			sums := make([]float32, 70)
			SumCols(sums, cols, 3000, 70, false)
			for _, s := range sums {
				got = append(got, float64(s))
			}
			parallel.SetWorkers(old)
			restore()
			if want == nil {
				want = got
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("%v workers=%d: number %d is %v, else %v", l, w, i, got[i], want[i])
				}
			}
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(3))
	x, dst := random(3000*70, 0), make([]float32, 3000)
	f := func() {
		Sum(x)
		Dot(x, x)
		SumCols(dst, x, 3000, 70, true)
		SumRows(dst, x, 3000, 70)
		MaxRows(dst, x, 3000, 70)
	}
	f()
	if n := testing.AllocsPerRun(10, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkReduce(b *testing.B) {
	x, dst := random(1<<24, 0), make([]float32, 1<<14)
	for _, f := range []struct {
		name string
		do   func()
	}{
		{"memmove", func() { copy(x[:1<<23], x[1<<23:]) }},
		{"Sum", func() { Sum(x) }},
		{"SumSquares", func() { SumSquares(x) }},
		{"Max", func() { Max(x) }},
		{"SumCols/16384x1024", func() { SumCols(dst, x, 1<<14, 1<<10, false) }},
		{"SumRows/16384x1024", func() { SumRows(dst, x, 1<<14, 1<<10) }},
	} {
		b.Run(f.name, func(b *testing.B) {
			b.SetBytes(4 << 24)
			for b.Loop() {
				f.do()
			}
		})
	}
	b.Run("SumCols/64x500", func(b *testing.B) {
		b.SetBytes(4 * 64 * 500)
		for b.Loop() {
			SumCols(dst, x, 64, 500, false)
		}
	})
}
