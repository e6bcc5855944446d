package metric_test

import (
	"math"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/metric"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b) }

var pred, target = []int32{0, 1, 1, 2, 0, 1}, []int32{0, 1, 2, 2, 1, 1}

func TestAccuracy(t *testing.T) {
	var a, b metric.Accuracy
	if !math.IsNaN(a.Value()) {
		t.Error("an empty accuracy isn't NaN")
	}
	if err := a.Add(pred[:2], target[:2]); err != nil {
		t.Fatal(err)
	}
	if err := b.Add(pred[2:], target[2:]); err != nil {
		t.Fatal(err)
	}
	a.Merge(&b)
	if !near(a.Value(), 4.0/6) {
		t.Errorf("%v, want 4/6", a.Value())
	}
	if a.Add(pred, target[1:]) == nil {
		t.Error("lengths that differ were accepted")
	}
}

// The reference values are the formula in Python.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{
		{0, 0, 0, 1},
		{0, 10, 0, 0.2775327998628892},
		{10, 10, 0.7224672001371107, 1},
		{50, 100, 0.4038315303659956, 0.5961684696340044},
	} {
		if low, high := metric.Wilson(c.k, c.n); !near(low, c.low) || !near(high, c.high) {
			t.Errorf("%d of %d: %.16g %.16g, want %v %v", c.k, c.n, low, high, c.low, c.high)
		}
	}
	a := metric.Accuracy{Right: 50, Total: 100}
	if low, _ := a.Interval(); !near(low, 0.4038315303659956) {
		t.Errorf("interval from %v", low)
	}
}

func TestConfusion(t *testing.T) {
	c, d := metric.NewConfusion(3), metric.NewConfusion(3)
	if err := c.Add(pred[:3], target[:3]); err != nil {
		t.Fatal(err)
	}
	if err := d.Add(pred[3:], target[3:]); err != nil {
		t.Fatal(err)
	}
	if err := c.Merge(d); err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 0, 0, 1, 2, 0, 0, 1, 1}; !slices.Equal(c.Counts, want) {
		t.Errorf("%v, want %v", c.Counts, want)
	}
	if r := c.Value(); r[1][0] != 1 || len(r) != 3 {
		t.Errorf("rows %v", r)
	}
	before := slices.Clone(c.Counts)
	for _, id := range []int32{3, -1} {
		if c.Add([]int32{0, id}, []int32{0, 0}) == nil || c.Add([]int32{0, 0}, []int32{0, id}) == nil {
			t.Errorf("class %d was accepted", id)
		}
	}
	if !slices.Equal(c.Counts, before) {
		t.Error("an error was counted")
	}
	if c.Merge(metric.NewConfusion(2)) == nil {
		t.Error("another number of classes was merged")
	}
}

func TestScores(t *testing.T) {
	c := metric.NewConfusion(4)
	if err := c.Add(pred, target); err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	for k, want := range []metric.ClassScore{{1.0 / 2, 1, 2.0 / 3, 1}, {2.0 / 3, 2.0 / 3, 2.0 / 3, 3}, {1, 1.0 / 2, 2.0 / 3, 2}, {nan, nan, nan, 0}} {
		got := c.Scores()[k]
		if !near(got.Precision, want.Precision) || !near(got.Recall, want.Recall) || !near(got.F1, want.F1) || got.Support != want.Support {
			t.Errorf("class %d: %+v, want %+v", k, got, want)
		}
	}
}

// Always class 1 where 3 of 4 rows are: the mean of recalls 0 and 1; half of the classes are predicted, 3 of 4 times rightly; what
// was never predicted has precision 0. A class alone, always predicted, leaves kappa without a meaning.
func TestAlwaysOneClass(t *testing.T) {
	c := metric.NewConfusion(2)
	if err := c.Add([]int32{1, 1, 1, 1}, []int32{1, 0, 1, 1}); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string][2]float64{
		"balanced accuracy": {c.BalancedAccuracy(), 0.5},
		"macro":             {c.Precision(metric.Macro), 0.375},
		"weighted":          {c.Precision(metric.Weighted), 0.75 * 0.75},
		"binary":            {c.Precision(metric.Binary), 0.75},
		"kappa":             {c.CohenKappa(), 0}, // pₒ = pₑ = 3/4
		"MCC":               {c.MCC(), 0},
		"no such average":   {c.Recall(9), math.NaN()},
	} {
		if !near(v[0], v[1]) {
			t.Errorf("%s: %v, want %v", name, v[0], v[1])
		}
	}
	if s := metric.Weighted.String() + metric.Average(9).String(); s != "weightedAverage(9)" {
		t.Error(s)
	}
}

func TestLogLoss(t *testing.T) {
	var l, m metric.LogLoss
	if err := l.Add([]float32{0.5, 0.5, 0.25, 0.75}, 2, []int32{0, 1}); err != nil {
		t.Fatal(err)
	}
	if err := m.Add([]float32{1, 0}, 2, []int32{1}); err != nil {
		t.Fatal(err)
	}
	l.Merge(&m)
	if want := (math.Log(2) + math.Log(4.0/3) + 23*math.Log(2)) / 3; !near(l.Value(), want) {
		t.Errorf("%v, want %v", l.Value(), want)
	}
	before := l
	for _, bad := range []error{
		l.Add([]float32{1, 0}, 2, []int32{2}), l.Add([]float32{1, 0}, 2, []int32{-1}), l.Add([]float32{1}, 2, []int32{0}),
		l.Add([]float32{3, -2}, 2, []int32{0}), l.Add([]float32{float32(math.NaN()), 0}, 2, []int32{0}),
	} {
		if bad == nil {
			t.Error("bad input was accepted")
		}
	}
	if l != before {
		t.Error("an error was counted")
	}
}
