package cli

import (
	"math"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/tensor"
)

// moments returns mean and standard deviation of all values of a part whose bytes its Input scales.
func moments(d *data.Dataset) (mean, std float64) {
	var counts [256]int
	for _, b := range tensor.Of[uint8](d.X) {
		counts[b]++
	}
	n, sum, squares := 0.0, 0.0, 0.0
	for b, k := range counts {
		x := float64(b)*float64(d.Input.Scale) + float64(d.Input.Shift)
		n, sum, squares = n+float64(k), sum+float64(k)*x, squares+float64(k)*x*x
	}
	mean = sum / n
	return mean, math.Sqrt(max(squares/n-mean*mean, 0))
}
