package metric_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/metric"
)

// golden is a case of testdata/*.json, written by tools/golden/metric.py. What isn't a kind's is absent.
type golden struct {
	Classes      int
	Pred, Scores []float32
	Target       []float32
	Probs        []float32
	Losses       []float64
	Tokens       []int
	Confusion    []int
	Queries      []struct{ Scores, Relevance []float32 }

	Values, References map[string]*float64
}

func (c *golden) rows() int { return max(len(c.Target), len(c.Queries), len(c.Losses)) }

func (c *golden) reverse() {
	slices.Reverse(c.Probs) // the rows, and the classes in each, which are put back
	for i := 0; i < len(c.Probs); i += c.Classes {
		slices.Reverse(c.Probs[i : i+c.Classes])
	}
	for _, x := range [...][]float32{c.Pred, c.Scores, c.Target} {
		slices.Reverse(x)
	}
	slices.Reverse(c.Losses)
	slices.Reverse(c.Tokens)
	slices.Reverse(c.Queries)
}

// add gives rows lo to hi to m, whatever its kind.
func (c *golden) add(m any, lo, hi int) error {
	switch m := m.(type) {
	case interface {
		Add(pred, target []int32) error
	}:
		return m.Add(ids(c.Pred[lo:hi]), ids(c.Target[lo:hi]))
	case interface {
		Add(probs []float32, classes int, target []int32) error
	}:
		return m.Add(c.Probs[lo*c.Classes:hi*c.Classes], c.Classes, ids(c.Target[lo:hi]))
	case interface {
		Add(scores []float32, target []int32) error
	}:
		return m.Add(c.Scores[lo:hi], ids(c.Target[lo:hi]))
	case *metric.Perplexity:
		for i := lo; i < hi; i++ {
			if err := m.Add(c.Losses[i], c.Tokens[i]); err != nil {
				return err
			}
		}
		return nil
	case interface{ Add(a, b []float32) error }:
		if c.Queries == nil {
			return m.Add(c.Pred[lo:hi], c.Target[lo:hi])
		}
		for _, q := range c.Queries[lo:hi] {
			if err := m.Add(q.Scores, q.Relevance); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%T has no Add that is known", m)
}

func ids(x []float32) []int32 {
	r := make([]int32, len(x))
	for i, v := range x {
		r[i] = int32(v)
	}
	return r
}

// value is what a program wants of any metric.
type value interface{ Value() float64 }

// of is one of the numbers that a Confusion gives.
type of struct {
	*metric.Confusion
	number func(*metric.Confusion) float64
}

func (o of) Value() float64 { return o.number(o.Confusion) }

// make returns an empty metric from its name in the golden file.
func (c *golden) make(name string) (m any, v value) {
	var word, average string
	var x float64
	if n, _ := fmt.Sscanf(name, "%s %g", &word, &x); n < 2 {
		fmt.Sscanf(name, "%s %s %g", &word, &average, &x)
	}
	a := metric.Average(slices.Index([]string{"macro", "weighted", "micro", "binary"}, average))
	numbers := map[string]func(*metric.Confusion) float64{
		"BalancedAccuracy": (*metric.Confusion).BalancedAccuracy,
		"CohenKappa":       (*metric.Confusion).CohenKappa,
		"MCC":              (*metric.Confusion).MCC,
		"Precision":        func(c *metric.Confusion) float64 { return c.Precision(a) },
		"Recall":           func(c *metric.Confusion) float64 { return c.Recall(a) },
		"FBeta":            func(c *metric.Confusion) float64 { return c.FBeta(x, a) },
	}
	if f := numbers[word]; f != nil {
		m := metric.NewConfusion(c.Classes)
		return m, of{m, f}
	}
	v = map[string]value{
		"Accuracy": &metric.Accuracy{}, "TopK": &metric.TopK{K: int(x)},
		"LogLoss": &metric.LogLoss{}, "Brier": &metric.Brier{}, "ECE": &metric.ECE{Bins: int(x)},
		"ROCAUC": &metric.ROCAUC{}, "AveragePrecision": &metric.AveragePrecision{},
		"MSE": &metric.MSE{}, "RMSE": &metric.RMSE{}, "MAE": &metric.MAE{}, "MAPE": &metric.MAPE{}, "R2": &metric.R2{},
		"ExplainedVariance": &metric.ExplainedVariance{}, "Pinball": &metric.Pinball{Quantile: x},
		"NDCG": &metric.NDCG{K: int(x)}, "MAP": &metric.MAP{K: int(x)}, "MRR": &metric.MRR{K: int(x)},
		"HitRate": &metric.HitRate{K: int(x)}, "Perplexity": &metric.Perplexity{},
	}[word]
	return v, v
}

// merge calls m.Merge(o), which every metric has.
func merge(m, o any) error {
	if r := reflect.ValueOf(m).MethodByName("Merge").Call([]reflect.Value{reflect.ValueOf(o)}); len(r) > 0 && !r[0].IsNil() {
		return r[0].Interface().(error)
	}
	return nil
}

// whole and inParts give a case's rows to a metric in one batch, and to several, with a batch of none, that are merged.
func (c *golden) whole(t *testing.T, name string) float64 {
	m, v := c.make(name)
	if err := c.add(m, 0, c.rows()); err != nil {
		t.Fatal(err)
	}
	return v.Value()
}

func (c *golden) inParts(t *testing.T, name string, size int) float64 {
	m, v := c.make(name)
	for lo := 0; lo < c.rows(); lo += size {
		o, other := c.make(name)
		middle, hi := min(lo+size/2, c.rows()), min(lo+size, c.rows())
		for _, err := range [...]error{c.add(o, lo, middle), c.add(o, middle, hi), merge(m, o)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		other.Value() // doesn't disturb
	}
	return v.Value()
}

// TestGolden holds each metric to scikit-learn's value, or to a plain reference where it has none, within 10⁻¹².
// The order of rows and how they are cut don't change a bit.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != 6 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var f struct{ Cases []golden }
		if err := json.Unmarshal(b, &f); err != nil {
			t.Fatal(file, err)
		}
		for i, c := range f.Cases {
			if m := metric.NewConfusion(c.Classes); c.Confusion != nil && (c.add(m, 0, c.rows()) != nil || !slices.Equal(m.Counts, c.Confusion)) {
				t.Errorf("%s %d: counts %v, want %v", file, i, m.Counts, c.Confusion)
			}
			for _, named := range [...]map[string]*float64{c.Values, c.References} {
				for name, want := range named {
					t.Run(fmt.Sprintf("%s/%d/%s", filepath.Base(file), i, name), func(t *testing.T) { c.check(t, name, want) })
				}
			}
		}
	}
}

func (c *golden) check(t *testing.T, name string, want *float64) {
	got := c.whole(t, name)
	switch {
	case want == nil:
		if !math.IsNaN(got) {
			t.Fatalf("%v, NaN wanted", got)
		}
	case !(math.Abs(got-*want) <= 1e-12*max(1, math.Abs(*want))):
		t.Fatalf("%.17g, want %.17g", got, *want)
	}
	same := func(x float64) bool { return math.Float64bits(x) == math.Float64bits(got) }
	for size := 1; size <= c.rows(); size++ {
		if x := c.inParts(t, name, size); !same(x) && want != nil {
			t.Errorf("%.17g in parts of %d, %.17g as a whole", x, size, got)
		}
	}
	c.reverse()
	defer c.reverse()
	if x := c.whole(t, name); !same(x) && want != nil {
		t.Errorf("%.17g in reverse, %.17g forwards", x, got)
	}
}
