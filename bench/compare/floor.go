package main

import "fmt"

const (
	epochRow  = "epoch/reference"
	epochRows = 60000
	steps     = 938 // of batch 64, the last smaller
	// Forward and the weights' gradients of both layers, and the gradient of
	// the hidden layer's output: 96 GFLOP an epoch.
	epochFLOP = epochRows * (2*2*(784*500+500*10) + 2*500*10)
)

// floor adds the reference job's lower bound to the rows of the machine
// program: its FLOPs at the peak, then an Adam step for each batch.
func floor(cfg *config, rows []row) []row {
	var peak, adam float64
	for _, r := range rows {
		switch r.Name {
		case fmt.Sprintf("machine/fma/%d", cfg.threads):
			peak = r.Value * 1e9
		case fmt.Sprintf("optim/adam-%d", smallAdam):
			adam = r.Value * 1e9
		}
	}
	if peak == 0 || adam == 0 {
		return rows
	}
	return append(rows, row{Name: epochRow, Value: epochFLOP/peak + steps*28*smallAdam/adam, Unit: "s"})
}
