package metric

import (
	"fmt"
	"math"
)

// LogLoss is the mean of −ln p over rows, with p the probability given to the true class: the cross-entropy.
type LogLoss struct {
	Sum   float64
	Total int
}

// tiny is the smallest probability that counts as such, so that one sure mistake doesn't make the mean infinite: float32's
// machine epsilon, as scikit-learn clips float32 probabilities.
const tiny = 0x1p-23

// Add takes rows of probabilities [N classes] and the true class ids [N]; an error counts nothing.
func (l *LogLoss) Add(probs []float32, classes int, target []int32) error {
	if classes < 1 || len(probs) != len(target)*classes {
		return fmt.Errorf("metric: LogLoss of %d probabilities for %d targets of %d classes", len(probs), len(target), classes)
	}
	sum := 0.0
	for i, id := range target {
		if id < 0 || int(id) >= classes {
			return fmt.Errorf("metric: LogLoss: row %d has class %d; there are %d classes", i, id, classes)
		}
		p := float64(probs[i*classes+int(id)])
		if !(p >= 0 && p <= 1+1e-5) { // sums of float32 may pass 1 a little
			return fmt.Errorf("metric: LogLoss: row %d has the probability %g; logits go through softmax first", i, p)
		}
		sum -= math.Log(min(max(p, tiny), 1))
	}
	l.Sum += sum
	l.Total += len(target)
	return nil
}

// Merge adds what o has seen.
func (l *LogLoss) Merge(o LogLoss) {
	l.Sum += o.Sum
	l.Total += o.Total
}

// Value returns the mean in nats.
func (l LogLoss) Value() float64 { return l.Sum / float64(l.Total) }
