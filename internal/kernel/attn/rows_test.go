package attn

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ingot-ml/ingot/internal/cpu"
)

// block is a block of scores for the row kernels, with statistics of earlier blocks.
type block struct {
	s, ds, m, l, alpha []float32
	args               rowArgs
}

// newBlock has rows of which the first sees n elements of most, each next one step more, off elements from an aligned place.
func newBlock(rows, n, step, most, off int, scale float32) *block {
	r := rand.New(rand.NewPCG(uint64(rows*1000+most), uint64(n+off)))
	random := func(n int) []float32 {
		x := make([]float32, n+off)[off:]
		for i := range x {
			x[i] = float32(r.NormFloat64() * 3)
		}
		return x
	}
	width := (most + 15) / 16 * 16
	ld := width + 5
	b := &block{s: random(rows * ld), ds: random(rows * ld), m: random(rows), l: random(rows), alpha: random(rows)}
	b.m[0] = float32(math.Inf(-1)) // nothing was seen before
	if rows > 2 {
		for j := range most {
			b.s[2*ld+j] = float32(math.Inf(-1)) // hidden by a mask
		}
		b.m[2] = float32(math.Inf(-1))
	}
	b.args = rowArgs{
		s: &b.s[0], ds: &b.ds[0], ld: 4 * ld, rows: rows, n: n, step: step, most: most, width: width, scale: scale, gscale: 0.3,
		m: &b.m[0], l: &b.l[0], alpha: &b.alpha[0],
	}
	return b
}

func (b *block) all() [][]float32 { return [][]float32{b.s, b.ds, b.m, b.l, b.alpha} }

var blocks = []struct {
	rows, n, step, most, off int
	scale                    float32
}{
	{1, 1, 0, 1, 0, 1}, {3, 16, 0, 16, 1, 0.125}, {5, -2, 1, 40, 3, 0.125}, {40, 0, 1, 33, 0, 2}, {7, 250, 1, 256, 2, 0.5}, {4, 31, 0, 31, 0, 0.7},
	{3, 0, 0, 17, 0, 1},
}

func TestRows(t *testing.T) {
	for _, c := range blocks {
		for name, f := range map[string]func(k *table, b *block){
			"softmax": func(k *table, b *block) { k.softmax(&b.args) },
			"grad": func(k *table, b *block) {
				b.m[0], b.m[min(2, c.rows-1)] = 1, 0 // a log-sum-exp is finite
				k.grad(&b.args)
			},
		} {
			var first *block
			plain := newBlock(c.rows, c.n, c.step, c.most, c.off, c.scale)
			f(&goTable, plain)
			for l := cpu.Go + 1; l <= cpu.Best(); l++ {
				b := newBlock(c.rows, c.n, c.step, c.most, c.off, c.scale)
				f(&levels[l], b)
				if first == nil {
					first = b
				}
				for k, x := range b.all() {
					for i, v := range x {
						w := plain.all()[k][i]
						if d := math.Abs(float64(v - w)); !(d <= 2e-5*max(1, math.Abs(float64(w)))) && v != w {
							t.Fatalf("%s %v by %v: array %d element %d is %v, %v wanted", name, c, l, k, i, v, w)
						}
						if u := first.all()[k][i]; math.Float32bits(u) != math.Float32bits(v) {
							t.Fatalf("%s %v by %v: array %d element %d has other bits: %v, %v", name, c, l, k, i, v, u)
						}
					}
				}
			}
		}
	}
}

// TestSoftmaxRow holds the plain loop to its formula: what was summed before, and now.
func TestSoftmaxRow(t *testing.T) {
	b := newBlock(2, 19, 1, 40, 0, 0.25)
	b.m[1], b.l[1] = 2, 1.5
	x := append([]float32(nil), b.s[b.args.ld/4:][:20]...)
	softmaxGo(&b.args)
	top := 2.0
	for _, v := range x {
		top = max(top, 0.25*float64(v))
	}
	sum := 1.5 * math.Exp(2-top)
	for j, v := range x {
		p := math.Exp(0.25*float64(v) - top)
		sum += p
		if got := float64(b.s[b.args.ld/4+j]); math.Abs(got-p) > 1e-6 {
			t.Errorf("element %d is %v, %v wanted", j, got, p)
		}
	}
	if math.Abs(float64(b.l[1])-sum) > 1e-5 || float64(b.m[1]) != top || math.Abs(float64(b.alpha[1])-math.Exp(2-top)) > 1e-6 {
		t.Errorf("sum %v, largest %v, factor %v; %v, %v, %v wanted", b.l[1], b.m[1], b.alpha[1], sum, top, math.Exp(2-top))
	}
	if b.s[b.args.ld/4+20] != 0 || b.s[b.args.ld/4+39] != 0 {
		t.Error("elements that aren't seen aren't 0")
	}
}
