package task

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/ingot-ml/ingot/bundle"
)

// Calibrate puts rows of probabilities of so many classes through c, in place:
//
//	p[k] ← (p[k]/w[k])^(1/T) / Σⱼ (p[j]/w[j])^(1/T)
//
// with the weights w of the loss, after which training's probabilities are of classes as common as it saw them, and the temperature T.
// Of a model without an ensemble, p^(1/T) scaled is softmax(logits/T). A nil c does nothing.
// Source: temperature: Guo, Pleiss, Sun & Weinberger 2017, arXiv:1706.04599; weights: Saerens, Latinne & Decaestecker 2002, "Adjusting the
// outputs of a classifier to new a priori probabilities", Neural Computation 14.
func Calibrate(c *bundle.Calibration, probs []float32, classes int) {
	if c == nil || len(c.ClassWeights) == 0 && (c.Temperature == 0 || c.Temperature == 1) {
		return
	}
	beta := 1.0
	if c.Temperature > 0 {
		beta = 1 / c.Temperature
	}
	logs := make([]float64, classes)
	for i := 0; i < len(probs); i += classes {
		row := probs[i : i+classes]
		logProbs(logs, row, c.ClassWeights)
		softmaxRow(logs, beta)
		for k, p := range logs {
			row[k] = float32(p)
		}
	}
}

// logProbs is ln(p/w) of a row, of which the largest is 0: so no power of it overflows.
func logProbs(dst []float64, row []float32, weights []float64) {
	most := math.Inf(-1)
	for k, p := range row {
		dst[k] = math.Log(float64(p))
		if weights != nil {
			dst[k] -= math.Log(weights[k])
		}
		most = max(most, dst[k])
	}
	for k := range dst {
		dst[k] -= most
	}
}

// softmaxRow makes exp(β·x), scaled to a sum of 1, of a row whose largest is 0.
func softmaxRow(x []float64, beta float64) {
	total := 0.0
	for k, v := range x {
		x[k] = math.Exp(beta * v)
		total += x[k]
	}
	for k := range x {
		x[k] /= total
	}
}

// Temperatures that are looked for.
const (
	coldest = 0.05
	hottest = 20
)

// FitTemperature returns the T of Calibrate that makes the log loss of labelled rows the least, from 0.05 to 20: of a validation part, after the
// class weights were taken out. The loss is convex in 1/T, of which it is found by Newton's method within a shrinking interval.
func FitTemperature(probs []float32, classes int, target []int32) (float64, error) {
	if len(target) == 0 || len(probs) != len(target)*classes {
		return 0, fmt.Errorf("task: a temperature of %d probabilities for %d rows of %d classes", len(probs), len(target), classes)
	}
	logs := make([]float64, len(probs))
	for i, id := range target {
		logProbs(logs[i*classes:][:classes], probs[i*classes:][:classes], nil)
		for k := range classes { // what f32 gives as 0 is as small as its smallest
			logs[i*classes+k] = max(logs[i*classes+k], math.Log(math.SmallestNonzeroFloat32))
		}
		if id < 0 || int(id) >= classes {
			return 0, fmt.Errorf("task: row %d has class %d; there are %d classes", i, id, classes)
		}
	}
	lo, hi, beta := 1.0/hottest, 1.0/coldest, 1.0
	for range 60 {
		slope, bend := lossSlope(logs, classes, target, beta)
		if slope > 0 {
			hi = beta
		} else {
			lo = beta
		}
		next := beta - slope/bend
		if !(next > lo && next < hi) {
			next = (lo + hi) / 2
		}
		if math.Abs(next-beta) < 1e-9*beta {
			break
		}
		beta = next
	}
	return 1 / beta, nil
}

// lossSlope is the first and the second derivative of Σ (ln Σₖ exp(β·x[k]) − β·x[id]) in β.
func lossSlope(logs []float64, classes int, target []int32, beta float64) (slope, bend float64) {
	p := make([]float64, classes)
	for i, id := range target {
		row := logs[i*classes:][:classes]
		copy(p, row)
		softmaxRow(p, beta)
		mean, square := 0.0, 0.0
		for k, x := range row {
			mean += p[k] * x
			square += p[k] * x * x
		}
		slope += mean - row[id]
		bend += square - mean*mean
	}
	return slope, bend
}

// TuneThreshold returns the probability of class 1 from which on saying class 1 is best by f1 or balanced_accuracy, on labelled rows: of a
// validation part, after calibration. It lies half way between the last row that is taken and the first that isn't; of equally good ones it
// is the one nearest to 0.5.
func TuneThreshold(probs []float32, target []int32, by string) (float64, error) {
	if by != "f1" && by != "balanced_accuracy" {
		return 0, fmt.Errorf("task: a threshold by %q; there are f1 and balanced_accuracy", by)
	}
	if len(probs) != len(target) {
		return 0, fmt.Errorf("task: a threshold of %d probabilities for %d rows", len(probs), len(target))
	}
	order, positives := make([]int, len(target)), 0
	for i, id := range target {
		order[i] = i
		positives += int(id)
	}
	if positives == 0 || positives == len(target) {
		return 0, fmt.Errorf("task: a threshold wants rows of both classes; all %d are of one", len(target))
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(probs[j], probs[i]) })
	best, threshold := -1.0, 0.5
	right := 0
	for i, r := range order {
		right += int(target[r])
		if i+1 < len(order) && probs[order[i+1]] == probs[r] {
			continue
		}
		score := 2 * float64(right) / float64(i+1+positives)
		if by == "balanced_accuracy" {
			negatives := len(target) - positives
			score = (float64(right)/float64(positives) + float64(negatives-(i+1-right))/float64(negatives)) / 2
		}
		next := 0.0
		if i+1 < len(order) {
			next = float64(probs[order[i+1]])
		}
		at := (float64(probs[r]) + next) / 2
		if score > best || score == best && math.Abs(at-0.5) < math.Abs(threshold-0.5) {
			best, threshold = score, at
		}
	}
	return threshold, nil
}

// Decide returns the class that a row of calibrated probabilities says: by the threshold where there is one, and else the likeliest, of equal
// ones the first.
func Decide(c *bundle.Calibration, probs []float32) int {
	if c != nil && c.Threshold > 0 && len(probs) == 2 {
		if float64(probs[1]) >= c.Threshold {
			return 1
		}
		return 0
	}
	return Best(probs)
}

// FitCalibration fits what a classifier's probabilities go through on the uncalibrated probabilities of a validation part: weights are those
// of the loss, nil where it had none; by is TuneThreshold's, "" for no threshold of its own.
func FitCalibration(probs []float32, classes int, target []int32, weights []float32, by string) (bundle.Calibration, error) {
	var c bundle.Calibration
	for _, w := range weights {
		c.ClassWeights = append(c.ClassWeights, float64(w))
	}
	probs = slices.Clone(probs)
	Calibrate(&c, probs, classes)
	var err error
	if c.Temperature, err = FitTemperature(probs, classes, target); err != nil || by == "" {
		return c, err
	}
	if classes != 2 {
		return c, fmt.Errorf("task: a threshold for %d classes; it is for two", classes)
	}
	Calibrate(&bundle.Calibration{Temperature: c.Temperature}, probs, classes)
	ones := make([]float32, len(target))
	for i := range ones {
		ones[i] = probs[2*i+1]
	}
	c.ThresholdBy = by
	c.Threshold, err = TuneThreshold(ones, target, by)
	return c, err
}
