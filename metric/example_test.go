package metric_test

import (
	"fmt"

	"github.com/ingot-ml/ingot/metric"
)

// A confusion matrix is counted once, from batches and from workers, and then gives many numbers.
func ExampleConfusion() {
	whole := metric.NewConfusion(2)
	for _, batch := range [][2][]int32{{{0, 1, 1}, {0, 1, 0}}, {{1, 0, 0}, {1, 0, 1}}} {
		worker := metric.NewConfusion(2)
		if err := worker.Add(batch[0], batch[1]); err != nil {
			fmt.Println(err)
		}
		if err := whole.Merge(worker); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(whole.Value())
	fmt.Printf("F1 %.3f, kappa %.3f\n", whole.FBeta(1, metric.Binary), whole.CohenKappa())
	// Output:
	// [[2 1] [1 2]]
	// F1 0.667, kappa 0.333
}

// Metrics share Value; what takes predictions of one kind shares Add. A program declares what it wants of them.
func Example() {
	pred, target := []float32{2.5, 0, 2, 8}, []float32{3, -0.5, 2, 7}
	for _, m := range []interface {
		Add(pred, target []float32) error
		Value() float64
	}{&metric.RMSE{}, &metric.MAE{}, &metric.R2{}, &metric.Pinball{Quantile: 0.9}} {
		if err := m.Add(pred, target); err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%T %.4f\n", m, m.Value())
	}
	// Output:
	// *metric.RMSE 0.6124
	// *metric.MAE 0.5000
	// *metric.R2 0.9486
	// *metric.Pinball 0.1500
}
