package task

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// Curves are of one class or label against the rest, at falling scores; long ones are thinned to maxPoints points, the ends kept.
type Curves struct {
	Class string       `json:"class"`
	ROC   [][2]float64 `json:"roc"` // false positive rate, true positive rate; from 0, 0 to 1, 1
	PR    [][2]float64 `json:"pr"`  // recall, precision
}

// maxPoints is enough for a plot.
const maxPoints = 200

func curvesOf(r *ranking, class string) Curves {
	positives := 0
	for _, t := range r.truth {
		if t {
			positives++
		}
	}
	negatives := len(r.truth) - positives
	c := Curves{Class: class, ROC: [][2]float64{{0, 0}}}
	right, wrong := 0, 0
	for k, i := range r.order {
		if r.truth[i] {
			right++
		} else {
			wrong++
		}
		if r.ends[k] {
			c.ROC = append(c.ROC, [2]float64{float64(wrong) / float64(negatives), float64(right) / float64(positives)})
			c.PR = append(c.PR, [2]float64{float64(right) / float64(positives), float64(right) / float64(right+wrong)})
		}
	}
	c.ROC, c.PR = thin(c.ROC), thin(c.PR)
	return c
}

func thin(points [][2]float64) [][2]float64 {
	if len(points) <= maxPoints {
		return points
	}
	r := make([][2]float64, maxPoints)
	for i := range r {
		r[i] = points[i*(len(points)-1)/(maxPoints-1)]
	}
	return r
}

// CalibrationBin is the rows whose likeliest class has a probability in (Low, High].
type CalibrationBin struct {
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Rows       int     `json:"rows"`
	Confidence float64 `json:"confidence"` // mean probability
	Accuracy   float64 `json:"accuracy"`   // share that is right
}

// calibrationBinsOf leaves out bins without rows.
func calibrationBinsOf(m *classMeasure) []CalibrationBin {
	var bins [calibrationBins]CalibrationBin
	for i, b := range m.bin {
		c := &bins[b&^rightBit]
		c.Rows++
		c.Confidence += m.sure[i]
		if b&rightBit != 0 {
			c.Accuracy++
		}
	}
	var r []CalibrationBin
	for b, c := range bins {
		if c.Rows > 0 {
			n := float64(c.Rows)
			r = append(r, CalibrationBin{float64(b) / calibrationBins, float64(b+1) / calibrationBins, c.Rows, c.Confidence / n, c.Accuracy / n})
		}
	}
	return r
}

// valueRows is a value of a column and how many rows have it.
type valueRows struct {
	value string
	rows  int
}

// commonest are at most so many values, those of most rows first, equal ones by name.
func commonest(values []string, most int) []valueRows {
	counts := map[string]int{}
	for _, v := range values {
		counts[v]++
	}
	var r []valueRows
	for v, n := range counts {
		r = append(r, valueRows{v, n})
	}
	slices.SortFunc(r, func(a, b valueRows) int { return cmp.Or(b.rows-a.rows, cmp.Compare(a.value, b.value)) })
	return r[:min(len(r), most)]
}

// NumberSlices names the quarter of its column's values that each number lies in, for a SliceColumn: "12 to 30.5". NaN is "missing".
func NumberSlices(values []float64) []string {
	var sorted []float64
	for _, v := range values {
		if v == v {
			sorted = append(sorted, v)
		}
	}
	slices.Sort(sorted)
	names := make([]string, len(values))
	for i, v := range values {
		if v != v {
			names[i] = "missing"
			continue
		}
		for q := range 4 {
			if lo, hi := quantile(sorted, float64(q)/4), quantile(sorted, float64(q+1)/4); v <= hi || q == 3 {
				names[i] = fmt.Sprintf("%s to %s", strconv.FormatFloat(lo, 'g', 4, 64), strconv.FormatFloat(hi, 'g', 4, 64))
				break
			}
		}
	}
	return names
}
