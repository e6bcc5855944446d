package norm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

func random(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(uint64(n), seed))
	x := make([]float32, n+int(seed))[seed:]
	for i := range x {
		x[i] = float32(r.NormFloat64() + 0.5)
	}
	return x
}

var shapes = [][2]int{{1, 1}, {3, 2}, {5, 17}, {64, 67}, {131, 33}, {2, 1000}, {300, 8}, {70, 500}}

func forLevels(t *testing.T, f func(t *testing.T)) {
	for l := cpu.Go; l <= cpu.Best(); l++ {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Force(l)()
			f(t)
		})
	}
}

// check holds got to want: 1e-5 of size.
func check(t *testing.T, name string, got float32, want, size float64) {
	t.Helper()
	if !(math.Abs(float64(got)-want) <= 1e-5*(1+size)) {
		t.Fatalf("%s: got %v, want %v", name, got, want)
	}
}

func at64(x []float32, i int, missing float64) float64 {
	if x == nil {
		return missing
	}
	return float64(x[i])
}

// reference normalises n elements of x from from on in steps of stride, in float64.
func reference(x []float32, from, stride, n int, eps float64) (hat []float64, mean, variance, rstd float64) {
	for k := range n {
		mean += float64(x[from+k*stride]) / float64(n)
	}
	for k := range n {
		d := float64(x[from+k*stride]) - mean
		variance += d * d / float64(n)
	}
	rstd = 1 / math.Sqrt(variance+eps)
	for k := range n {
		hat = append(hat, (float64(x[from+k*stride])-mean)*rstd)
	}
	return hat, mean, variance, rstd
}

func TestLayerNorm(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		for _, shape := range shapes {
			for _, affine := range []bool{true, false} {
				rows, cols := shape[0], shape[1]
				x, g := random(rows*cols, 1), random(rows*cols, 2)
				var gamma, beta []float32
				if affine {
					gamma, beta = random(cols, 3), random(cols, 4)
				}
				y, mean, rstd := make([]float32, rows*cols), make([]float32, rows), make([]float32, rows)
				gx, added := make([]float32, rows*cols), random(rows*cols, 5)
				old := append([]float32(nil), added...)
				ggamma, gbeta := random(cols, 6), make([]float32, cols)
				oldGamma := append([]float32(nil), ggamma...)
				LayerNorm(y, mean, rstd, x, gamma, beta, rows, cols, 1e-5)
				LayerNormGrad(Grads{X: gx}, g, x, mean, rstd, gamma, rows, cols)
				all := Grads{X: added, AccX: true, Gamma: ggamma, AccGamma: true, Beta: gbeta}
				LayerNormGrad(all, g, x, mean, rstd, gamma, rows, cols)
				sumGamma, sumBeta := make([]float64, cols), make([]float64, cols)
				for r := range rows {
					hat, m, _, rs := reference(x, r*cols, 1, cols, 1e-5)
					check(t, "mean", mean[r], m, 1)
					check(t, "rstd", rstd[r], rs, rs)
					var a, b float64
					for j := range cols {
						h := float64(g[r*cols+j]) * at64(gamma, j, 1)
						a, b = a+h/float64(cols), b+h*hat[j]/float64(cols)
						sumGamma[j] += float64(g[r*cols+j]) * hat[j]
						sumBeta[j] += float64(g[r*cols+j])
					}
					for j := range cols {
						i := r*cols + j
						check(t, "y", y[i], hat[j]*at64(gamma, j, 1)+at64(beta, j, 0), 4)
						want := rs * (float64(g[i])*at64(gamma, j, 1) - a - hat[j]*b)
						check(t, "gx", gx[i], want, 4*rs)
						check(t, "gx acc", added[i], float64(old[i])+want, 4*rs)
					}
				}
				for j := range cols {
					check(t, "ggamma", ggamma[j], float64(oldGamma[j])+sumGamma[j], float64(rows))
					check(t, "gbeta", gbeta[j], sumBeta[j], float64(rows))
				}
			}
		}
	})
}

func TestRMSNorm(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		for _, shape := range shapes {
			rows, cols := shape[0], shape[1]
			x, g, gamma := random(rows*cols, 1), random(rows*cols, 2), random(cols, 3)
			if rows == 5 {
				gamma = nil
			}
			y, gx, rstd, ggamma := make([]float32, rows*cols), make([]float32, rows*cols), make([]float32, rows), make([]float32, cols)
			RMSNorm(y, rstd, x, gamma, rows, cols, 1e-5)
			RMSNormGrad(Grads{X: gx, Gamma: ggamma}, g, x, rstd, gamma, rows, cols)
			sum := make([]float64, cols)
			for r := range rows {
				var square, b float64
				for j := range cols {
					square += float64(x[r*cols+j]) * float64(x[r*cols+j]) / float64(cols)
				}
				rs := 1 / math.Sqrt(square+1e-5)
				for j := range cols {
					i := r*cols + j
					b += float64(g[i]) * at64(gamma, j, 1) * float64(x[i]) * rs / float64(cols)
					sum[j] += float64(g[i]) * float64(x[i]) * rs
				}
				for j := range cols {
					i := r*cols + j
					hat := float64(x[i]) * rs
					check(t, "y", y[i], hat*at64(gamma, j, 1), 4)
					check(t, "gx", gx[i], rs*(float64(g[i])*at64(gamma, j, 1)-hat*b), 4*rs)
				}
			}
			for j := range cols {
				check(t, "ggamma", ggamma[j], sum[j], float64(rows))
			}
		}
	})
}

// TestPastTheCaches checks that results so large that they are written past the caches have the bits of the others.
func TestPastTheCaches(t *testing.T) {
	const rows, cols = 4100, 1024
	x, g, gamma := random(rows*cols, 1), random(rows*cols, 2), random(cols, 3)
	x, g = x[:rows*cols], g[:rows*cols]
	large, part := make([]float32, rows*cols), make([]float32, 100*cols)
	rstd := make([]float32, rows)
	if (&task{y: large, cols: cols}).writesPast() == (&task{y: part, cols: cols}).writesPast() {
		t.Fatal("both are written in the same way")
	}
	for name, do := range map[string]func(dst []float32, from, rows int){
		"forward": func(dst []float32, from, rows int) { RMSNorm(dst, rstd[from:], x[from*cols:], gamma, rows, cols, 1e-5) },
		"backward": func(dst []float32, from, rows int) {
			RMSNormGrad(Grads{X: dst}, g[from*cols:], x[from*cols:], rstd[from:], gamma, rows, cols)
		},
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

func TestBatchNorm(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		for _, shape := range shapes[1:] {
			for _, affine := range []bool{true, false} {
				rows, cols := shape[0], shape[1]
				x, g := random(rows*cols, 1), random(rows*cols, 2)
				var gamma, beta []float32
				if affine {
					gamma, beta = random(cols, 3), random(cols, 4)
				}
				y, gx, added := make([]float32, rows*cols), make([]float32, rows*cols), random(rows*cols, 5)
				old := append([]float32(nil), added...)
				mean, variance, rstd := make([]float32, cols), make([]float32, cols), make([]float32, cols)
				ggamma, gbeta := make([]float32, cols), make([]float32, cols)
				BatchStats(mean, variance, x, rows, cols)
				InvStd(rstd, variance, 1e-5)
				BatchNorm(y, x, mean, rstd, gamma, beta, rows, cols)
				BatchNormParamGrad(ggamma, gbeta, g, x, mean, rstd, rows, cols)
				BatchNormGrad(gx, g, x, mean, rstd, gamma, ggamma, gbeta, rows, cols, false)
				BatchNormGrad(added, g, x, mean, rstd, gamma, ggamma, gbeta, rows, cols, true)
				for j := range cols {
					hat, m, v, rs := reference(x, j, cols, rows, 1e-5)
					check(t, "mean", mean[j], m, 1)
					check(t, "variance", variance[j], v, 1)
					var a, b float64
					for r := range rows {
						a, b = a+float64(g[r*cols+j]), b+float64(g[r*cols+j])*hat[r]
					}
					check(t, "gbeta", gbeta[j], a, float64(rows))
					check(t, "ggamma", ggamma[j], b, float64(rows)*(1+rs))
					for r := range rows {
						i := r*cols + j
						check(t, "y", y[i], hat[r]*at64(gamma, j, 1)+at64(beta, j, 0), 4*rs)
						want := at64(gamma, j, 1) * rs * (float64(g[i]) - a/float64(rows) - hat[r]*b/float64(rows))
						check(t, "gx", gx[i], want, 8*rs*(1+rs))
						check(t, "gx acc", added[i], float64(old[i])+want, 8*rs*(1+rs))
					}
				}
			}
		}
	})
}

// results runs everything on one shape.
func results(rows, cols int) []float32 {
	n := rows * cols
	x, g, gamma, beta := random(n, 1), random(n, 2), random(cols, 3), random(cols, 4)
	out := make([]float32, 6*n+3*rows+8*cols)
	whole := func(i int) []float32 { return out[i*n : (i+1)*n] }
	y, gx, by, bx, ry, rx := whole(0), whole(1), whole(2), whole(3), whole(4), whole(5)
	stat := func(i int) []float32 { return out[6*n+i*rows:][:rows] }
	mean, rstd, rms, p := stat(0), stat(1), stat(2), out[6*n+3*rows:]
	col := func(i int) []float32 { return p[i*cols : (i+1)*cols] }
	LayerNorm(y, mean, rstd, x, gamma, beta, rows, cols, 1e-5)
	LayerNormGrad(Grads{X: gx, Gamma: col(0), Beta: col(1), AccX: true}, g, x, mean, rstd, gamma, rows, cols)
	RMSNorm(ry, rms, x, gamma, rows, cols, 1e-5)
	RMSNormGrad(Grads{X: rx, Gamma: col(7)}, g, x, rms, gamma, rows, cols)
	BatchStats(col(2), col(3), x, rows, cols)
	InvStd(col(4), col(3), 1e-5)
	BatchNorm(by, x, col(2), col(4), gamma, beta, rows, cols)
	BatchNormParamGrad(col(5), col(6), g, x, col(2), col(4), rows, cols)
	BatchNormGrad(bx, g, x, col(2), col(4), gamma, col(5), col(6), rows, cols, false)
	return out
}

// TestSameBits checks that neither workers nor vector width show.
func TestSameBits(t *testing.T) {
	for _, shape := range append(shapes, [2]int{1000, 100}) {
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
}

func TestAllocatesNothing(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(3))
	x, gamma, s := random(1000*100, 1), random(100, 2), make([]float32, 1000)
	f := func() {
		LayerNorm(x, s, s, x, gamma, gamma, 1000, 100, 1e-5)
		LayerNormGrad(Grads{Gamma: gamma}, x, x, s, s, gamma, 1000, 100)
		RMSNorm(x, s, x, nil, 1000, 100, 1e-5)
		BatchStats(s, s, x, 1000, 100)
		BatchNorm(x, x, s, s, nil, nil, 1000, 100)
	}
	f()
	if n := testing.AllocsPerRun(10, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
