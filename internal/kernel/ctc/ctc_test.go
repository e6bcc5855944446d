package ctc

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/internal/parallel"
)

// reads takes blanks and repeats out of a path.
func reads(path []int32, blank int32) []int32 {
	var r []int32
	last := blank
	for _, c := range path {
		if c != last && c != blank {
			r = append(r, c)
		}
		last = c
	}
	return r
}

// byPaths sums the probabilities of all paths of a sample that read as its labels, and of those at class k at time t.
func byPaths(b *Batch, n int) (total float64, at [][]float64) {
	steps := int(b.Steps[n])
	labels := b.Labels[n*b.Width:][:b.Lengths[n]]
	at = make([][]float64, steps)
	for t := range at {
		at[t] = make([]float64, b.Classes)
	}
	path := make([]int32, steps)
	for {
		if slices.Equal(reads(path, int32(b.Blank)), labels) {
			p := 0.0
			for t, c := range path {
				p += float64(b.X[(t*b.Samples+n)*b.Classes+int(c)])
			}
			p = math.Exp(p)
			total += p
			for t, c := range path {
				at[t][c] += p
			}
		}
		t := 0
		for ; t < steps; t++ { // the next path, as one counts
			if path[t]++; int(path[t]) < b.Classes {
				break
			}
			path[t] = 0
		}
		if t == steps {
			return total, at
		}
	}
}

// random is a batch of small samples; some can't be read from any path.
func random(r *rand.Rand) (b *Batch, times int) {
	times, b = 1+r.IntN(5), &Batch{Samples: 1 + r.IntN(4), Classes: 2 + r.IntN(3), Width: 4}
	b.Blank = r.IntN(b.Classes)
	b.X = make([]float32, times*b.Samples*b.Classes)
	for i := range b.X {
		b.X[i] = float32(-3 * r.Float64())
	}
	for range b.Samples {
		b.Steps = append(b.Steps, int32(1+r.IntN(times)))
		b.Lengths = append(b.Lengths, int32(r.IntN(b.Width)))
		for range b.Width {
			b.Labels = append(b.Labels, int32((b.Blank+1+r.IntN(b.Classes-1))%b.Classes))
		}
	}
	return b, times
}

func TestAgainstAllPaths(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	impossible := 0
	for trial := range 400 {
		b, times := random(r)
		loss, gx, added := make([]float32, b.Samples), make([]float32, len(b.X)), make([]float32, len(b.X))
		g := make([]float32, b.Samples)
		for i := range g {
			g[i] = float32(i) - 1.5
		}
		Loss(loss, b)
		Grad(gx, b, g, false, true)
		copy(added, b.X)
		Grad(added, b, g, true, true)
		for n := range b.Samples {
			total, at := byPaths(b, n)
			labels := b.Labels[n*b.Width:][:b.Lengths[n]]
			if fits := Needed(labels) <= int(b.Steps[n]); fits != (total > 0) {
				t.Fatalf("labels %v need %d steps, yet %d steps have probability %v", labels, Needed(labels), b.Steps[n], total)
			}
			if want := -math.Log(total); !(math.Abs(float64(loss[n])-want) <= 1e-6*(1+want)) && !math.IsInf(want, 1) {
				t.Fatalf("trial %d sample %d: loss %v, the paths give %v", trial, n, loss[n], want)
			}
			if total == 0 {
				impossible++
				if !math.IsInf(float64(loss[n]), 1) {
					t.Fatalf("loss %v of labels that nothing gives", loss[n])
				}
			}
			for k := range times * b.Classes {
				time, c := k/b.Classes, k%b.Classes
				want := 0.0
				if time < len(at) && total > 0 {
					want = -float64(g[n]) * at[time][c] / total
				}
				i := (time*b.Samples+n)*b.Classes + c
				if math.Abs(float64(gx[i])-want) > 1e-6 || math.Abs(float64(added[i]-b.X[i])-want) > 2e-6 {
					t.Fatalf("trial %d sample %d time %d class %d: gradient %v, %v added, the paths give %v", trial, n, time, c, gx[i], added[i]-b.X[i], want)
				}
			}
		}
	}
	if impossible == 0 {
		t.Error("no sample was impossible")
	}
}

func TestSameBitsForAnyWorkers(t *testing.T) {
	b, _ := random(rand.New(rand.NewPCG(5, 8)))
	var want []float32
	for _, w := range []int{1, 2, 8} {
		old := parallel.SetWorkers(w)
		got := make([]float32, b.Samples+len(b.X))
		Loss(got[:b.Samples], b)
		Grad(got[b.Samples:], b, []float32{1}, false, true)
		parallel.SetWorkers(old)
		if want == nil {
			want = got
		} else if !slices.Equal(got, want) {
			t.Errorf("%d workers give other bits", w)
		}
	}
}

func TestNeeded(t *testing.T) {
	for _, c := range []struct {
		labels []int32
		want   int
	}{{nil, 0}, {[]int32{4}, 1}, {[]int32{1, 2, 1}, 3}, {[]int32{1, 1, 1}, 5}} {
		if got := Needed(c.labels); got != c.want {
			t.Errorf("%v need %d steps, want %d", c.labels, got, c.want)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(1))
	b, _ := random(rand.New(rand.NewPCG(3, 4)))
	loss, gx, g := make([]float32, b.Samples), make([]float32, len(b.X)), []float32{1}
	f := func() {
		Loss(loss, b)
		Grad(gx, b, g, false, true)
	}
	f()
	if n := testing.AllocsPerRun(10, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Paths of a thousand steps have probabilities that no float64 holds: with all of them equal, T·(T + 1)/2 paths read as one label.
func TestLongAndUnlikely(t *testing.T) {
	const times, logP = 1000, -30
	b := &Batch{Samples: 1, Classes: 2, Labels: []int32{1}, Steps: []int32{times}, Lengths: []int32{1}, Width: 1}
	b.X = make([]float32, times*b.Classes)
	for i := range b.X {
		b.X[i] = logP
	}
	loss, gx := make([]float32, 1), make([]float32, len(b.X))
	Loss(loss, b)
	Grad(gx, b, []float32{1}, false, false)
	paths := float64(times * (times + 1) / 2)
	if want := -logP*times - math.Log(paths); math.Abs(float64(loss[0])-want) > 1e-6*want {
		t.Errorf("loss %v, want %v", loss[0], want)
	}
	for at := range times { // of the paths, (t + 1)·(T − t) have the label at t
		want := -float64((at+1)*(times-at)) / paths
		if got := float64(gx[2*at+1]); math.Abs(got-want) > 2e-5 {
			t.Fatalf("gradient of the label at %d is %v, want %v", at, got, want)
		}
	}
}
