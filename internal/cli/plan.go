package cli

import (
	"context"
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

var planVerb = verb{
	name: "plan", args: "[recipe|config.yaml] [key=value …]", summary: "Print the memory that a training takes, before it begins",
	help: `It opens the data and builds the network as train does, follows a step through
it without computing, and adds up. Train refuses what is more than the limit:
the least of limits.memory, GOMEMLIMIT, the control group's limit and what the
machine has to give.

Examples:
  ingot plan mnist
  ingot plan chargpt model.context=4096 limits.memory=4GiB
  ingot plan my.yaml --json
`,
	min: 0, max: 1, settings: true, run: runPlan,
}

// plan is the memory of a job, and `plan --json`.
type plan struct {
	Parts   []planPart `json:"parts"`
	Bytes   int64      `json:"bytes"` // all parts
	Limit   int64      `json:"limit"`
	Fits    bool       `json:"fits"`
	Shards  int        `json:"shards"`  // of a batch
	Threads int        `json:"threads"` // that work at once
}

type planPart struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Note  string `json:"note,omitempty"`

	cure string // what needs less
}

// programBytes is what the program takes before it has data: its code and Go's runtime. `ingot train digits`, whose other parts
// come to 3 MiB, peaks at 28 MiB on Linux.
const programBytes = 25 << 20

// stepPart is the name of the part that a step's values take.
const stepPart = "values of a step"

func runPlan(ctx context.Context, c *call) error {
	r, err := loadRecipe(c, c.args)
	if err != nil {
		return err
	}
	defer limit(r)()
	j, err := openJob(ctx, c, r)
	if err != nil {
		return err
	}
	p, err := j.plan()
	if err != nil {
		return err
	}
	if c.json {
		return c.printJSON(p)
	}
	c.printf("%s%s", wrap(r.Name+": "+j.kind.describe(), 2), p)
	c.printf("\nbatches of %d in %s, on %s\n", r.Train.Batch, plural(p.Shards, "shard"), plural(p.Threads, "core"))
	return nil
}

// plan adds up what the job takes at its highest.
func (j *job) plan() (*plan, error) {
	t := &j.recipe.Train
	step, err := j.config.StepBytes()
	if err != nil {
		return nil, configError(err)
	}
	held, asked := j.kind.memory()
	answer, err := train.AnswerBytes(j.net, asked)
	if err != nil {
		return nil, configError(err)
	}
	weights, err := stateBytes(j.net)
	if err != nil {
		return nil, err
	}
	gradient := 4 * int64(j.params.Numel())
	moments := gradient * optimizerMoments(t)
	copies := int64(1) // of the gradient: the step's, and each goroutine's that runs shards
	if max(t.Accumulate, 1)*j.config.Shards > 1 {
		copies += int64(min(j.config.Shards, parallel.Workers()))
	}
	x, y := j.config.Loader.Spec()
	smaller := "a smaller model"
	p := &plan{Shards: j.config.Shards, Threads: parallel.Workers(), Parts: []planPart{
		{"weights", weights, j.parameters(), smaller},
		{"gradients", copies * gradient, "", smaller},
		{"optimizer", moments, t.Optimizer, smaller},
		{stepPart, int64(step), specText(x), "a smaller train.batch, or train.accumulate"},
		{"batches", loaderBuffers * (specBytes(x) + specBytes(y)), "one is filled while the other is used", "a smaller train.batch"},
		{"evaluation", int64(answer) + loaderBuffers*specBytes(asked), specText(asked), "a smaller model or context"},
		{"data", held, "", "less data"},
		{"checkpoint", weights + moments, "a copy, while it is written", smaller},
		{"program", programBytes, "", ""},
	}}
	if j.config.Best {
		p.Parts = append(p.Parts, planPart{"best weights", 2 * weights, "kept, and in a checkpoint", smaller})
	}
	for _, part := range p.Parts {
		p.Bytes = saturating(p.Bytes, part.Bytes)
	}
	p.Limit = memoryLimit()
	p.Fits = p.Bytes <= p.Limit
	return p, nil
}

// loaderBuffers is how many batches a data.Loader holds.
const loaderBuffers = 2

// saturating is a sum that doesn't overflow.
func saturating(a, b int64) int64 {
	if b > math.MaxInt64-a {
		return math.MaxInt64
	}
	return a + b
}

// optimizerMoments is how many numbers the optimizer keeps of a parameter.
func optimizerMoments(t *recipe.Train) int64 {
	switch {
	case t.Optimizer != "sgd":
		return 2
	case t.Momentum > 0:
		return 1
	}
	return 0
}

func stateBytes(net model.Model) (int64, error) {
	state, err := nn.State(net)
	n := int64(0)
	for _, e := range state {
		n += tensorBytes(e.Tensor)
	}
	return n, err
}

func tensorBytes(t tensor.Tensor) int64 { return int64(t.Numel()) * int64(t.DType().Size()) }

func specBytes(s data.Spec) int64 { return int64(min(s.Bytes(), math.MaxInt64/8)) }

func specText(s data.Spec) string { return fmt.Sprintf("%s %v", s.DType, s.Shape) }

// String is the plan as a table.
func (p *plan) String() string {
	t := table{align: "lrl"}
	for _, part := range p.Parts {
		t.add("  "+part.Name, model.MemoryText(float64(part.Bytes)), part.Note)
	}
	t.add("  all together", model.MemoryText(float64(p.Bytes)), "")
	t.add("  limit", model.MemoryText(float64(p.Limit)), "")
	return t.String()
}

// largest is the part that takes the most of those that can be made smaller.
func (p *plan) largest() planPart {
	most := p.Parts[0]
	for _, part := range p.Parts[1:] {
		if part.Bytes > most.Bytes && part.cure != "" {
			most = part
		}
	}
	return most
}

// part is the memory of a part.
func (p *plan) part(name string) int64 {
	for _, part := range p.Parts {
		if part.Name == name {
			return part.Bytes
		}
	}
	return 0
}
