package order

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/internal/parallel"
)

// TestSort holds every k to a stable sort of the places, whatever the workers.
func TestSort(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, shape := range [][2]int{{1, 1}, {3, 7}, {2, 1000}, {40, 300}, {5, 0}, {0, 5}} {
		rows, n := shape[0], shape[1]
		x := make([]float32, rows*n)
		for i := range x {
			x[i] = float32(r.IntN(50)) - 25 // many ties
		}
		for _, k := range []int{0, min(1, n), n / 3, n} {
			for _, largest := range []bool{true, false} {
				for _, workers := range []int{1, 3} {
					old := parallel.SetWorkers(workers)
					values, ids := make([]float32, rows*k), make([]int32, rows*k)
					Sort(values, ids, x, rows, n, k, largest)
					parallel.SetWorkers(old)
					for row := range rows {
						line, want := x[row*n:(row+1)*n], make([]int32, n)
						for i := range want {
							want[i] = int32(i)
						}
						slices.SortStableFunc(want, func(a, b int32) int {
							if d := int(line[a] - line[b]); !largest {
								return d
							} else {
								return -d
							}
						})
						got := ids[row*k : (row+1)*k]
						if !slices.Equal(got, want[:k]) {
							t.Fatalf("%v k=%d largest=%v: places %v, want %v", shape, k, largest, got, want[:k])
						}
						for i, id := range got {
							if values[row*k+i] != line[id] {
								t.Fatalf("%v k=%d: value %d is %v, x[%d] is %v", shape, k, i, values[row*k+i], id, line[id])
							}
						}
					}
				}
			}
		}
	}
}

func TestScatter(t *testing.T) {
	g, ids := []float32{1, 2, 3, 4}, []int32{2, 0, 1, 2}
	gx := []float32{9, 9, 9, 9, 9, 9}
	Scatter(gx, g, ids, 2, 3, 2, false)
	if want := []float32{2, 0, 1, 0, 3, 4}; !slices.Equal(gx, want) {
		t.Errorf("%v, want %v", gx, want)
	}
	Scatter(gx, g, ids, 2, 3, 2, true)
	if want := []float32{4, 0, 2, 0, 6, 8}; !slices.Equal(gx, want) {
		t.Errorf("added: %v, want %v", gx, want)
	}
}

// Once the keys' memory is there, sorting allocates nothing.
func TestAllocatesNothing(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(1))
	x, values, ids := make([]float32, 3000), make([]float32, 3000), make([]int32, 3000)
	f := func() { Sort(values, ids, x, 3, 1000, 1000, true) }
	f()
	if n := testing.AllocsPerRun(10, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
