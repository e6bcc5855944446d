package task

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/rng"
)

// TestCompareTests: mid-p as scipy's exact binomial test less half of the last term, and Student's t as scipy's.
func TestCompareTests(t *testing.T) {
	var f struct {
		McNemar []struct {
			A, B int
			P    float64
		}
		Student []struct{ T, F, P float64 }
		Folds   struct {
			A, B        []float64
			Train, Test int
			P           float64
			Interval    [2]float64
		}
	}
	text, err := os.ReadFile("testdata/compare.json")
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil || len(f.McNemar) == 0 || len(f.Student) == 0 {
		t.Fatal(err)
	}
	for _, c := range f.McNemar {
		if got := McNemar(c.A, c.B); math.Abs(got-c.P) > 1e-9+1e-7*c.P {
			t.Errorf("McNemar(%d, %d) is %v, scipy's %v", c.A, c.B, got, c.P)
		}
	}
	for _, c := range f.Student {
		if got := studentP(c.T, c.F); math.Abs(got-c.P) > 1e-12+1e-9*c.P {
			t.Errorf("t = %v with %v degrees of freedom has p %v, scipy's %v", c.T, c.F, got, c.P)
		}
	}
	a, b := &Folds{Data: "d", Split: "5 folds"}, &Folds{Data: "d", Split: "5 folds"}
	for i := range f.Folds.A {
		a.Folds = append(a.Folds, Fold{f.Folds.Train, f.Folds.Test, Values{"rmse": f.Folds.A[i]}})
		b.Folds = append(b.Folds, Fold{f.Folds.Train, f.Folds.Test, Values{"rmse": f.Folds.B[i]}})
	}
	cs, err := CompareFolds(a, b)
	if err != nil || len(cs) != 1 || math.Abs(cs[0].P-f.Folds.P) > 1e-9 || math.Abs(cs[0].Interval[0]-f.Folds.Interval[0]) > 1e-9 || math.Abs(cs[0].Interval[1]-f.Folds.Interval[1]) > 1e-9 {
		t.Errorf("%+v, %v; the reference has p %v, interval %v", cs, err, f.Folds.P, f.Folds.Interval)
	}
	b.Split = "10 folds"
	if _, err := CompareFolds(a, b); err == nil || !strings.Contains(err.Error(), "the folds differ") {
		t.Error(err)
	}
}

// answersOf makes predictions of 600 rows of two classes that have so many of each ten rows right.
func answersOf(right int) *Predictions {
	const n = 600
	p := &Predictions{Kind: Classify, Names: []string{"a", "b"}, Rows: make([]int64, n), Output: make([]float32, 2*n), IDs: make([]int32, n)}
	for i := range n {
		p.Rows[i], p.IDs[i] = int64(i), int32(rng.Stream{Seed: 1}.IntN(uint64(i), 2))
		said := p.IDs[i]
		if i%10 >= right {
			said = 1 - said
		}
		p.Output[2*i+int(said)], p.Output[2*i+1-int(said)] = 0.8, 0.2
	}
	return p
}

// TestCompare: of 600 rows, 60 more are right: McNemar's exact p of 0 and 60 is 2·2⁻⁶⁰, less half: 2⁻⁶⁰. Equal answers have p 1.
func TestCompare(t *testing.T) {
	cs, err := Compare(answersOf(7), answersOf(8), 500, 1)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]Comparison{}
	for _, c := range cs {
		byName[c.Metric] = c
	}
	acc, loss := byName["accuracy"], byName["log_loss"]
	if math.Abs(acc.P-math.Exp2(-60)) > 1e-25 || math.Abs(acc.Difference-0.1) > 1e-12 || acc.Test != "mcnemar" {
		t.Errorf("%+v", acc)
	}
	if want := -0.1 * math.Log(4); math.Abs(loss.Difference-want) > 1e-6 || !(loss.Interval[0] < want && want < loss.Interval[1]) || loss.P != 2./501 || loss.Test != "bootstrap" {
		t.Errorf("%+v, want a difference of %v", loss, want)
	}
	same, err := Compare(answersOf(7), answersOf(7), 100, 1)
	if err != nil || same[0].P != 1 || same[3].P != 1 || *same[3].Interval != [2]float64{} {
		t.Errorf("%+v, %v", same, err)
	}
	other := answersOf(7)
	other.IDs[0] = 1 - other.IDs[0]
	if _, err := Compare(answersOf(7), other, 100, 1); err == nil || !strings.Contains(err.Error(), "the targets of the test rows differ") {
		t.Error(err)
	}
}

// TestHolm: 0.01, 0.04 and 0.03 of three pairs: 0.03, then 0.06 and, no smaller, 0.06.
func TestHolm(t *testing.T) {
	cs := []*Comparison{{Metric: "f1", P: 0.01}, {Metric: "f1", P: 0.04}, {Metric: "f1", P: 0.03}, {Metric: "ece", P: 0.9}}
	Holm(cs)
	for i, want := range []float64{0.03, 0.06, 0.06, 0.9} {
		if math.Abs(cs[i].Adjusted-want) > 1e-12 {
			t.Errorf("comparison %d: %v, want %v", i, cs[i].Adjusted, want)
		}
	}
}
