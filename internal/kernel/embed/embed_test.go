package embed

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/internal/parallel"
)

func random(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func ids[I ID](n, vocabulary int) []I {
	r := rand.New(rand.NewPCG(uint64(n), 9))
	list := make([]I, n)
	for i := range list {
		list[i] = I(r.IntN(vocabulary))
	}
	return list
}

func testBoth[I ID](t *testing.T) {
	for _, shape := range [][3]int{{0, 5, 4}, {1, 1, 1}, {64, 10, 7}, {3000, 11, 33}, {500, 7, 200}, {20000, 50, 1}, {4, 2, 0}} {
		n, vocabulary, dim := shape[0], shape[1], shape[2]
		table, g, list := random(vocabulary*dim, 1), random(n*dim, 2), ids[I](n, vocabulary)
		gathered, added := make([]float32, n*dim), slices.Clone(table)
		for i, id := range list {
			copy(gathered[i*dim:(i+1)*dim], table[int(id)*dim:])
			for j := range dim {
				added[int(id)*dim+j] += g[i*dim+j]
			}
		}
		for _, w := range []int{1, 2, 3, 8} {
			old := parallel.SetWorkers(w)
			got, sum := make([]float32, n*dim), slices.Clone(table)
			Gather(got, table, list, dim)
			ScatterAdd(sum, g, list, dim)
			parallel.SetWorkers(old)
			if !slices.Equal(got, gathered) {
				t.Fatalf("Gather %v workers=%d differs from the loop", shape, w)
			}
			if !slices.Equal(sum, added) {
				t.Fatalf("ScatterAdd %v workers=%d differs from the loop", shape, w)
			}
		}
	}
}

func TestInt32(t *testing.T) { testBoth[int32](t) }
func TestInt64(t *testing.T) { testBoth[int64](t) }

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		ids  []int32
		want int
	}{{nil, -1}, {[]int32{0, 4}, -1}, {[]int32{0, 5, -1}, 1}, {[]int32{0, -1}, 1}} {
		if got := Check(c.ids, 5); got != c.want {
			t.Errorf("Check(%v, 5) = %d, want %d", c.ids, got, c.want)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(3))
	table, g, list := random(100*300, 1), random(500*300, 2), ids[int32](500, 100)
	f := func() { Gather(g, table, list, 300); ScatterAdd(table, g, list, 300) }
	f()
	if n := testing.AllocsPerRun(10, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkEmbed(b *testing.B) {
	table, g, list := random(50000*128, 1), random(3072*128, 2), ids[int64](3072, 50000)
	b.SetBytes(4 * 3072 * 128)
	b.Run("Gather", func(b *testing.B) {
		for b.Loop() {
			Gather(g, table, list, 128)
		}
	})
	b.Run("ScatterAdd", func(b *testing.B) {
		for b.Loop() {
			ScatterAdd(table, g, list, 128)
		}
	})
}
