package prep

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/ingot-ml/ingot/data/table"
)

// golden is testdata/sklearn.json.
type golden struct {
	Scales []struct {
		Name            string
		Fit, Probe      []float64
		Scaled, Inverse map[string][]float64
		Impute          map[string]float64
		Bins            []float64
	}
	Statistics []struct {
		Name          string
		Levels, Probe []string
		Y             []float64
		Means         [][]float64
	}
}

func readGolden(t *testing.T) *golden {
	t.Helper()
	b, err := os.ReadFile("testdata/sklearn.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	return &g
}

// near reports whether got is within 1e-8 of want, relative to 1 or to want.
func near(got, want float64) bool { return math.Abs(got-want) <= 1e-8*max(1, math.Abs(want)) }

// TestScales holds the scales, their inverses, what missing values count as, and bins to scikit-learn and PyTorch.
func TestScales(t *testing.T) {
	for _, c := range readGolden(t).Scales {
		for method, want := range c.Scaled {
			s, err := FitScale(method, c.Fit)
			if err != nil {
				t.Fatal(c.Name, method, err)
			}
			for i, x := range c.Probe {
				y := s.Apply(x)
				if !near(y, want[i]) {
					t.Errorf("%s of %s: %v becomes %v, want %v", method, c.Name, x, y, want[i])
				}
				if back := s.Invert(y); !near(back, c.Inverse[method][i]) {
					t.Errorf("%s of %s: %v comes back as %v, want %v", method, c.Name, x, back, c.Inverse[method][i])
				}
			}
		}
		for method, want := range c.Impute {
			if got, err := fill(method, c.Fit, 0); err != nil || !near(got, want) {
				t.Errorf("%s of %s is %v, %v; want %v", method, c.Name, got, err, want)
			}
		}
		got := edges(append([]float64(nil), c.Fit...), 8)
		if len(got) > len(c.Bins) { // float32 may make two edges one
			t.Errorf("bins of %s: %v, want %v", c.Name, got, c.Bins)
		}
		for i := range got {
			if len(got) == len(c.Bins) && got[i] != float32(c.Bins[i]) {
				t.Errorf("bins of %s: edge %d is %v, want %v", c.Name, i, got[i], c.Bins[i])
			}
		}
	}
}

// TestLogScale: signed log1p, standardised. Of ±(e−1) it is ±1, whose mean is 0 and deviation 1.
func TestLogScale(t *testing.T) {
	x := math.E - 1
	s, err := FitScale("log", []float64{x, -x})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []float64{x, -x, 0, 1000} {
		want := math.Copysign(math.Log1p(math.Abs(v)), v)
		if got := s.Apply(v); !near(got, want) || !near(s.Invert(got), v) {
			t.Errorf("%v becomes %v and then %v, want %v", v, got, s.Invert(got), want)
		}
	}
}

// TestStatistics holds target statistics to scikit-learn's TargetEncoder(smooth=10).
func TestStatistics(t *testing.T) {
	for _, c := range readGolden(t).Statistics {
		targets := map[float64]int{}
		for _, y := range c.Y {
			targets[y]++
		}
		y := [][]float64{c.Y}
		if c.Name == "three" {
			y = make([][]float64, 3)
			for k := range y {
				for _, v := range c.Y {
					is := 0.0
					if int(v) == k {
						is = 1
					}
					y[k] = append(y[k], is)
				}
			}
		}
		col, rows := categories("c", c.Levels...), make([]int, len(c.Levels))
		for i := range rows {
			rows[i] = i
		}
		in := Input{Levels: []string{"a", "b", "c", "d", "e"}}
		s := newLevelSums(6, len(y))
		s.add(col, in.ids(col), y, rows, func(int) bool { return true })
		means := s.means()
		probe := categories("c", c.Probe...)
		ids := in.ids(probe)
		for i := range c.Probe {
			for k, want := range c.Means[i] {
				if got := means[idOf(probe, ids, i)][k]; !near(got, want) {
					t.Errorf("%s: level %s, target %d: %v, want %v", c.Name, c.Probe[i], k, got, want)
				}
			}
		}
	}
}

// categories is a column of levels; "" is a missing value.
func categories(name string, values ...string) *table.Column {
	c := &table.Column{Field: table.Field{Name: name, Kind: table.Category}}
	at := map[string]int32{"": -1}
	for _, v := range values {
		code, ok := at[v]
		if !ok {
			code = int32(len(c.Levels))
			at[v], c.Levels = code, append(c.Levels, v)
		}
		c.Codes = append(c.Codes, code)
	}
	return c
}

// numbers is a column of numbers.
func numbers(name string, values ...float64) *table.Column {
	return &table.Column{Field: table.Field{Name: name, Kind: table.Number}, Numbers: values}
}
