package model

import (
	"fmt"
	"math"
	"os"
	"runtime/debug"
)

// trainBytes is what a parameter takes in training: weight, gradient and Adam's two moments in f32.
const trainBytes = 16

// assumedMemory is the limit where the machine doesn't tell: 64 GiB.
const assumedMemory = 64 << 30

// MemoryLimit returns how many bytes a process may take: the least of GOMEMLIMIT, the limits of its control groups and the
// machine's memory, where they are known (Linux tells); otherwise 64 GiB.
func MemoryLimit() int64 {
	limit := debug.SetMemoryLimit(-1) // reads it
	root := os.DirFS("/")
	if n, ok := memInfo(root, "MemTotal:"); ok {
		limit = min(limit, n)
	}
	limit = min(limit, groupLimit(root))
	if limit == math.MaxInt64 {
		return assumedMemory
	}
	return limit
}

// MemoryAvailable is MemoryLimit or, where that is less, what the machine has to give now: what is free or can be freed, and what
// this process has.
func MemoryAvailable() int64 {
	limit, root := MemoryLimit(), os.DirFS("/")
	free, ok := memInfo(root, "MemAvailable:")
	own, known := resident(root)
	if !ok || !known {
		return limit
	}
	return min(limit, free+own)
}

// checkMemory refuses a model whose training takes more than the limit, in bytes; 0 stands for MemoryLimit. params is a
// float64 so that no size overflows.
func checkMemory(params float64, limit int64) error {
	if limit == 0 {
		limit = MemoryLimit()
	}
	if need := params * trainBytes; need > float64(limit) {
		return fmt.Errorf("%.4g parameters need %s in training (weight, gradient and two moments, %d bytes a parameter); the limit is %s",
			params, MemoryText(need), trainBytes, MemoryText(float64(limit)))
	}
	return nil
}

// MemoryText writes bytes with a binary unit, as memory is sold: 1.5 GiB.
func MemoryText(n float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	i := 0
	for n >= 1024 && i+1 < len(units) {
		n /= 1024
		i++
	}
	return fmt.Sprintf("%.4g %s", n, units[i])
}
