package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// levels are the instruction sets this machine can run.
func levels() []cpu.Level {
	var ls []cpu.Level
	for l := cpu.Go; l <= cpu.Best(); l++ {
		ls = append(ls, l)
	}
	return ls
}

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = r.Float32()*2 - 1
	}
	return x
}

// problem makes a product of the shape with padded strides; C's padding holds a mark.
func problem(r *rand.Rand, m, n, k int, ta, tb bool) Params {
	matrix := func(rows, cols int, t bool) Matrix {
		if t {
			rows, cols = cols, rows
		}
		ld := cols + r.IntN(3)
		return Matrix{random(r, max(rows*ld, 1)), ld, t}
	}
	ldc := n + r.IntN(3)
	p := Params{M: m, N: n, K: k, A: matrix(m, k, ta), B: matrix(k, n, tb), C: make([]float32, m*ldc+5), LDC: ldc}
	for i := range p.C {
		p.C[i] = mark
	}
	return p
}

const mark = -77.5

// exact is the product in float64, and the sum of the terms' magnitudes.
func exact(p *Params, c []float32, i, j int) (sum, scale float64) {
	a, b := p.A.operand(), p.B.operand()
	for k := range p.K {
		t := float64(a.data[i*a.row+k*a.col]) * float64(b.data[k*b.row+j*b.col])
		sum, scale = sum+t, scale+math.Abs(t)
	}
	if p.Accumulate {
		sum, scale = sum+float64(c[i*p.LDC+j]), scale+math.Abs(float64(c[i*p.LDC+j]))
	}
	if p.Bias != nil {
		sum, scale = sum+float64(p.Bias[j]), scale+math.Abs(float64(p.Bias[j]))
	}
	switch p.Act {
	case ReLU:
		sum = max(sum, 0)
	case Sigmoid:
		sum = 1 / (1 + math.Exp(-sum))
	case Tanh:
		sum = math.Tanh(sum)
	}
	return sum, scale
}

func TestMul(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	dims := []int{0, 1, 2, 5, 6, 7, 13, 16, 17, 31, 33, 48, 65, 100}
	for n := range 400 {
		m, c, k := dims[r.IntN(len(dims))], dims[r.IntN(len(dims))], dims[r.IntN(len(dims))]
		if n%20 == 0 {
			k = 200 + r.IntN(400)
		}
		p := problem(r, m, c, k, r.IntN(2) == 0, r.IntN(2) == 0)
		p.Accumulate = r.IntN(3) == 0
		if !p.Accumulate && r.IntN(2) == 0 {
			p.Bias = random(r, c)
			p.Act = Activation(r.IntN(4))
		}
		checkAll(t, p)
	}
}

func TestMulLarge(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, d := range [][3]int{{64, 500, 784}, {500, 784, 64}, {64, 10, 500}, {10, 500, 64}, {130, 300, 600}, {1, 500, 784}, {3, 257, 784}, {90, 33, 1100}, {100, 256, 128}} {
		for flags := range 4 {
			p := problem(r, d[0], d[1], d[2], flags&1 != 0, flags&2 != 0)
			checkAll(t, p)
		}
	}
}

// TestMulRounds has a k so large that few panels are packed at a time, fewer than a piece of packing takes. A float64 sum for
// each element would take long: one of each row has it.
func TestMulRounds(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	p := problem(r, inPlaceRows+1, 150, packedBound/96, true, false)
	for _, l := range levels() {
		restore := cpu.Force(l)
		var want []float32
		for _, w := range []int{1, 3, 8} {
			old := parallel.SetWorkers(w)
			Mul(&p)
			parallel.SetWorkers(old)
			if want == nil {
				want = slices.Clone(p.C)
			} else if !slices.Equal(want, p.C) {
				t.Fatalf("%v: %d workers give another result than one", l, w)
			}
		}
		restore()
		for i := 0; i < p.M; i++ {
			j := i * 997 % p.N
			x, scale := exact(&p, p.C, i, j)
			if got := float64(p.C[i*p.LDC+j]); math.Abs(got-x) > scale*float64(p.K)*0x1p-24 {
				t.Fatalf("%v: element %d,%d is %v, want %v", l, i, j, got, x)
			}
		}
	}
}

// checkAll holds every level to float64 and the assembly levels to each other's bits, for several numbers of workers.
func checkAll(t *testing.T, p Params) {
	t.Helper()
	before := append([]float32(nil), p.C...)
	var want []float32
	for _, l := range levels() {
		restore := cpu.Force(l)
		for _, w := range []int{1, 3} {
			old := parallel.SetWorkers(w)
			copy(p.C, before)
			var bad atomic.Bool
			p.NonFinite = &bad
			Mul(&p)
			parallel.SetWorkers(old)
			name := fmt.Sprintf("%v, %d workers, M %d N %d K %d A %v B %v acc %v act %v", l, w, p.M, p.N, p.K, p.A.Trans, p.B.Trans, p.Accumulate, p.Act)
			checkValues(t, name, &p, before)
			if bad.Load() {
				t.Fatalf("%s: finite elements were reported as not", name)
			}
			if l == cpu.Go {
				continue
			}
			if want == nil {
				want = append([]float32(nil), p.C...)
			}
			for i := range want {
				if math.Float32bits(want[i]) != math.Float32bits(p.C[i]) {
					t.Fatalf("%s: element %d is %v, elsewhere %v", name, i, p.C[i], want[i])
				}
			}
		}
		restore()
	}
}

func checkValues(t *testing.T, name string, p *Params, before []float32) {
	t.Helper()
	for i := range p.C {
		row, col := 0, 0
		if p.LDC > 0 {
			row, col = i/p.LDC, i%p.LDC
		}
		if row >= p.M || col >= p.N {
			if p.C[i] != mark {
				t.Fatalf("%s: element %d outside C was written", name, i)
			}
			continue
		}
		want, scale := exact(p, before, row, col)
		// A sum of n terms errs by at most n half-ulps of the terms' magnitudes; 2 ulp for the activation.
		if tol := (scale*float64(p.K+3) + math.Abs(want)*4) * 0x1p-24; math.Abs(float64(p.C[i])-want) > tol {
			t.Fatalf("%s: element %d,%d is %v, want %v ± %v", name, row, col, p.C[i], want, tol)
		}
	}
}

func TestRowsDoNotDependOnBatch(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const m, n, k = 200, 500, 784
	for _, tb := range []bool{false, true} {
		p := problem(r, m, n, k, false, tb)
		p.Bias, p.Act = random(r, n), ReLU
		Mul(&p)
		packed := PackB(p.B, k, n)
		for _, rows := range []int{1, 2, 64, 130} {
			q := p
			q.M, q.C = rows, make([]float32, m*p.LDC)
			for range 2 {
				Mul(&q)
				for i := range rows {
					for j := range n {
						if q.C[i*q.LDC+j] != p.C[i*p.LDC+j] {
							t.Fatalf("B transposed %v, %d rows, packed %v: element %d,%d differs", tb, rows, q.Packed != nil, i, j)
						}
					}
				}
				q.Packed = packed
			}
		}
	}
}

func TestZerosAppendedToK(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	a, b := random(r, 7*600), random(r, 600*40)
	clear(b[300*40:])
	c1, c2 := make([]float32, 7*40), make([]float32, 7*40)
	Mul(&Params{M: 7, N: 40, K: 300, A: Matrix{a, 600, false}, B: Matrix{b, 40, false}, C: c1, LDC: 40})
	Mul(&Params{M: 7, N: 40, K: 600, A: Matrix{a, 600, false}, B: Matrix{b, 40, false}, C: c2, LDC: 40})
	for i := range c1 {
		if c1[i] != c2[i] {
			t.Fatalf("element %d: %v, with zeros %v", i, c1[i], c2[i])
		}
	}
}

// A sum that underflows to −0 must be +0, for a longer k would make it that.
func TestNegativeZero(t *testing.T) {
	negative := float32(math.Copysign(0, -1))
	for _, l := range levels() {
		restore := cpu.Force(l)
		for _, k := range []int{1, 2, BlockK, BlockK + 1, 2 * BlockK} {
			for _, c := range []float32{0, negative} {
				for _, n := range []int{1, 40} {
					a, b, got := make([]float32, k), make([]float32, k*n), []float32(nil)
					for j := range n {
						got = append(got, c)
						b[j] = 1e-30
					}
					a[0] = -1e-30
					Mul(&Params{M: 1, N: n, K: k, A: Matrix{a, k, false}, B: Matrix{b, n, false}, C: got, LDC: n, Accumulate: true})
					for j, x := range got {
						if math.Float32bits(x) != 0 {
							t.Fatalf("%v, K %d, C %v: element %d is %v, want +0", l, k, c, j, x)
						}
					}
				}
			}
		}
		restore()
	}
}

// Only what is written counts: Inf in a sum that an activation makes finite isn't reported.
func TestNonFiniteAfterActivation(t *testing.T) {
	for _, act := range []Activation{ReLU, Sigmoid, Tanh} {
		for _, d := range [][2]int{{3, 20}, {16, 16}, {8, 200}} {
			for _, tb := range []bool{false, true} {
				r := rand.New(rand.NewPCG(15, 16))
				p := problem(r, d[0], d[1], BlockK+5, false, tb)
				for i := range p.A.Data {
					p.A.Data[i] = 1
				}
				for i := range p.B.Data {
					p.B.Data[i] = float32(math.Inf(-1))
				}
				var bad atomic.Bool
				p.Act, p.NonFinite = act, &bad
				Mul(&p)
				want := map[Activation]float32{ReLU: 0, Sigmoid: 0, Tanh: -1}[act]
				if p.C[0] != want || bad.Load() {
					t.Errorf("activation %v, %v, B transposed %v: got %v, want %v; reported %v", act, d, tb, p.C[0], want, bad.Load())
				}
			}
		}
	}
}

func TestNonFinite(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, l := range levels() {
		restore := cpu.Force(l)
		for _, x := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
			for _, tb := range []bool{false, true} {
				for _, relu := range []Activation{None, ReLU} {
					p := problem(r, 20, 90, 30, false, tb)
					p.Act = relu
					p.A.Data[3*p.A.Stride+4] = x
					var bad atomic.Bool
					p.NonFinite = &bad
					Mul(&p)
					if !bad.Load() {
						t.Errorf("%v: %v in A wasn't noticed (B transposed %v, %v)", l, x, tb, relu)
					}
					if x != x && p.C[3*p.LDC] == p.C[3*p.LDC] {
						t.Errorf("%v: NaN became %v", l, p.C[3*p.LDC])
					}
				}
			}
		}
		restore()
	}
}

func TestBatched(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, n := range []int{1, 3, 20} {
		a, b, c := random(r, n*6*9), random(r, n*9*4), make([]float32, n*6*4)
		Batched(&Params{M: 6, N: 4, K: 9, A: Matrix{a, 9, false}, B: Matrix{b, 4, false}, C: c, LDC: 4}, n, 54, 36, 24)
		for i := range n {
			one := make([]float32, 24)
			Mul(&Params{M: 6, N: 4, K: 9, A: Matrix{a[i*54:], 9, false}, B: Matrix{b[i*36:], 4, false}, C: one, LDC: 4})
			for j := range one {
				if one[j] != c[i*24+j] {
					t.Fatalf("product %d of %d differs", i, n)
				}
			}
		}
	}
}

func TestNoAllocations(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	p := problem(r, 64, 500, 784, false, true)
	if n := testing.AllocsPerRun(10, func() { Mul(&p) }); n > 0 {
		t.Errorf("%v allocations a product", n)
	}
}
