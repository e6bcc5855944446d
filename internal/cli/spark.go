package cli

import (
	"math"
	"strings"

	"github.com/ingot-ml/ingot/train"
)

// levels are the heights of a sparkline.
var levels = []rune("▁▂▃▄▅▆▇█")

// sparkline draws numbers as a curve of at most so many letters, from the lowest of them to the highest. Of more numbers than
// letters each letter is the mean of its share. A NaN or Inf is a space; equal numbers are a flat line.
func sparkline(xs []float64, width int) string {
	if width <= 0 {
		return ""
	}
	n := min(len(xs), width)
	means := make([]float64, n)
	low, high := math.Inf(1), math.Inf(-1)
	for i := range means {
		from, to := i*len(xs)/n, (i+1)*len(xs)/n
		sum := 0.0
		for _, x := range xs[from:to] {
			sum += x
		}
		means[i] = sum / float64(to-from)
		if !math.IsNaN(means[i]) && !math.IsInf(means[i], 0) {
			low, high = min(low, means[i]), max(high, means[i])
		}
	}
	var b strings.Builder
	for _, x := range means {
		switch {
		case math.IsNaN(x) || math.IsInf(x, 0):
			b.WriteByte(' ')
		case high == low:
			b.WriteRune(levels[0])
		default:
			b.WriteRune(levels[int((x-low)/(high-low)*float64(len(levels)-1)+0.5)])
		}
	}
	return b.String()
}

// curve is a loss over the epochs: the validation's or the training's; nil where there is none.
func curve(points []train.Point, val bool) []float64 {
	var xs []float64
	for _, p := range points {
		m := p.Train
		if val {
			m = p.Val
		}
		if x, ok := m["loss"]; ok {
			xs = append(xs, x)
		}
	}
	return xs
}
