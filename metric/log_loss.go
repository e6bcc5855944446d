package metric

import "math"

// LogLoss is the mean of −ln p over rows, with p the probability given to the true class: the cross-entropy, in nats, from 0.
//
//	−mean(ln max(p[i, idᵢ], 2⁻²³))
//
// Source: Good 1952, "Rational decisions", Journal of the Royal Statistical Society B 14.
type LogLoss struct{ mean }

// tiny is the smallest probability that counts as such, so that one sure mistake doesn't make the mean infinite: float32's
// machine epsilon, as scikit-learn clips float32 probabilities.
const tiny = 0x1p-23

// Add takes rows of probabilities [N classes] and the true class ids [N].
func (l *LogLoss) Add(probs []float32, classes int, target []int32) error {
	if err := checkProbs("LogLoss", probs, classes, target); err != nil {
		return err
	}
	for i, id := range target {
		l.add(-math.Log(min(max(float64(probs[i*classes+int(id)]), tiny), 1)))
	}
	return nil
}

// Merge adds what o has seen.
func (l *LogLoss) Merge(o *LogLoss) { l.merge(&o.mean) }

// Value returns the mean.
func (l *LogLoss) Value() float64 { return l.value() }
