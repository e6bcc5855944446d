package task

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/internal/parallel"
)

// Evaluation is all that is measured of a model on labelled rows, ready for JSON. Metric keys are those of `ingot eval`; what isn't defined is
// missing.
type Evaluation struct {
	Kind        Kind                  `json:"kind"`
	Rows        int                   `json:"rows"`
	Metrics     Values                `json:"metrics"`
	Intervals   map[string][2]float64 `json:"intervals,omitempty"` // 95 %, by percentile bootstrap over the rows; not of "ece", which resampling makes larger
	Baselines   []Baseline            `json:"baselines,omitempty"`
	Threshold   float64               `json:"threshold,omitempty"` // see Predictions
	Classes     []ClassResult         `json:"classes,omitempty"`   // of Classify and Labels
	Targets     []TargetResult        `json:"targets,omitempty"`   // of Regress with several targets
	Confusion   [][]int               `json:"confusion,omitempty"` // [true][said], of Classify with at most 1000 classes
	Curves      []Curves              `json:"curves,omitempty"`
	Calibration []CalibrationBin      `json:"calibration,omitempty"` // of Classify: of the likeliest class
	Slices      []Slice               `json:"slices,omitempty"`
}

// Values are metrics by key. NaN isn't written.
type Values map[string]float64

// MarshalJSON leaves out what JSON can't say.
func (v Values) MarshalJSON() ([]byte, error) {
	m := map[string]float64{}
	for k, x := range v {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			m[k] = x
		}
	}
	return json.Marshal(m)
}

// Baseline is what something simple reaches on the same rows.
type Baseline struct {
	Name    string `json:"name"` // majority, mean, linear
	Metrics Values `json:"metrics"`
}

// ClassResult is of one class or label. Scores are missing where they are of nothing.
type ClassResult struct {
	Class   string `json:"class"`
	Rows    int    `json:"rows"`
	Metrics Values `json:"metrics"` // precision, recall and f1; roc_auc and pr_auc against the rest, of class 1 of two and of each of more
}

// TargetResult is of one of several targets.
type TargetResult struct {
	Target  string `json:"target"`
	Metrics Values `json:"metrics"`
}

// Slice is the rows with one value of a column.
type Slice struct {
	Column  string `json:"column"`
	Value   string `json:"value"`
	Rows    int    `json:"rows"`
	Metrics Values `json:"metrics"`
}

// SliceColumn is a column that rows are sliced by: the value of each row of the Predictions.
type SliceColumn struct {
	Name   string
	Values []string
}

// MeasureOptions are what Measure does besides the metrics.
type MeasureOptions struct {
	Resamples int           // of the bootstrap; 0: no intervals
	Seed      uint64        // of the resamples
	Slices    []SliceColumn // at most maxSlices values of each, those of most rows
	Baselines []*Predictions
	Names     []string // of the baselines
}

// Measure measures predictions. The resamples depend on the seed and the number of rows only: two models' intervals are of the same ones.
func Measure(p *Predictions, o MeasureOptions) (*Evaluation, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	m := newMeasure(p)
	names, n := m.names(), len(p.Rows)
	e := &Evaluation{Kind: p.Kind, Rows: n, Threshold: p.Threshold, Metrics: valuesOf(m, once(n))}
	if o.Resamples > 0 {
		e.Intervals = map[string][2]float64{}
		drawn := resample(n, len(names), o.Resamples, o.Seed, m.values)
		for k, name := range names {
			if in := interval(drawn, len(names), k); name != "ece" && !math.IsNaN(in[0]) {
				e.Intervals[name] = in
			}
		}
	}
	for i, b := range o.Baselines {
		if err := SameRows(p, b); err != nil {
			return nil, err
		}
		e.Baselines = append(e.Baselines, Baseline{o.Names[i], valuesOf(newMeasure(b), once(n))})
	}
	for _, c := range o.Slices {
		if len(c.Values) != n {
			return nil, fmt.Errorf("slices by %s: %d values for %d rows", c.Name, len(c.Values), n)
		}
		e.Slices = append(e.Slices, slicesOf(m, c)...)
	}
	switch m := m.(type) {
	case *classMeasure:
		e.addClasses(p, m)
	case *labelMeasure:
		e.addLabels(p, m)
	case *numberMeasure:
		e.addTargets(p)
	}
	return e, nil
}

// maxConfusion is the most classes whose confusion is kept.
const maxConfusion = 1000

// once counts every row once.
func once(n int) []uint16 {
	w := make([]uint16, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

// valuesOf are a measure's defined values.
func valuesOf(m measure, w []uint16) Values {
	names := m.names()
	to, v := make([]float64, len(names)), Values{}
	m.values(w, to)
	for k, name := range names {
		if !math.IsNaN(to[k]) {
			v[name] = to[k]
		}
	}
	return v
}

// addClasses adds what there is of each class, and the confusion and curves.
func (e *Evaluation) addClasses(p *Predictions, m *classMeasure) {
	c := m.classes
	hits, actual, said := make([]int, c), make([]int, c), make([]int, c)
	for i, id := range m.truth {
		actual[id]++
		said[m.said[i]]++
		if m.said[i] == id {
			hits[id]++
		}
	}
	for k, name := range p.Names {
		e.Classes = append(e.Classes, ClassResult{name, actual[k], classValues(hits[k], actual[k], said[k])})
	}
	if c <= maxConfusion {
		e.Confusion = make([][]int, c)
		for k := range e.Confusion {
			e.Confusion[k] = make([]int, c)
		}
		for i, id := range m.truth {
			e.Confusion[id][m.said[i]]++
		}
	}
	for i, r := range m.rankings {
		k := i + c - len(m.rankings)
		e.addRanking(r, k)
	}
	e.Calibration = calibrationBinsOf(m)
}

// addLabels is addClasses of labels.
func (e *Evaluation) addLabels(p *Predictions, m *labelMeasure) {
	for k, name := range p.Names {
		hit, actual, said := 0, 0, 0
		for i := k; i < len(m.said); i += m.labels {
			if m.truth[i] {
				actual++
			}
			if m.said[i] {
				said++
			}
			if m.truth[i] && m.said[i] {
				hit++
			}
		}
		e.Classes = append(e.Classes, ClassResult{name, actual, classValues(hit, actual, said)})
	}
	for k, r := range m.rankings {
		e.addRanking(r, k)
	}
}

// addRanking adds the areas and the curves of class k.
func (e *Evaluation) addRanking(r *ranking, k int) {
	c := &e.Classes[k]
	roc, pr := r.areas(once(len(r.order)))
	if math.IsNaN(roc) || math.IsNaN(pr) {
		return
	}
	c.Metrics["roc_auc"], c.Metrics["pr_auc"] = roc, pr
	e.Curves = append(e.Curves, curvesOf(r, c.Class))
}

// classValues are precision, recall and F1 of hits among so many.
func classValues(hit, actual, said int) Values {
	v := Values{}
	for name, share := range map[string][2]int{"precision": {hit, said}, "recall": {hit, actual}, "f1": {2 * hit, actual + said}} {
		if share[1] > 0 {
			v[name] = float64(share[0]) / float64(share[1])
		}
	}
	return v
}

// addTargets adds what there is of each of several targets.
func (e *Evaluation) addTargets(p *Predictions) {
	c := len(p.Names)
	if c == 1 {
		return
	}
	for k, name := range p.Names {
		one := &Predictions{Kind: Regress, Names: []string{name}, Rows: p.Rows, Quantile: p.Quantile}
		for i := k; i < len(p.Output); i += c {
			one.Output, one.Targets = append(one.Output, p.Output[i]), append(one.Targets, p.Targets[i])
		}
		e.Targets = append(e.Targets, TargetResult{name, valuesOf(newMeasure(one), once(len(p.Rows)))})
	}
}

// slicing measures slices side by side.
type slicing struct {
	m      measure
	column SliceColumn
	slices []Slice
}

// Run measures slice i.
func (s *slicing) Run(i int) {
	w := make([]uint16, len(s.column.Values))
	for r, v := range s.column.Values {
		if v == s.slices[i].Value {
			w[r] = 1
		}
	}
	s.slices[i].Metrics = valuesOf(s.m, w)
}

// maxSlices is how many values of a column are slices.
const maxSlices = 20

// slicesOf measures the rows of each value, the commonest first.
func slicesOf(m measure, c SliceColumn) []Slice {
	s := &slicing{m: m, column: c}
	for _, v := range commonest(c.Values, maxSlices) {
		s.slices = append(s.slices, Slice{Column: c.Name, Value: v.value, Rows: v.rows})
	}
	parallel.For(len(s.slices), s)
	return s.slices
}
