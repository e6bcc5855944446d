package rnn

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ingot-ml/ingot/internal/cpu"
)

// passes names each pass with the lengths of its slices in vectors, and says which it writes.
var passes = []struct {
	name    string
	vectors []int
	run     func(k *table, s [][]float32)
}{
	{"tanh", []int{1, 1}, func(k *table, s [][]float32) { k.tanh(s[0], s[1]) }},
	{"relu", []int{1, 1}, func(k *table, s [][]float32) { k.relu(s[0], s[1]) }},
	{"tanhGrad", []int{1, 1, 1, 1}, func(k *table, s [][]float32) { k.tanhGrad(s[0], s[1], s[2], s[3]) }},
	{"reluGrad", []int{1, 1, 1, 1}, func(k *table, s [][]float32) { k.reluGrad(s[0], s[1], s[2], s[3]) }},
	{"lstm", []int{1, 4, 4, 1, 1}, func(k *table, s [][]float32) { k.lstm(s[0], s[1], s[2], s[3], s[4]) }},
	{"lstmGrad", []int{4, 4, 1, 1, 1, 1, 1}, func(k *table, s [][]float32) { k.lstmGrad(s[0], s[1], s[2], s[3], s[4], s[5], s[6]) }},
	{"gru", []int{1, 4, 3, 1, 1}, func(k *table, s [][]float32) { k.gru(s[0], s[1], s[2], s[3], s[4]) }},
	{"gruGrad", []int{4, 4, 1, 1, 1}, func(k *table, s [][]float32) { k.gruGrad(s[0], s[1], s[2], s[3], s[4]) }},
}

// drawn are slices of so many vectors of n numbers, off elements from an aligned place, with a guard behind each.
func drawn(vectors []int, n, off int) (s, whole [][]float32) {
	r := rand.New(rand.NewPCG(uint64(n), uint64(off)))
	for _, v := range vectors {
		x := make([]float32, off+v*n+16)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		s, whole = append(s, x[off:off+v*n]), append(whole, x)
	}
	return s, whole
}

// TestPasses holds the assembly to the Go loops, within a tolerance, and the vector widths to each other's bits; nothing is
// written beyond the slices.
func TestPasses(t *testing.T) {
	for _, p := range passes {
		for n := 1; n < 70; n++ {
			for _, off := range []int{0, 1, 3} {
				plain, all := drawn(p.vectors, n, off)
				p.run(&goTable, plain)
				var first [][]float32
				for l := cpu.Go + 1; l <= cpu.Best(); l++ {
					s, whole := drawn(p.vectors, n, off)
					p.run(&levels[l], s)
					if first == nil {
						first = whole
					}
					for k, x := range whole {
						for i, v := range x {
							if w := all[k][i]; math.Abs(float64(v-w)) > 5e-6*max(1, math.Abs(float64(w))) {
								t.Fatalf("%s of %d by %v: slice %d element %d is %v, %v wanted", p.name, n, l, k, i-off, v, w)
							}
							if w := first[k][i]; math.Float32bits(v) != math.Float32bits(w) {
								t.Fatalf("%s of %d by %v: slice %d element %d has other bits: %v, %v", p.name, n, l, k, i-off, v, w)
							}
						}
					}
				}
			}
		}
	}
}
