package softmax

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

func random(n, off int, scale float64) []float32 {
	r := rand.New(rand.NewPCG(uint64(n), uint64(off)))
	x := make([]float32, n+off)[off:]
	for i := range x {
		x[i] = float32(r.NormFloat64() * scale)
	}
	return x
}

// probabilities makes rows that sum to about 1.
func probabilities(rows, cols int) []float32 {
	p := random(rows*cols, 7, 1)
	for r := range rows {
		var s float64
		for j := range cols {
			s += math.Abs(float64(p[r*cols+j]))
		}
		for j := range cols {
			p[r*cols+j] = float32(math.Abs(float64(p[r*cols+j])) / s)
		}
	}
	return p
}

var shapes = [][2]int{{1, 1}, {64, 10}, {3, 17}, {5, 67}, {2, 1000}, {300, 65}, {1, leaf + 9}, {0, 4}}

func forLevels(t *testing.T, f func(t *testing.T)) {
	for l := cpu.Go; l <= cpu.Best(); l++ {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Force(l)()
			f(t)
		})
	}
}

// check holds got to want: 3e-6 of 1 or of the number's size, whichever is larger, times slack.
func check(t *testing.T, name string, got float32, want, slack float64) {
	t.Helper()
	if d := math.Abs(float64(got) - want); !(d <= 3e-6*slack*max(1, math.Abs(want))) {
		t.Fatalf("%s: got %v, want %v", name, got, want)
	}
}

// logSoftmax64 is the reference.
func logSoftmax64(x []float32) []float64 {
	m, s := math.Inf(-1), 0.0
	for _, v := range x {
		m = max(m, float64(v))
	}
	for _, v := range x {
		s += math.Exp(float64(v) - m)
	}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v) - m - math.Log(s)
	}
	return y
}

func TestSoftmax(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		for _, shape := range shapes {
			rows, cols := shape[0], shape[1]
			for off := range 4 {
				x, g := random(rows*cols, off, 4), random(rows*cols, 9, 1)
				y, ly := make([]float32, rows*cols), make([]float32, rows*cols)
				gx, glx := random(rows*cols, 3, 1), make([]float32, rows*cols)
				old := append([]float32(nil), gx...)
				Softmax(y, x, rows, cols)
				LogSoftmax(ly, x, rows, cols)
				SoftmaxGrad(gx, g, y, rows, cols, true)
				LogSoftmaxGrad(glx, g, ly, rows, cols, false)
				for r := range rows {
					ref, from := logSoftmax64(x[r*cols:(r+1)*cols]), r*cols
					var dot, sum float64
					for j, l := range ref {
						dot += float64(g[from+j]) * math.Exp(l)
						sum += float64(g[from+j])
					}
					for j, l := range ref {
						p, gj := math.Exp(l), float64(g[from+j])
						if math.Abs(float64(y[from+j])-p) > (3e-6-2e-7*l)*p { // x − m is rounded
							t.Fatalf("Softmax %v [%d %d]: %v, want %v", shape, r, j, y[from+j], p)
						}
						check(t, "LogSoftmax", ly[from+j], l, 1)
						check(t, "SoftmaxGrad", gx[from+j], float64(old[from+j])+p*(gj-dot), 1)
						check(t, "LogSoftmaxGrad", glx[from+j], gj-p*sum, 1+math.Abs(sum))
					}
				}
			}
		}
	})
}

// TestCrossEntropy holds loss and gradient, of logits and of log-probabilities, to the masses written out in float64.
func TestCrossEntropy(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		for _, shape := range shapes {
			rows, cols := shape[0], shape[1]
			x, probs, ids := random(rows*cols, 1, 4), probabilities(rows, cols), make([]int32, rows)
			for i := range ids {
				ids[i] = int32(i * 7 % cols)
			}
			for _, p := range []Targets{
				{IDs: ids}, {IDs: ids, Classes: random(cols, 2, 1)}, {IDs: ids, Smoothing: 0.25, Rows: random(rows, 3, 1)},
				{IDs: ids, Ignore: true, Ignored: int32(7 % cols), Classes: random(cols, 2, 1), Smoothing: 0.5},
				{Probs: probs}, {Probs: probs, Classes: random(cols, 2, 1), Rows: random(rows, 3, 1), Smoothing: 0.125},
			} {
				holdCrossEntropy(t, x, p, rows, cols)
			}
		}
	})
}

func holdCrossEntropy(t *testing.T, x []float32, p Targets, rows, cols int) {
	t.Helper()
	g, n := random(rows, 6, 1), rows*cols
	loss, stats, gx, added := make([]float32, rows), make([]float32, 2*rows), make([]float32, n), random(n, 5, 1)
	old := append([]float32(nil), added...)
	CrossEntropy(loss, stats, x, &p, rows, cols)
	CrossEntropyGrad(gx, x, stats, &p, g, rows, cols, false)
	CrossEntropyGrad(added, x, stats, &p, g, rows, cols, true)
	plain, gPlain, masses := make([]float32, rows), make([]float32, n), make([]float32, n)
	CrossEntropy(plain, nil, x, &p, rows, cols)
	CrossEntropyGrad(gPlain, x, nil, &p, g, rows, cols, false)
	p.Masses(masses, 2, rows, cols)
	for r := range rows {
		ref := logSoftmax64(x[r*cols : (r+1)*cols])
		mass := massesOf(&p, r, cols)
		var want, log, total float64
		for j, m := range mass {
			want -= m * ref[j]
			log -= m * float64(x[r*cols+j])
			total += m
		}
		check(t, "CrossEntropy", loss[r], want, 2)
		check(t, "CrossEntropy of log-probabilities", plain[r], log, 2)
		for j, m := range mass {
			at, s := r*cols+j, float64(g[r])
			check(t, "Masses", masses[at], 2*m, 1)
			check(t, "CrossEntropyGrad", gx[at], s*(math.Exp(ref[j])*total-m), 1)
			check(t, "CrossEntropyGrad acc", added[at], float64(old[at])+s*(math.Exp(ref[j])*total-m), 1)
			check(t, "CrossEntropyGrad of log-probabilities", gPlain[at], -s*m, 1)
		}
	}
}

// massesOf is the formula in the doc of Targets.
func massesOf(p *Targets, r, cols int) []float64 {
	at := func(w []float32, i int) float64 {
		if w == nil {
			return 1
		}
		return float64(w[i])
	}
	mass := make([]float64, cols)
	for j := range mass {
		v := 0.0
		switch {
		case p.Ignore && p.IDs[r] == p.Ignored:
			continue
		case p.Probs != nil:
			v = float64(p.Probs[r*cols+j])
		case int(p.IDs[r]) == j:
			v = 1
		}
		mass[j] = at(p.Rows, r) * at(p.Classes, j) * ((1-float64(p.Smoothing))*v + float64(p.Smoothing)/float64(cols))
	}
	return mass
}

func TestTotal(t *testing.T) {
	ids, classes, rows := []int32{0, 2, 2}, []float32{0.5, 9, 2}, []float32{1, 2, 4}
	for _, c := range []struct {
		p    Targets
		want float32
	}{
		{Targets{IDs: ids}, 3},
		{Targets{IDs: ids, Classes: classes}, 0.5 + 2 + 2},
		{Targets{IDs: ids, Rows: rows}, 1 + 2 + 4},
		{Targets{IDs: ids, Classes: classes, Rows: rows}, 0.5 + 2*2 + 4*2},
		{Targets{IDs: ids, Classes: classes, Ignore: true, Ignored: 2}, 0.5},
		{Targets{IDs: []int32{-9, 1, 2}, Ignore: true, Ignored: -9}, 2},
		{Targets{Probs: make([]float32, 9), Classes: classes}, 3},
		{Targets{Probs: make([]float32, 9), Classes: classes, Rows: rows}, 7},
	} {
		if got := c.p.Total(3); got != c.want {
			t.Errorf("%+v: %v, want %v", c.p, got, c.want)
		}
	}
}

// Logits far from zero and far apart overflow nothing and keep their gradients.
func TestLargeLogits(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		x := []float32{1e4, 1e4 - 1, -1e30, 1e4 + 1}
		loss, stats, gx := make([]float32, 1), make([]float32, 2), make([]float32, 4)
		CrossEntropy(loss, stats, x, &Targets{IDs: []int32{1}}, 1, 4)
		CrossEntropyGrad(gx, x, stats, &Targets{IDs: []int32{1}}, []float32{1}, 1, 4, false)
		check(t, "loss", loss[0], 2.4076059644443806, 1)
		for j, want := range []float64{0.24472847105479764, 0.09003057317038046 - 1, 0, 0.6652409557748219} {
			check(t, "gradient", gx[j], want, 1)
		}
	})
}

func TestMSE(t *testing.T) {
	for _, n := range []int{0, 1, 7, 67, 3*piece + 5} {
		x, y, mse := random(n, 1, 3), probabilities(1, n), 0.0
		gx := random(n, 4, 1)
		old := append([]float32(nil), gx...)
		MSEGrad(gx, x, y, 0.5, true)
		for i := range x {
			d := float64(x[i]) - float64(y[i])
			mse += d * d
			check(t, "MSEGrad", gx[i], float64(old[i])+d, 1)
		}
		if got := MSE(x, y); math.Abs(got-mse) > 1e-9*(1+mse) {
			t.Errorf("MSE n=%d: %v, want %v", n, got, mse)
		}
	}
}

// results runs everything on one shape.
func results(rows, cols int) []float32 {
	x, g, p := random(rows*cols, 1, 4), random(rows*cols, 2, 1), probabilities(rows, cols)
	ids := make([]int32, rows)
	n := rows * cols
	out := make([]float32, 7*n+4*rows)
	loss, stats := out[7*n:7*n+rows], out[7*n+rows:7*n+3*rows]
	y, ly := out[:n], out[n:2*n]
	Softmax(y, x, rows, cols)
	LogSoftmax(ly, x, rows, cols)
	SoftmaxGrad(out[2*n:3*n], g, y, rows, cols, true)
	LogSoftmaxGrad(out[3*n:4*n], g, ly, rows, cols, true)
	CrossEntropy(loss, stats, x, &Targets{IDs: ids}, rows, cols)
	CrossEntropyGrad(out[4*n:5*n], x, stats, &Targets{IDs: ids}, []float32{0.3}, rows, cols, true)
	CrossEntropy(out[7*n+3*rows:], stats, x, &Targets{Probs: p, Smoothing: 0.1}, rows, cols)
	CrossEntropyGrad(out[5*n:6*n], x, stats, &Targets{Probs: p, Smoothing: 0.1}, []float32{0.3}, rows, cols, false)
	MSEGrad(out[6*n:7*n], x, p, 0.1, false)
	return append(out, float32(MSE(x, p)))
}

// TestSameBits checks that neither workers nor vector width nor the other rows show.
func TestSameBits(t *testing.T) {
	for _, shape := range shapes {
		var want []float32
		for l := cpu.Best(); l > cpu.Go; l-- {
			for _, w := range []int{1, 2, 3, 8} {
				restore, old := cpu.Force(l), parallel.SetWorkers(w)
				got := results(shape[0], shape[1])
				parallel.SetWorkers(old)
				restore()
				if want == nil {
					want = got
				}
				for i := range got {
					if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
						t.Fatalf("%v %v workers=%d [%d]: %v, else %v", shape, l, w, i, got[i], want[i])
					}
				}
			}
		}
	}
	x, y, one := random(64*10, 0, 4), make([]float32, 640), make([]float32, 10)
	Softmax(y, x, 64, 10)
	for r := range 64 {
		Softmax(one, x[10*r:10*r+10], 1, 10)
		for j := range one {
			if one[j] != y[10*r+j] {
				t.Fatalf("row %d alone: %v, among others %v", r, one[j], y[10*r+j])
			}
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(3))
	x, ids := random(1000*65, 0, 1), make([]int32, 1000)
	loss, stats, gx := make([]float32, 1000), make([]float32, 2000), make([]float32, 1000*65)
	f := func() {
		CrossEntropy(loss, stats, x, &Targets{IDs: ids}, 1000, 65)
		CrossEntropyGrad(gx, x, stats, &Targets{IDs: ids}, loss[:1], 1000, 65, false)
		Softmax(gx, x, 1000, 65)
		MSE(x, gx)
	}
	f()
	if n := testing.AllocsPerRun(10, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSoftmax(b *testing.B) {
	const rows, cols = 16384, 1024
	x, y, ids := random(rows*cols, 0, 1), make([]float32, rows*cols), make([]int32, rows)
	loss, stats := make([]float32, rows), make([]float32, 2*rows)
	for _, f := range []struct {
		name string
		n    int
		do   func()
	}{
		{"memmove", rows * cols, func() { copy(y, x) }},
		{"Softmax/16384x1024", rows * cols, func() { Softmax(y, x, rows, cols) }},
		{"CrossEntropy/16384x1024", rows * cols, func() { CrossEntropy(loss, stats, x, &Targets{IDs: ids}, rows, cols) }},
		{"CrossEntropyGrad/16384x1024", rows * cols, func() { CrossEntropyGrad(y, x, stats, &Targets{IDs: ids}, loss[:1], rows, cols, false) }},
		{"CrossEntropy/64x10", 640, func() { CrossEntropy(loss, stats, x, &Targets{IDs: ids[:64]}, 64, 10) }},
		{"CrossEntropyGrad/64x10", 640, func() { CrossEntropyGrad(y, x, stats, &Targets{IDs: ids[:64]}, loss[:1], 64, 10, false) }},
	} {
		b.Run(f.name, func(b *testing.B) {
			b.SetBytes(4 * int64(f.n))
			for b.Loop() {
				f.do()
			}
		})
	}
}

// TestPastTheCaches checks that results so large that they are written past the caches have the bits of the others.
func TestPastTheCaches(t *testing.T) {
	const rows, cols = 4100, 1024
	x, g := make([]float32, rows*cols), make([]float32, rows*cols)
	for i := range x {
		x[i], g[i] = float32(i%977)/100, float32(i%13)-6
	}
	large, part := make([]float32, rows*cols), make([]float32, 100*cols)
	if !(&task{dst: large, cols: cols}).writesPast() || (&task{dst: part, cols: cols}).writesPast() {
		t.Fatal("the large one isn't written past the caches, or the part is")
	}
	for name, do := range map[string]func(dst []float32, from, rows int){
		"forward":  func(dst []float32, from, rows int) { Softmax(dst, x[from*cols:], rows, cols) },
		"backward": func(dst []float32, from, rows int) { SoftmaxGrad(dst, g[from*cols:], x[from*cols:], rows, cols, false) },
	} {
		do(large, 0, rows)
		for from := 0; from < rows; from += 100 {
			do(part, from, 100)
			for i, v := range part {
				if math.Float32bits(v) != math.Float32bits(large[from*cols+i]) {
					t.Fatalf("%s: element %d of rows from %d: %v, past the caches %v", name, i, from, v, large[from*cols+i])
				}
			}
		}
	}
}
