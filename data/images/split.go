package images

import (
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/rng"
)

// splitStream is the random stream of Split: "split" in ASCII.
const splitStream = 0x73706c6974

// Split divides the pictures where their List has no parts, or lacks one that is wanted: at random, each class by its share. The
// same seed gives the same parts. A share of 0 is no such part.
func (s *Set) Split(seed uint64, val, test float64) error {
	if s.Val != nil {
		val = 0
	}
	if s.Test != nil {
		test = 0
	}
	if val == 0 && test == 0 {
		return nil
	}
	rows := make([][]int, len(s.Classes))
	for i := range s.Train.Len() {
		k := s.Train.Label(i)
		rows[k] = append(rows[k], i)
	}
	var parts [3][]int // train, val, test
	stream := rng.Stream{Seed: seed, ID: splitStream}
	for k, of := range rows {
		n := len(of)
		a, b := int(math.Round(val*float64(n))), int(math.Round(test*float64(n)))
		for i, p := range stream.Sub(uint64(k)).Perm(n) {
			to := 0
			switch {
			case i < b:
				to = 2
			case i < a+b:
				to = 1
			}
			parts[to] = append(parts[to], of[p])
		}
	}
	for i, share := range []float64{1, val, test} {
		if share > 0 && len(parts[i]) == 0 {
			return fmt.Errorf("data.split: val %v and test %v of %d pictures in %d classes leave none for %s", val, test, s.Train.Len(), len(s.Classes), []string{"training", "val", "test"}[i])
		}
	}
	all := s.Train
	for i, to := range []**data.Dataset{&s.Train, &s.Val, &s.Test} {
		if len(parts[i]) > 0 {
			*to = all.Subset(parts[i])
		}
	}
	return nil
}
