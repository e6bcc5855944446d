package trust

import (
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/rng"
)

// Importance is how much worse a model gets when it can't tell a column's values any more.
type Importance struct {
	Column   string     `json:"column"`
	Mean     float64    `json:"mean"`     // rise of the loss of a row
	Interval [2]float64 `json:"interval"` // of Mean, 95 %
}

// Feature is a column as a model sees it: places in a row.
type Feature struct {
	Name   string
	Places []int
}

// permutationStream is the random stream of Permutation: "permute" in ASCII.
const permutationStream = 0x7065726d757465

// Permutation shuffles one column at a time among rows that weren't trained on, width values each, and compares each row's loss with
// what it was. losses gives a row's loss for each row of x; it isn't asked for them all at once: repeats times for each column.
// The interval is of the mean over rows, mean ± 1.96·s/√n of each row's rise, itself the mean over the repeats: a column that
// tells nothing has 0 in it, 19 times of 20.
//
// Source: Breiman 2001, "Random forests", Machine Learning 45(1), section 10; Fisher, Rudin & Dominici 2019, arXiv:1801.01489.
func Permutation(x []float32, width int, features []Feature, repeats int, seed uint64, losses func(x []float32) ([]float64, error)) ([]Importance, error) {
	n := len(x) / max(width, 1)
	if n < 2 || n*width != len(x) || repeats < 1 {
		return nil, fmt.Errorf("trust: permutation of %d values in rows of %d, %d times: want at least 2 rows and 1 time", len(x), width, repeats)
	}
	before, err := losses(x)
	if err != nil {
		return nil, err
	}
	changed := append([]float32(nil), x...)
	stream := rng.Stream{Seed: seed, ID: permutationStream}
	var r []Importance
	for k, f := range features {
		rise := make([]float64, n)
		for t := range repeats {
			for i, from := range stream.Sub(uint64(k), uint64(t)).Perm(n) {
				for _, p := range f.Places {
					changed[i*width+p] = x[from*width+p]
				}
			}
			after, err := losses(changed)
			if err != nil {
				return nil, err
			}
			for i, l := range after {
				rise[i] += (l - before[i]) / float64(repeats)
			}
		}
		for i := range n {
			for _, p := range f.Places {
				changed[i*width+p] = x[i*width+p]
			}
		}
		mean, half := interval(rise)
		r = append(r, Importance{f.Name, mean, [2]float64{mean - half, mean + half}})
	}
	return r, nil
}

// interval returns the mean and half the width of its 95 % interval, by the normal distribution.
func interval(v []float64) (mean, half float64) {
	n := float64(len(v))
	for _, x := range v {
		mean += x / n
	}
	squares := 0.0
	for _, x := range v {
		squares += (x - mean) * (x - mean)
	}
	return mean, 1.96 * math.Sqrt(squares/(n-1)/n)
}
