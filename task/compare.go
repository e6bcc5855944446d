package task

import (
	"fmt"
	"math"
	"slices"
)

// Comparison is of two models on one metric.
type Comparison struct {
	Metric     string      `json:"metric"`
	A          float64     `json:"a"`
	B          float64     `json:"b"`
	Difference float64     `json:"difference"`         // of B less A
	Interval   *[2]float64 `json:"interval,omitempty"` // 95 %, of the difference
	P          float64     `json:"p"`                  // two-sided
	Adjusted   float64     `json:"p_adjusted"`         // after Holm, where several are compared: see Holm
	Test       string      `json:"test"`               // mcnemar, bootstrap or t
}

// Compare compares two models' answers to the same rows on every metric; others are refused: see SameRows. Accuracy has McNemar's test by mid-p; the
// other metrics a paired bootstrap, whose resamples are of the same rows for both: the interval is percentile, and p is twice the share of
// resamples on the rarer side of no difference, with one added so that it isn't 0.
//
// Sources: McNemar 1947, Psychometrika 12; mid-p: Fagerland, Lydersen & Laake 2013, BMC Medical Research Methodology 13; the paired bootstrap:
// Efron & Tibshirani 1993, "An introduction to the bootstrap", chapters 13 and 16.
func Compare(a, b *Predictions, resamples int, seed uint64) ([]Comparison, error) {
	for _, p := range []*Predictions{a, b} {
		if err := p.check(); err != nil {
			return nil, err
		}
	}
	if err := SameRows(a, b); err != nil {
		return nil, err
	}
	if resamples < 1 {
		return nil, fmt.Errorf("a bootstrap of %d resamples; at least 1 is wanted", resamples)
	}
	ma, mb := newMeasure(a), newMeasure(b)
	names := ma.names()
	if other := mb.names(); !slices.Equal(names, other) {
		return nil, fmt.Errorf("one is measured by %v, the other by %v", names, other)
	}
	k, n := len(names), len(a.Rows)
	drawn := resample(n, k, resamples, seed, func(w []uint16, to []float64) {
		var buf [16]float64
		first := buf[:k]
		ma.values(w, first)
		mb.values(w, to)
		for i := range to {
			to[i] -= first[i]
		}
	})
	va, vb := valuesOf(ma, once(n)), valuesOf(mb, once(n))
	var r []Comparison
	for i, name := range names {
		x, okA := va[name]
		y, okB := vb[name]
		if !okA || !okB {
			continue
		}
		in := interval(drawn, k, i)
		c := Comparison{Metric: name, A: x, B: y, Difference: y - x, Interval: &in, P: bootstrapP(drawn, k, i), Test: "bootstrap"}
		if name == "accuracy" && a.Kind == Classify {
			c.P, c.Test = McNemar(disagree(a, b)), "mcnemar"
		}
		c.Adjusted = c.P
		r = append(r, c)
	}
	return r, nil
}

// bootstrapP is the two-sided p of no difference.
func bootstrapP(drawn []float64, metrics, k int) float64 {
	below, above, n := 1.0, 1.0, 1.0
	for i := k; i < len(drawn); i += metrics {
		d := drawn[i]
		if math.IsNaN(d) {
			continue
		}
		n++
		if d <= 0 {
			below++
		}
		if d >= 0 {
			above++
		}
	}
	return min(1, 2*min(below, above)/n)
}

// disagree counts the rows that a alone and that b alone has right.
func disagree(a, b *Predictions) (onlyA, onlyB int) {
	for i, id := range a.IDs {
		switch x, y := a.Decide(i) == int(id), b.Decide(i) == int(id); {
		case x && !y:
			onlyA++
		case y && !x:
			onlyB++
		}
	}
	return onlyA, onlyB
}

// McNemar returns the two-sided mid-p that two models are right equally often, from the rows that one alone has right: with k the smaller
// count of n in all, 2·P(X ≤ k) − P(X = k), X binomial of n and 1/2. Of no rows it is 1.
func McNemar(onlyA, onlyB int) float64 {
	n, k := onlyA+onlyB, min(onlyA, onlyB)
	if n == 0 {
		return 1
	}
	all, last := 0.0, 0.0
	for i := range k + 1 {
		last = math.Exp(lchoose(n, i) - float64(n)*math.Ln2)
		all += last
	}
	return min(1, 2*all) - last
}

// lchoose is ln(n over k).
func lchoose(n, k int) float64 {
	l := func(x int) float64 {
		v, _ := math.Lgamma(float64(x) + 1)
		return v
	}
	return l(n) - l(k) - l(n-k)
}

// Holm fills Adjusted of comparisons of several pairs of models, for each metric by itself, so that the chance of any false difference
// stays what p says: the i-th smallest of m, from 0, is multiplied by m−i, and no later one is smaller.
// Source: Holm 1979, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.
func Holm(all []*Comparison) {
	byMetric := map[string][]*Comparison{}
	for _, c := range all {
		byMetric[c.Metric] = append(byMetric[c.Metric], c)
	}
	for _, cs := range byMetric {
		slices.SortStableFunc(cs, func(a, b *Comparison) int {
			switch {
			case a.P < b.P:
				return -1
			case a.P > b.P:
				return 1
			}
			return 0
		})
		most := 0.0
		for i, c := range cs {
			most = max(most, min(1, c.P*float64(len(cs)-i)))
			c.Adjusted = most
		}
	}
}

// FoldsFile is the name of a run's file of what it came to in cross-validation: Folds as JSON.
const FoldsFile = "folds.json"

// Folds are what a model came to in the folds of a cross-validation, which may be repeated.
type Folds struct {
	Data  string `json:"data"`  // what identifies the data
	Split string `json:"split"` // and how it was cut in folds: the seed, the number, how
	Folds []Fold `json:"folds"`
}

// Fold is one of them.
type Fold struct {
	Train   int    `json:"train"` // rows learnt from
	Test    int    `json:"test"`  // rows measured
	Metrics Values `json:"metrics"`
}

// CompareFolds compares two models by the metrics they had in the same folds with the corrected resampled t-test: folds share training rows, so
// that their differences vary less than those of independent data; the variance is taken times 1/n + test/train in place of 1/n.
// Source: Nadeau & Bengio 2003, "Inference for the generalization error", Machine Learning 52.
func CompareFolds(a, b *Folds) ([]Comparison, error) {
	n := len(a.Folds)
	switch {
	case a.Data != b.Data:
		return nil, fmt.Errorf("the data are others: %s and %s", a.Data, b.Data)
	case a.Split != b.Split || n != len(b.Folds):
		return nil, fmt.Errorf("the folds differ: %q, %d of them, and %q, %d of them", a.Split, n, b.Split, len(b.Folds))
	case n < 2:
		return nil, fmt.Errorf("%d folds; at least 2 are wanted", n)
	}
	var names []string
	for name := range a.Folds[0].Metrics {
		names = append(names, name)
	}
	slices.Sort(names)
	var r []Comparison
	for _, name := range names {
		if c, ok := foldT(a, b, name); ok {
			r = append(r, c)
		}
	}
	return r, nil
}

// foldT compares one metric, where every fold has it.
func foldT(a, b *Folds, name string) (Comparison, bool) {
	n := float64(len(a.Folds))
	c := Comparison{Metric: name, Test: "t"}
	d, ratio := make([]float64, len(a.Folds)), 0.0
	for i := range d {
		x, okA := a.Folds[i].Metrics[name]
		y, okB := b.Folds[i].Metrics[name]
		if !okA || !okB {
			return c, false
		}
		d[i] = y - x
		c.A, c.B = c.A+x/n, c.B+y/n
		c.Difference += d[i] / n
		ratio += float64(a.Folds[i].Test) / float64(a.Folds[i].Train) / n
	}
	squares := 0.0
	for _, x := range d {
		squares += (x - c.Difference) * (x - c.Difference)
	}
	spread := math.Sqrt((1/n + ratio) * squares / (n - 1))
	switch {
	case spread > 0:
		c.P = studentP(c.Difference/spread, n-1)
		half := studentQuantile(n-1) * spread
		c.Interval = &[2]float64{c.Difference - half, c.Difference + half}
	case c.Difference == 0:
		c.P = 1
	}
	c.Adjusted = c.P
	return c, true
}
