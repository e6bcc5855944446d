package optim_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/tensor"
)

// matrix is one of float64, by rows.
type matrix struct {
	r, c int
	x    []float64
}

func (a matrix) times(b matrix) matrix {
	y := matrix{a.r, b.c, make([]float64, a.r*b.c)}
	for i := range a.r {
		for k := range a.c {
			for j := range b.c {
				y.x[i*b.c+j] += a.x[i*a.c+k] * b.x[k*b.c+j]
			}
		}
	}
	return y
}

func (a matrix) turned() matrix {
	y := matrix{a.c, a.r, make([]float64, len(a.x))}
	for i := range a.r {
		for j := range a.c {
			y.x[j*a.r+i] = a.x[i*a.c+j]
		}
	}
	return y
}

// TestMuonIteration holds the first step of matrices larger than a band to the five steps on X itself, as Muon's doc
// comment has them, in float64: within 10⁻³ of the largest element. The last two have few directions besides rounding: what the
// iteration makes of none, 10⁻³ of a singular value, must not show.
func TestMuonIteration(t *testing.T) {
	for _, c := range []struct{ r, c, rank int }{{70, 150, 70}, {150, 70, 70}, {97, 97, 97}, {70, 150, 3}, {130, 65, 3}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			g := tensor.New(tensor.F32, c.r, c.c)
			left, right := tensor.Of[float32](normal(1, c.r, c.rank)), tensor.Of[float32](normal(2, c.rank, c.c))
			x := matrix{c.r, c.c, make([]float64, c.r*c.c)}
			norm := 0.0
			for i := range x.x {
				for k := range c.rank {
					tensor.Of[float32](g)[i] += left[i/c.c*c.rank+k] * right[k*c.c+i%c.c]
				}
				x.x[i] = float64(tensor.Of[float32](g)[i])
				norm += x.x[i] * x.x[i]
			}
			for i := range x.x {
				x.x[i] /= math.Sqrt(norm)
			}
			for range 5 {
				a := x.times(x.turned())
				b := a.times(a)
				for i := range b.x {
					b.x[i] = -4.7750*a.x[i] + 2.0315*b.x[i]
				}
				y := b.times(x)
				for i := range x.x {
					x.x[i] = 3.4445*x.x[i] + y.x[i]
				}
			}
			b := newBench(tensor.New(tensor.F32, c.r, c.c))
			if err := b.step(&optim.Muon{LR: 1}, []tensor.Tensor{g}); err != nil {
				t.Fatal(err)
			}
			size, top, worst := math.Sqrt(max(1, float64(c.r)/float64(c.c))), 0.0, 0.0
			for i, got := range b.values()[0] {
				top, worst = max(top, math.Abs(x.x[i])), max(worst, math.Abs(float64(-got)/size-x.x[i]))
			}
			if worst > 1e-3*top {
				t.Errorf("off by %v where the largest is %v", worst, top)
			}
		})
	}
}
