package metric

import (
	"fmt"
	"math"
)

// Average says how the shares of the classes become one number.
type Average uint8

// The averages. A class that is neither true nor predicted in any row doesn't count, and another's share of nothing, such as the
// precision of a class that was never predicted, counts as 0: scikit-learn's defaults.
const (
	Macro    Average = iota // the mean over classes
	Weighted                // the mean over classes, each weighted by how often it is true
	Micro                   // of all classes' counts together; with one class a row it is the accuracy
	Binary                  // of class 1 alone, the positive of two
)

// String returns macro, weighted, micro or binary.
func (a Average) String() string {
	if int(a) < len(averages) {
		return averages[a]
	}
	return fmt.Sprintf("Average(%d)", uint8(a))
}

var averages = [...]string{"macro", "weighted", "micro", "binary"}

// average returns the average of a share, part/whole; counts gives both from a class's right, predicted and actual.
func (c *Confusion) average(a Average, counts func(right, predicted, actual float64) (part, whole float64)) float64 {
	var sum, weights, parts, wholes float64
	for k := range c.Classes {
		predicted, actual := float64(c.Predicted(k)), float64(c.Actual(k))
		if predicted+actual == 0 || a == Binary && k != 1 {
			continue
		}
		part, whole := counts(float64(c.Right(k)), predicted, actual)
		weight := 1.0
		if a == Weighted {
			weight = actual
		}
		sum += weight * orZero(part, whole)
		weights += weight
		parts += part
		wholes += whole
	}
	switch a {
	case Macro, Weighted, Binary:
		return sum / weights
	case Micro:
		return parts / wholes
	}
	return math.NaN()
}
