package task

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/metric"
	"github.com/ingot-ml/ingot/rng"
)

// measured is a case of testdata/evaluation.json: predictions, how often each row counts, and scikit-learn's values.
type measured struct {
	Kind      Kind
	Names     []string
	Output    []float32
	IDs       []int32
	Targets   []float32
	Threshold float64
	Quantile  float64
	Weights   []uint16
	Values    map[string]float64
}

func (c *measured) predictions() *Predictions {
	p := &Predictions{Kind: c.Kind, Names: c.Names, Output: c.Output, IDs: c.IDs, Targets: c.Targets, Threshold: c.Threshold, Quantile: c.Quantile, Data: "d"}
	for i := range c.Weights {
		p.Rows = append(p.Rows, int64(i))
	}
	return p
}

func measuredCases(t *testing.T) []measured {
	t.Helper()
	var f struct{ Cases []measured }
	text, err := os.ReadFile("testdata/evaluation.json")
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil || len(f.Cases) == 0 {
		t.Fatal(len(f.Cases), err)
	}
	return f.Cases
}

// TestMeasure holds every metric, of rows that count 0 to 3 times, to scikit-learn's.
func TestMeasure(t *testing.T) {
	for i, c := range measuredCases(t) {
		got := valuesOf(newMeasure(c.predictions()), c.Weights)
		if len(got) != len(c.Values) {
			t.Errorf("case %d: %v, scikit-learn has %v", i, got, c.Values)
		}
		for name, want := range c.Values {
			if v, ok := got[name]; !ok || math.Abs(v-want) > 1e-6*max(1, math.Abs(want)) {
				t.Errorf("case %d: %s is %v, scikit-learn's %v", i, name, v, want)
			}
		}
	}
}

// TestMeasureAsMetric: a count of 1 each gives what package metric gives.
func TestMeasureAsMetric(t *testing.T) {
	p := measuredCases(t)[2].predictions()
	e, err := Measure(p, MeasureOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var loss metric.LogLoss
	var brier metric.Brier
	var ece metric.ECE
	for _, err := range []error{loss.Add(p.Output, 4, p.IDs), brier.Add(p.Output, 4, p.IDs), ece.Add(p.Output, 4, p.IDs)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]float64{"log_loss": loss.Value(), "brier": brier.Value(), "ece": ece.Value()} {
		if math.Abs(e.Metrics[name]-want) > 1e-12 {
			t.Errorf("%s is %v, package metric's %v", name, e.Metrics[name], want)
		}
	}
	rows := 0
	for k, c := range e.Classes {
		var roc metric.ROCAUC
		var pr metric.AveragePrecision
		scores, truth := make([]float32, len(p.Rows)), make([]int32, len(p.Rows))
		for i := range scores {
			if scores[i] = p.row(i)[k]; int(p.IDs[i]) == k {
				truth[i] = 1
			}
		}
		if err := roc.Add(scores, truth); err != nil {
			t.Fatal(err)
		}
		if err := pr.Add(scores, truth); err != nil {
			t.Fatal(err)
		}
		if math.Abs(c.Metrics["roc_auc"]-roc.Value()) > 1e-12 || math.Abs(c.Metrics["pr_auc"]-pr.Value()) > 1e-12 {
			t.Errorf("class %s: %v, package metric has %v and %v", c.Class, c.Metrics, roc.Value(), pr.Value())
		}
		rows += c.Rows
	}
	if bins := e.Calibration; rows != len(p.Rows) || len(bins) == 0 || bins[len(bins)-1].High > 1 {
		t.Errorf("%d rows in classes, bins %v", rows, bins)
	}
}

// TestBootstrap: the interval of a share p of n rows is near p ± 1.96·√(p(1−p)/n); the same seed gives the same for any number of workers.
func TestBootstrap(t *testing.T) {
	const n = 2000
	p := &Predictions{Kind: Classify, Names: []string{"a", "b"}, Rows: make([]int64, n), Output: make([]float32, 2*n), IDs: make([]int32, n)}
	u := make([]float32, n)
	rng.Stream{Seed: 3}.Uniform(u, 0, 1)
	for i := range n {
		p.Output[2*i], p.Output[2*i+1] = u[i], 1-u[i]
		if i%10 < 3 { // 30 % are wrong
			p.Output[2*i], p.Output[2*i+1] = min(u[i], 1-u[i]), max(u[i], 1-u[i])
		} else {
			p.Output[2*i], p.Output[2*i+1] = max(u[i], 1-u[i]), min(u[i], 1-u[i])
		}
	}
	var first *Evaluation
	for _, workers := range []int{1, 2, 5} {
		old := parallel.SetWorkers(workers)
		e, err := Measure(p, MeasureOptions{Resamples: 1000, Seed: 1})
		parallel.SetWorkers(old)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = e
		}
		if !reflect.DeepEqual(e.Intervals, first.Intervals) {
			t.Errorf("%d workers: %v, one gives %v", workers, e.Intervals, first.Intervals)
		}
	}
	half := 1.96 * math.Sqrt(0.7*0.3/n)
	in := first.Intervals["accuracy"]
	if math.Abs(in[0]-(0.7-half)) > 0.1*half || math.Abs(in[1]-(0.7+half)) > 0.1*half {
		t.Errorf("the interval of 0.7 is %v, want about %v", in, [2]float64{0.7 - half, 0.7 + half})
	}
	if in, ok := first.Intervals["ece"]; ok {
		t.Errorf("the calibration error has the interval %v, which may leave it out", in)
	}
	if _, ok := first.Intervals["roc_auc"]; ok {
		t.Error("the area under the ROC curve of one class has an interval")
	}
}

// TestSlices: a slice is the rows with the value; the values of most rows come first.
func TestSlices(t *testing.T) {
	p := &Predictions{Kind: Regress, Names: []string{"y"}, Rows: []int64{0, 1, 2, 3}, Output: []float32{1, 2, 3, 5}, Targets: []float32{1, 2, 3, 3}}
	e, err := Measure(p, MeasureOptions{Slices: []SliceColumn{{"size", NumberSlices([]float64{1, 1, 1, math.NaN()})}, {"shop", []string{"b", "b", "a", "a"}}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Slice{{"size", "1 to 1", 3, nil}, {"size", "missing", 1, nil}, {"shop", "a", 2, nil}, {"shop", "b", 2, nil}}
	for i, s := range e.Slices {
		if s.Column != want[i].Column || s.Value != want[i].Value || s.Rows != want[i].Rows {
			t.Errorf("slice %d is %+v, want %+v", i, s, want[i])
		}
	}
	if e.Slices[1].Metrics["mae"] != 2 || e.Slices[2].Metrics["mae"] != 1 || e.Slices[3].Metrics["mae"] != 0 {
		t.Errorf("%+v", e.Slices)
	}
	if _, err := Measure(p, MeasureOptions{Slices: []SliceColumn{{"size", nil}}}); err == nil || !strings.Contains(err.Error(), "slices by size: 0 values for 4 rows") {
		t.Error(err)
	}
}

// TestCurves: two rows of each class; scores 0.9+ 0.6− 0.6+ 0.1−.
func TestCurves(t *testing.T) {
	p := &Predictions{
		Kind: Classify, Names: []string{"no", "yes"}, Rows: []int64{0, 1, 2, 3}, IDs: []int32{1, 0, 1, 0},
		Output: []float32{0.1, 0.9, 0.4, 0.6, 0.4, 0.6, 0.9, 0.1},
	}
	e, err := Measure(p, MeasureOptions{})
	if err != nil || len(e.Curves) != 1 || e.Curves[0].Class != "yes" {
		t.Fatal(e, err)
	}
	if got, want := e.Curves[0].ROC, [][2]float64{{0, 0}, {0, 0.5}, {0.5, 1}, {1, 1}}; !slices.Equal(got, want) {
		t.Errorf("ROC %v, want %v", got, want)
	}
	if got, want := e.Curves[0].PR, [][2]float64{{0.5, 1}, {1, 2. / 3}, {1, 0.5}}; !slices.Equal(got, want) {
		t.Errorf("PR %v, want %v", got, want)
	}
	if !reflect.DeepEqual(e.Confusion, [][]int{{1, 1}, {0, 2}}) || e.Classes[1].Metrics["precision"] != 2./3 {
		t.Errorf("confusion %v, %+v", e.Confusion, e.Classes)
	}
	if long := thin(make([][2]float64, 5000)); len(long) != maxPoints {
		t.Errorf("%d points", len(long))
	}
}

// TestPredictionsFile: what is written is read back; what doesn't fit is refused.
func TestPredictionsFile(t *testing.T) {
	for i, c := range measuredCases(t) {
		p := c.predictions()
		var b bytes.Buffer
		if err := p.Write(&b); err != nil {
			t.Fatal(err)
		}
		got, err := ReadPredictions(b.Bytes(), "p")
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("case %d: %+v, %v, want %+v", i, got, err, p)
		}
		if err := SameRows(p, got); err != nil {
			t.Error(err)
		}
		got.Rows[0] = 99
		if err := SameRows(p, got); err == nil || !strings.Contains(err.Error(), "test rows differ") {
			t.Error(err)
		}
		p.Output = p.Output[1:]
		if err := p.Write(&b); err == nil || !strings.Contains(err.Error(), "don't fit each other") {
			t.Error(err)
		}
	}
	if _, err := ReadPredictions([]byte("x"), "p"); err == nil || !strings.HasPrefix(err.Error(), "p: ") {
		t.Error(err)
	}
}

func FuzzReadPredictions(f *testing.F) {
	p := &Predictions{Kind: Regress, Names: []string{"y"}, Rows: []int64{0}, Output: []float32{1}, Targets: []float32{2}}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		if p, err := ReadPredictions(content, "p"); err == nil {
			if _, err := Measure(p, MeasureOptions{Resamples: 2}); err != nil {
				t.Error(err)
			}
		}
	})
}

// BenchmarkMeasure is of 100,000 rows of two classes with 1000 resamples.
func BenchmarkMeasure(b *testing.B) {
	const n = 100_000
	p := &Predictions{Kind: Classify, Names: []string{"a", "b"}, Rows: make([]int64, n), Output: make([]float32, 2*n), IDs: make([]int32, n)}
	u := make([]float32, n)
	rng.Stream{Seed: 3}.Uniform(u, 0, 1)
	for i := range n {
		p.Output[2*i], p.Output[2*i+1] = 1-u[i], u[i]
		p.IDs[i] = int32(rng.Stream{Seed: 4}.IntN(uint64(i), 2))
	}
	for b.Loop() {
		if _, err := Measure(p, MeasureOptions{Resamples: 1000}); err != nil {
			b.Fatal(err)
		}
	}
}
