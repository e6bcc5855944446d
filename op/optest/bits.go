package optest

import (
	"fmt"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/rng"
)

func streamOf(i int) rng.Stream { return rng.Stream{Seed: 7}.Sub(uint64(i)) }

// sameBits runs the trial with 1 to 8 workers and each instruction set. The vector widths must agree to the bit; the Go
// loops agree among themselves, and with the vectors within the tolerance.
func (c *Case) sameBits(t reporter, tr *trial) {
	t.Helper()
	var vector, plain *outcome
	for level := cpu.Best(); level >= cpu.Go; level-- {
		restore := cpu.Force(level)
		for _, workers := range []int{1, 2, 3, 8} {
			old := parallel.SetWorkers(workers)
			o, err := tr.try(setup{cfg: grad.Config{Poison: workers == 3}})
			parallel.SetWorkers(old)
			if err != nil {
				restore()
				t.Fatalf("%v", err)
			}
			first := &vector
			if level == cpu.Go {
				first = &plain
			}
			if *first == nil {
				*first = &o
			}
			tr.equal(t, fmt.Sprintf("%v with %d workers", level, workers), o, **first)
		}
		restore()
	}
	if vector != nil {
		o := *vector
		for i := range o.grads {
			if o.grads[i].Valid() {
				o.grads[i] = exact(widen(o.grads[i]))
			}
		}
		o.y = exact(widen(o.y))
		tr.compare(t, "Go loops", *plain, o)
	}
}
