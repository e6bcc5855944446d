package bundle

import (
	"fmt"
	"math"
)

// Calibration is what stands between a classifier's own probabilities and what is said: package task fits it on the validation part and
// applies it. The zero Calibration changes nothing.
type Calibration struct {
	ClassWeights []float64 `json:"class_weights,omitempty"` // those of the loss, which are taken out of the probabilities again; none: all 1
	Temperature  float64   `json:"temperature,omitempty"`   // T: probabilities become p^(1/T), scaled to a sum of 1; 0: 1
	Threshold    float64   `json:"threshold,omitempty"`     // the probability from which on class 1 of two is said; 0: the likelier is
	ThresholdBy  string    `json:"threshold_by,omitempty"`  // what Threshold is best by: f1 or balanced_accuracy
}

func (c *Calibration) none() bool {
	return len(c.ClassWeights) == 0 && c.Temperature == 0 && c.Threshold == 0 && c.ThresholdBy == ""
}

// check refuses what can't be, for so many classes.
func (c *Calibration) check(classes int) error {
	if len(c.ClassWeights) != 0 && len(c.ClassWeights) != classes {
		return fmt.Errorf("%d class weights for %d classes", len(c.ClassWeights), classes)
	}
	for i, w := range c.ClassWeights {
		if !(w > 0) || math.IsInf(w, 1) {
			return fmt.Errorf("class weight %d is %g; a positive number is wanted", i, w)
		}
	}
	switch {
	case !(c.Temperature >= 0) || math.IsInf(c.Temperature, 1):
		return fmt.Errorf("the temperature is %g; a positive number is wanted", c.Temperature)
	case !(c.Threshold >= 0 && c.Threshold <= 1):
		return fmt.Errorf("the threshold is %g; a probability is wanted", c.Threshold)
	case c.Threshold != 0 && classes != 2:
		return fmt.Errorf("a threshold for %d classes; it is for two", classes)
	}
	return nil
}
