package metric

import (
	"fmt"
	"slices"
)

// ROCAUC is the area under the receiver operating characteristic: the chance that a positive row has a higher score than a negative
// one, a tie counting half. 1 is perfect, 0.5 chance.
//
//	(|{i, j: s⁺ᵢ > s⁻ⱼ}| + |{i, j: s⁺ᵢ = s⁻ⱼ}|/2) / (P·N)
//
// It keeps the scores, 4 bytes a row. NaN where all rows are of one class. For more than two classes take one against the rest,
// one metric for each.
// Source: Hanley & McNeil 1982, "The meaning and use of the area under a ROC curve", Radiology 143.
type ROCAUC struct{ scored }

// Value returns the area.
func (r *ROCAUC) Value() float64 {
	r.sort()
	var halves uint64 // of pairs
	for i, j, higher := 0, 0, 0; i < len(r.neg); i = j {
		s := r.neg[i]
		for j < len(r.neg) && r.neg[j] == s {
			j++
		}
		for higher < len(r.pos) && r.pos[higher] > s {
			higher++
		}
		equal := 0
		for higher+equal < len(r.pos) && r.pos[higher+equal] == s {
			equal++
		}
		halves += uint64(j-i) * uint64(2*higher+equal)
	}
	return float64(halves) / (2 * float64(len(r.pos)) * float64(len(r.neg)))
}

// Merge adds what o has seen.
func (r *ROCAUC) Merge(o *ROCAUC) { r.merge(&o.scored) }

// Add takes the scores of class 1, of any scale, and the true classes, 0 or 1.
func (r *ROCAUC) Add(scores []float32, target []int32) error { return r.add("ROCAUC", scores, target) }

// scored holds the scores of positive and of negative rows.
type scored struct {
	pos, neg []float32
}

func (s *scored) add(metric string, scores []float32, target []int32) error {
	if err := checkLengths(metric, len(scores), len(target)); err != nil {
		return err
	}
	for i, x := range scores {
		if x != x {
			return fmt.Errorf("metric: %s: row %d has the score NaN", metric, i)
		}
		if target[i] != 0 && target[i] != 1 {
			return fmt.Errorf("metric: %s: row %d has class %d; 0 or 1 wanted", metric, i, target[i])
		}
	}
	for i, x := range scores {
		if target[i] == 1 {
			s.pos = append(s.pos, x)
		} else {
			s.neg = append(s.neg, x)
		}
	}
	return nil
}

func (s *scored) merge(o *scored) {
	s.pos = append(s.pos, o.pos...)
	s.neg = append(s.neg, o.neg...)
}

// sort puts the highest first.
func (s *scored) sort() {
	for _, x := range [...][]float32{s.pos, s.neg} {
		slices.Sort(x)
		slices.Reverse(x)
	}
}
