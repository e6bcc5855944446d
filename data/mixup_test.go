package data

import (
	"math"
	"testing"

	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// TestMixUp finds each row's share again: the values of row r are all r, and its class is r.
func TestMixUp(t *testing.T) {
	const n = 40
	x, y, classes := make([]float32, n*3), make([]int32, n), make([]string, n)
	for i := range x {
		x[i] = float32(i / 3)
	}
	for i := range y {
		y[i] = int32(i)
	}
	m := &MixUp{Data: &Dataset{X: tensor.From(x, n, 3), Y: tensor.From(y), Classes: classes}, Classes: n, Alpha: 0.4, Seed: 3}
	rows := rng.Stream{}.Perm(n)
	bx, by := tensor.New(tensor.F32, n, 3), tensor.New(tensor.F32, n, n)
	whole := 0
	if err := m.Gather(bx, by, rows); err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		target := tensor.Of[float32](by)[i*n:][:n]
		sum, mean := float32(0), float32(0)
		for k, v := range target {
			sum += v
			mean += v * float32(k)
		}
		if math.Abs(float64(sum-1)) > 1e-6 || target[r] < 0.5 {
			t.Errorf("row %d: target adds up to %v, its own class has %v", r, sum, target[r])
		}
		for _, v := range tensor.Of[float32](bx)[i*3:][:3] {
			if math.Abs(float64(v-mean)) > 1e-4 {
				t.Errorf("row %d is %v, want the mix %v that its classes say", r, v, mean)
			}
		}
		if target[r] > 0.99 {
			whole++
		}
	}
	if whole == 0 || whole == n { // of Beta(0.4, 0.4) a quarter is within 0.01 of an end
		t.Errorf("%d of %d rows aren't mixed", whole, n)
	}
}

// TestMixUpTable: row r has the numbers r and 2r, the category r and the targets r and −r.
func TestMixUpTable(t *testing.T) {
	const n = 30
	x, y := make([]float32, 3*n), make([]float32, 2*n)
	for i := range n {
		v := float32(i)
		copy(x[3*i:], []float32{v, 2 * v, v})
		copy(y[2*i:], []float32{v, -v})
	}
	m := &MixUp{Data: &Dataset{X: tensor.From(x, n, 3), Y: tensor.From(y, n, 2)}, Numbers: 2, Alpha: 1, Seed: 3}
	if m.Targets() != 2 {
		t.Fatalf("%d targets, want 2", m.Targets())
	}
	rows := rng.Stream{}.Perm(n)
	bx, by := tensor.New(tensor.F32, n, 3), tensor.New(tensor.F32, n, 2)
	if err := m.Gather(bx, by, rows); err != nil {
		t.Fatal(err)
	}
	mixed := 0
	for i, r := range rows {
		row, target := tensor.Of[float32](bx)[3*i:][:3], tensor.Of[float32](by)[2*i:][:2]
		off := func(a, b float32) bool { return math.Abs(float64(a-b)) > 1e-4 }
		if row[2] != float32(r) || off(row[1], 2*row[0]) || off(target[0], row[0]) || off(target[1], -row[0]) {
			t.Errorf("row %d is %v → %v", r, row, target)
		}
		if off(row[0], float32(r)) {
			mixed++
		}
	}
	if mixed < n/2 {
		t.Errorf("%d of %d rows are mixed", mixed, n)
	}
}

// TestBeta holds mean ½ and variance 1/(4(2α + 1)) of Beta(α, α) to draws.
func TestBeta(t *testing.T) {
	for _, alpha := range []float64{0.01, 0.2, 0.5, 1} {
		const n = 20_000
		sum, squares := 0.0, 0.0
		for i := range uint64(n) {
			v := float64(beta(rng.Stream{Seed: 1, ID: i}, alpha))
			if !(v >= 0 && v <= 1) {
				t.Fatalf("α = %v draws %v", alpha, v)
			}
			sum, squares = sum+v, squares+v*v
		}
		mean, want := sum/n, 1/(4*(2*alpha+1))
		// Five standard errors: of the mean sqrt(want/n); of the variance below sqrt(1/16/n), as no value is farther than ½ from the mean.
		if variance := squares/n - mean*mean; math.Abs(mean-0.5) > 5*math.Sqrt(want/n) || math.Abs(variance-want) > 5*math.Sqrt(1./16/n) {
			t.Errorf("α = %v: mean %v, variance %v, want ½ and %v", alpha, mean, variance, want)
		}
	}
}
