package train

import (
	"time"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/nn"
)

// The sizes at which a batch is cut by itself. On two cores, shards of fewer rows were no faster than the whole batch with its
// ops on both; neither were those of models with more parameters, whose gradients cost more to add up.
const (
	shardRows   = 256
	shardParams = 1 << 18
	mostShards  = 4
)

// AutoShards returns into how many shards a batch of rows is cut for a model of so many parameters: one for every 256 rows, at
// most 4, where there are at most 262,144 parameters. It depends on nothing else, so that a run has the same bits everywhere.
// A model with buffers isn't cut: batch norm's statistics are those of what it sees at once.
func AutoShards(params, rows int, buffers bool) int {
	if params > shardParams || buffers {
		return 1
	}
	return min(max(rows/shardRows, 1), mostShards)
}

// Cut returns Shards, or what stands for 0.
func (c *Config) Cut() (int, error) {
	params, err := nn.Params(c.Model)
	if err != nil {
		return 0, err
	}
	state, err := nn.State(c.Model)
	return c.shards(params, len(state)), err
}

// shards is Cut for a model of these parameters and so many parameters and buffers.
func (c *Config) shards(params grad.Params, state int) int {
	if c.Shards > 0 {
		return c.Shards
	}
	x, _ := c.Loader.Spec()
	return AutoShards(params.Numel(), x.Shape[0], state > len(params))
}

// way is how a step's work is spread over the cores.
type way struct {
	shards int  // that run side by side
	alone  bool // ops don't use the pool
}

// pace finds the fastest way in the first steps: all give the same bits.
type pace struct {
	ways  []way
	fast  []time.Duration // the fastest step of each
	steps int             // probed so far
	use   way
}

// How a pace probes. The first steps, in which memory is taken, don't count; a slow step has ops large enough for all cores.
const (
	warmSteps  = 2
	probeTries = 5
	slowStep   = 10 * time.Millisecond
	worthwhile = 0.97 // of the time of the first way: the others have to be faster by more than what times swing
)

// newPace lists the ways of a job, the likeliest first.
func newPace(shards int) pace {
	workers := parallel.Workers()
	if workers == 1 {
		return pace{use: way{shards: 1}}
	}
	p := pace{ways: []way{{shards: 1}, {shards: 1, alone: true}}}
	if n := min(shards, workers); n > 1 {
		p.ways = append([]way{{shards: n}}, p.ways...)
	}
	p.fast, p.use = make([]time.Duration, len(p.ways)), p.ways[0]
	return p
}

func (p *pace) goroutines() int { return max(p.use.shards, 1) }

// next sets the way of the next step.
func (p *pace) next() {
	if n := p.steps - warmSteps; n >= 0 && p.ways != nil {
		p.use = p.ways[n%len(p.ways)]
	}
}

// took notes the time of a step of a full batch and settles the way when all were tried.
func (p *pace) took(d time.Duration) {
	if p.ways == nil {
		return
	}
	n := p.steps - warmSteps
	p.steps++
	switch {
	case n < 0:
		if n == -1 && d > slowStep {
			p.ways = nil
		}
		return
	case n < len(p.ways) || d < p.fast[n%len(p.ways)]:
		p.fast[n%len(p.ways)] = d
	}
	if n+1 < probeTries*len(p.ways) {
		return
	}
	p.use = p.ways[0]
	best := time.Duration(worthwhile * float64(p.fast[0]))
	for i, d := range p.fast[1:] {
		if d < best {
			best, p.use = d, p.ways[i+1]
		}
	}
	p.ways = nil
}

// paced is a step, in the way that is the fastest as far as is known.
func (f *fit) paced() error {
	f.pace.next()
	begun := time.Now()
	run := f.whole
	if f.pace.use.alone {
		run = f.alone
	}
	err := run()
	if f.pace.ways != nil {
		if x, _ := f.Loader.Spec(); f.batch.X.Dim(0) == x.Shape[0] {
			f.pace.took(time.Since(begun))
		}
	}
	return err
}

func (f *fit) whole() error { return f.tape.Step(grad.Train, f.step) }

// alone is a step whose ops don't use the pool.
func (f *fit) alone() (err error) {
	parallel.Alone(func() { err = f.whole() })
	return err
}
