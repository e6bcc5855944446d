// Package cpu says which vector instructions the kernels may use.
//
// Best is what the machine and its operating system offer. Active is what the kernels dispatch on: Best, unless the
// environment variable INGOT_CPU (avx512, avx2 or go) asks for less. Built with -tags noasm, or for a GOARCH
// without assembly, there is only the Go level.
package cpu

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
)

// Level is a set of instructions; each includes the ones below it.
type Level int32

// The levels, in rising order.
const (
	Go     Level = iota // plain Go loops
	AVX2                // AVX2, FMA and F16C
	AVX512              // AVX2's, and AVX-512 F, BW, VL and DQ
)

var levelNames = [...]string{Go: "go", AVX2: "avx2", AVX512: "avx512"}

// String gives the level's name as INGOT_CPU spells it.
func (l Level) String() string {
	if l < 0 || int(l) >= len(levelNames) {
		return fmt.Sprintf("Level(%d)", int32(l))
	}
	return levelNames[l]
}

var (
	machine  = detect()
	initErr  error
	active   atomic.Int32
	variable = "INGOT_CPU"
)

func init() {
	level, err := choose(os.Getenv(variable), machine.best)
	initErr = err
	active.Store(int32(level))
}

// choose gives the level that text (the value of INGOT_CPU, "" if unset) asks for on a machine that has best.
func choose(text string, best Level) (Level, error) {
	if text == "" {
		return best, nil
	}
	i := slices.Index(levelNames[:], text)
	switch {
	case i < 0:
		return best, fmt.Errorf("%s=%q: want avx512, avx2 or go", variable, text)
	case Level(i) > best:
		return best, fmt.Errorf("%s=%s: this machine or build has %v at most", variable, text, best)
	}
	return Level(i), nil
}

// Best returns the highest level that the machine and this build have.
func Best() Level { return machine.best }

// Active returns the level that kernels use now.
func Active() Level { return Level(active.Load()) }

// InitError says what was wrong with INGOT_CPU, or returns nil. Active falls back to Best when it was wrong.
func InitError() error { return initErr }

// Force sets the active level for a test and returns what puts the old one back. It panics if l is above Best.
func Force(l Level) (restore func()) {
	if l < Go || l > Best() {
		panic(fmt.Sprintf("cpu: Force(%v) on a machine with %v", l, Best()))
	}
	old := active.Swap(int32(l))
	return func() { active.Store(old) }
}

// Features lists the vector extensions that the processor and operating system offer, by their names in
// /proc/cpuinfo, in alphabetical order.
func Features() []string { return slices.Clone(machine.features) }

// Cores returns how many logical processors this process may use.
func Cores() int { return runtime.NumCPU() }

// ModelName returns the processor's name for itself, or GOARCH where it can't be asked.
func ModelName() string {
	if machine.model == "" {
		return runtime.GOARCH
	}
	return machine.model
}

// description is what detect finds.
type description struct {
	best     Level
	features []string
	model    string
}
