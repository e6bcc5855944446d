//go:build !unix

package main

import (
	"errors"
	"os"
)

// peakMemory is not reported by this system's process state.
func peakMemory(*os.ProcessState) (int64, error) {
	return 0, errors.New("peak memory is measured on unix only")
}
