package metric

import "math"

// AveragePrecision is the area under the curve of precision over recall, PR-AUC, by its steps, without interpolation: the mean over
// positive rows of the precision among all that score no lower. 1 is perfect; chance gives the share of positives.
//
//	Σₙ (Rₙ − Rₙ₋₁)·Pₙ over the distinct scores, from the highest
//
// It keeps the scores, 4 bytes a row. NaN where there is no positive row.
// Source: Su, Yuan & Zhu 2015, "A relationship between the average precision and the area under the ROC curve", ICTIR.
type AveragePrecision struct{ scored }

// Add takes the scores of class 1, of any scale, and the true classes, 0 or 1.
func (a *AveragePrecision) Add(scores []float32, target []int32) error {
	return a.add("AveragePrecision", scores, target)
}

// Merge adds what o has seen.
func (a *AveragePrecision) Merge(o *AveragePrecision) { a.merge(&o.scored) }

// Value returns the area.
func (a *AveragePrecision) Value() float64 {
	if len(a.pos) == 0 {
		return math.NaN()
	}
	a.sort()
	area, wrong := 0.0, 0
	for i, j := 0, 0; i < len(a.pos); i = j {
		s := a.pos[i]
		for j < len(a.pos) && a.pos[j] == s {
			j++
		}
		for wrong < len(a.neg) && a.neg[wrong] >= s {
			wrong++
		}
		area += float64(j-i) * ratio(j, j+wrong)
	}
	return area / float64(len(a.pos))
}
