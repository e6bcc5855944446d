package cli

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"

	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/recipe"
)

// limit holds the process to the recipe's limits, until undo is called: the garbage collector works the harder the nearer memory
// comes to its limit, and no more threads run Go code at once than are wanted. Neither changes any bits.
func limit(r *recipe.Recipe) (undo func()) {
	memory := model.MemoryLimit()
	if n := int64(r.Limits.Memory); n > 0 {
		memory = min(memory, n)
	}
	oldMemory := debug.SetMemoryLimit(max(memory-codeBytes, 1))
	if r.Limits.Threads == 0 {
		return func() { debug.SetMemoryLimit(oldMemory) }
	}
	threads := min(int(r.Limits.Threads), runtime.GOMAXPROCS(0))
	oldProcs := runtime.GOMAXPROCS(threads)
	oldWorkers := parallel.SetWorkers(min(threads, parallel.Workers()))
	return func() {
		debug.SetMemoryLimit(oldMemory)
		runtime.GOMAXPROCS(oldProcs)
		parallel.SetWorkers(oldWorkers)
	}
}

// codeBytes is what the program's file takes in memory, which Go's limit doesn't count: 16.3 MiB while it trains, on Linux.
const codeBytes = 17 << 20

// memoryLimit is what a run may take, with limit in force.
func memoryLimit() int64 { return saturating(model.MemoryAvailable(), codeBytes) }

// admit refuses a job whose plan doesn't fit the memory, and gives a step what the rest of the plan leaves.
func (j *job) admit() error {
	p, err := j.plan()
	if err != nil {
		return err
	}
	if !p.Fits {
		cause := p.largest()
		return configError(fmt.Errorf("limits.memory: the run needs %s, and %s is there; most of it is for %s: %s needs less\n%s",
			model.MemoryText(float64(p.Bytes)), model.MemoryText(float64(p.Limit)), cause.Name, cause.cure, p))
	}
	j.config.MaxBytes = int(min(p.Limit-p.Bytes+p.part(stepPart), math.MaxInt))
	return nil
}
