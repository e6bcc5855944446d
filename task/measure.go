package task

import (
	"math"
	"slices"
)

// measure computes metrics of rows that count some times each: once for the value, as often as they were drawn for a resample, or not at
// all for those outside a slice. It only reads itself, so that resamples run side by side.
type measure interface {
	// names are the metrics' keys.
	names() []string
	// values writes the metrics; w says how often each row counts.
	values(w []uint16, to []float64)
}

// newMeasure prepares what is measured of p.
func newMeasure(p *Predictions) measure {
	switch p.Kind {
	case Classify:
		return newClassMeasure(p)
	case Labels:
		return newLabelMeasure(p)
	}
	return newNumberMeasure(p)
}

// maxRanked is the most classes, or labels, whose rankings are measured: each takes a sorted order of the rows.
const maxRanked = 20

// ranking is rows by falling score.
type ranking struct {
	order []int32
	ends  []bool // whether the place is the last of equal scores
	truth []bool // by row
}

func newRanking(score func(i int) float32, truth func(i int) bool, n int) *ranking {
	r := &ranking{order: make([]int32, n), ends: make([]bool, n), truth: make([]bool, n)}
	for i := range n {
		r.order[i], r.truth[i] = int32(i), truth(i)
	}
	slices.SortStableFunc(r.order, func(i, j int32) int {
		switch a, b := score(int(i)), score(int(j)); {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	for k, i := range r.order {
		r.ends[k] = k+1 == n || score(int(r.order[k+1])) != score(int(i))
	}
	return r
}

// areas are the area under the ROC curve and the average precision: metric.ROCAUC's and metric.AveragePrecision's formulas, with counts.
// NaN where there is one class only.
func (r *ranking) areas(w []uint16) (roc, pr float64) {
	var right, wrong, lastRight, lastWrong uint64
	for k, i := range r.order {
		if r.truth[i] {
			right += uint64(w[i])
		} else {
			wrong += uint64(w[i])
		}
		if !r.ends[k] {
			continue
		}
		roc += float64(wrong-lastWrong) * (float64(lastRight) + float64(right-lastRight)/2)
		if right > lastRight {
			pr += float64(right-lastRight) * float64(right) / float64(right+wrong)
		}
		lastRight, lastWrong = right, wrong
	}
	return roc / (float64(right) * float64(wrong)), pr / float64(right)
}

// meanDefined is the mean of what isn't NaN; NaN of nothing.
func meanDefined(x []float64) float64 {
	total, n := 0.0, 0
	for _, v := range x {
		if !math.IsNaN(v) {
			total += v
			n++
		}
	}
	return total / float64(n)
}

// classMeasure is of Classify.
type classMeasure struct {
	classes  int
	truth    []int32 // by row
	said     []int32
	loss     []float64
	brier    []float64
	bin      []uint8 // of the calibration error
	sure     []float64
	rankings []*ranking // of class 1 of two, or of every class
}

// calibrationBins is how many bins the calibration error has: metric.ECE's.
const calibrationBins = 15

func newClassMeasure(p *Predictions) *classMeasure {
	n, c := len(p.Rows), len(p.Names)
	m := &classMeasure{
		classes: c, truth: p.IDs, said: make([]int32, n), loss: make([]float64, n), brier: make([]float64, n), bin: make([]uint8, n), sure: make([]float64, n),
	}
	for i, id := range p.IDs {
		row := p.row(i)
		m.said[i] = int32(p.Decide(i))
		m.loss[i] = -math.Log(min(max(float64(row[id]), tiny), 1))
		for k, v := range row {
			d := float64(v)
			if k == int(id) {
				d--
			}
			m.brier[i] += d * d
		}
		if c == 2 {
			m.brier[i] /= 2
		}
		m.sure[i] = float64(row[Best(row)])
		m.bin[i] = uint8(min(max(int(math.Ceil(m.sure[i]*calibrationBins)), 1), calibrationBins) - 1)
		if Best(row) == int(id) {
			m.bin[i] |= rightBit
		}
	}
	first := 0
	if c == 2 {
		first = 1
	}
	for k := first; k < c && c <= maxRanked; k++ {
		m.rankings = append(m.rankings, newRanking(func(i int) float32 { return p.row(i)[k] }, func(i int) bool { return int(p.IDs[i]) == k }, n))
	}
	return m
}

// tiny is metric.LogLoss's least probability.
const tiny = 0x1p-23

// rightBit marks a bin's row whose likeliest class is the true one.
const rightBit = 0x80

func (m *classMeasure) names() []string {
	r := []string{"accuracy", "balanced_accuracy", "f1", "log_loss", "brier", "ece"}
	if m.rankings != nil {
		r = append(r, "roc_auc", "pr_auc")
	}
	return r
}

func (m *classMeasure) values(w []uint16, to []float64) {
	hits, actual, said := make([]float64, m.classes), make([]float64, m.classes), make([]float64, m.classes)
	var rows, loss, brier float64
	var sure, right [calibrationBins]float64
	for i, id := range m.truth {
		v := float64(w[i])
		actual[id] += v
		said[m.said[i]] += v
		if m.said[i] == id {
			hits[id] += v
		}
		rows += v
		loss += v * m.loss[i]
		brier += v * m.brier[i]
		b := m.bin[i]
		sure[b&^rightBit] += v * m.sure[i]
		if b&rightBit != 0 {
			right[b&^rightBit] += v
		}
	}
	gap := 0.0
	for b := range sure {
		gap += math.Abs(right[b] - sure[b])
	}
	to[0], to[1], to[2] = scores(hits, actual, said)
	to[3], to[4], to[5] = loss/rows, brier/rows, gap/rows
	if m.rankings == nil {
		return
	}
	roc, pr := make([]float64, len(m.rankings)), make([]float64, len(m.rankings))
	for k, r := range m.rankings {
		roc[k], pr[k] = r.areas(w)
	}
	to[6], to[7] = meanDefined(roc), meanDefined(pr)
}

// scores are accuracy, balanced accuracy and F1 of counts by class: F1 of class 1 of two, or the mean over the classes that occur or were
// said.
func scores(hits, actual, said []float64) (accuracy, balanced, f1 float64) {
	var rows, right float64
	recalls, f1s := make([]float64, len(hits)), make([]float64, len(hits))
	for k, hit := range hits {
		rows, right = rows+actual[k], right+hit
		recalls[k], f1s[k] = hit/actual[k], 2*hit/(actual[k]+said[k])
	}
	f1 = meanDefined(f1s)
	if len(hits) == 2 {
		f1 = f1s[1]
	}
	return right / rows, meanDefined(recalls), f1
}
