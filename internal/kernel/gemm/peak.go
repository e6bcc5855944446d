package gemm

import (
	"time"

	"github.com/ingot-ml/ingot/internal/parallel"
)

// peakRounds makes a piece of work of well under 100 µs.
const peakRounds = 10_000

// peakTask is one goroutine's share of the measurement.
type peakTask struct{ calls int }

func (t peakTask) Run(int) {
	for range t.calls {
		peakCall(peakRounds)
	}
}

// PeakFLOPS measures the multiply-adds a second, counted as two operations, that the threads reach with independent
// fused multiply-adds of the active instruction set: the best of some runs of 5 ms or so. It is 0 for the Go loops.
func PeakFLOPS(threads int) float64 {
	per := peakFLOPs()
	if per == 0 {
		return 0
	}
	defer parallel.SetWorkers(parallel.SetWorkers(threads))
	t := peakTask{100}
	best := 0.0
	for range 10 {
		start := time.Now()
		parallel.For(threads, t)
		d := time.Since(start).Seconds()
		best = max(best, float64(threads*t.calls*peakRounds*per)/d)
	}
	return best
}
