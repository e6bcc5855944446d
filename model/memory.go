package model

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strconv"
)

// trainBytes is what a parameter takes in training: weight, gradient and Adam's two moments in f32.
const trainBytes = 16

// assumedMemory is the limit where the machine doesn't tell: 64 GiB.
const assumedMemory = 64 << 30

// MemoryLimit returns how many bytes a model may take in training: the least of GOMEMLIMIT, the control group's memory.max
// and the machine's memory, where they are known (Linux tells); otherwise 64 GiB.
func MemoryLimit() int64 {
	limit := debug.SetMemoryLimit(-1) // reads it
	if n, ok := machineMemory("/proc/meminfo"); ok {
		limit = min(limit, n)
	}
	if b, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if n, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64); err == nil { // or "max"
			limit = min(limit, n)
		}
	}
	if limit == math.MaxInt64 {
		return assumedMemory
	}
	return limit
}

// MemoryLeft returns how many bytes of the limit are left beside so many parameters in training: for the values of a step.
func MemoryLeft(params int) int { return int(max(MemoryLimit()-int64(params)*trainBytes, 1)) }

// machineMemory reads the line "MemTotal: 65842312 kB".
func machineMemory(path string) (int64, bool) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(b) {
		if f := bytes.Fields(line); len(f) == 3 && string(f[0]) == "MemTotal:" {
			n, err := strconv.ParseInt(string(f[1]), 10, 64)
			return n * 1024, err == nil
		}
	}
	return 0, false
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
