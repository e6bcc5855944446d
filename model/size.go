package model

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// sizes are the settings of the one dial for how large a model of tables is, from small to large.
var sizes = []string{"xs", "s", "m", "l", "xl"}

// bySize returns the choice for a size: one of five, in the order of sizes; the middle one where it is empty.
func bySize[T any](size string, choices [5]T) (T, error) {
	if size == "" {
		size = "m"
	}
	i := slices.Index(sizes, size)
	if i < 0 {
		return choices[0], fmt.Errorf("unknown size %q; there are %s", size, strings.Join(sizes, ", "))
	}
	return choices[i], nil
}

// checkDropout refuses a probability that isn't one.
func checkDropout(p float64) error {
	if !(p >= 0 && p < 1) {
		return fmt.Errorf("dropout is %g; at least 0 and less than 1 is wanted", p)
	}
	return nil
}

// named is a size that a config has.
type named struct {
	name string
	n    int
}

// checkSizes refuses sizes that no layer can have.
func checkSizes(sizes ...named) error {
	for _, s := range sizes {
		if s.n < 1 || s.n > math.MaxInt32 {
			return fmt.Errorf("%s is %d; at least 1 is wanted, and at most %d", s.name, s.n, math.MaxInt32)
		}
	}
	return nil
}
