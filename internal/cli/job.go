package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/report"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

// job is a recipe made into what train.Fit takes.
type job struct {
	recipe *recipe.Recipe
	arch   bundle.Architecture
	net    model.Model
	params grad.Params
	config train.Config
	kind   jobKind
	begun  bool // a step is done

	measured *report.Measured // by kind's finish, for the report; nil: nothing was

	rowTokens int // tokens of a row, which are what is counted; 0: rows are
}

// jobKind is what the kinds of jobs differ in.
type jobKind interface {
	data() map[string]any  // data.json
	describe() string      // data and network, for people
	header() bundle.Header // but for model and provenance's version, recipe and weights
	// settle fits what depends on the final weights, before the model file is written.
	settle() error
	// finish measures the trained model and prints what it came to.
	finish(c *call, run *train.Run, o *trained) error
	// memory tells what the data take, and what evaluation asks the model for at a time.
	memory() (held int64, asked data.Spec)
}

// newJob is openJob of what the memory is enough for.
func newJob(ctx context.Context, c *call, r *recipe.Recipe) (*job, error) {
	j, err := openJob(ctx, c, r)
	if err != nil {
		return nil, err
	}
	return j, j.admit()
}

// bareJob is a recipe's training without data and model.
func bareJob(r *recipe.Recipe) *job {
	j := &job{recipe: r}
	j.config = train.Config{
		Loss: task.Loss, Seed: r.Seed, Steps: r.Train.Steps, Accumulate: r.Train.Accumulate, Shards: int(r.Train.Shards), MaxTime: r.Train.MaxTime,
		Stop: train.Stop{Patience: r.Train.Stop.Patience, MinDelta: r.Train.Stop.MinDelta},
		Best: r.Train.Weights == "best" || r.Train.Weights == "auto" && r.Data.Val > 0,
	}
	j.config.Checkpoint = train.Checkpoint{
		Steps: r.Checkpoint.Steps, Interval: time.Duration(r.Checkpoint.Minutes * float64(time.Minute)), Keep: r.Checkpoint.Keep,
		MaxFailures: r.Checkpoint.MaxFailures, AnyCPU: r.Checkpoint.CPU == "any",
	}
	j.config.Stop.On = map[string]train.On{"auto": train.Auto, "val": train.Val, "train": train.Training}[r.Train.Stop.On]
	j.config.Watch = &train.Watch{Histograms: r.Watch.Histograms, Text: "```yaml\n" + string(r.YAML(false)) + "```\n"}
	return j
}

// openJob opens the data and builds the model, the optimizer and the loader.
func openJob(ctx context.Context, c *call, r *recipe.Recipe) (*job, error) {
	j := bareJob(r)
	var err error
	switch {
	case r.Task == "lm":
		err = j.setText()
	case len(r.Data.Target) > 0 || isTable(r.Data.Train) && !arePictures(r.Data.Train):
		err = j.setTable(ctx, c)
	case r.Task == "regress":
		err = configError(errors.New("task: regress is for tables; want data=FILE target=COLUMN"))
	default:
		if err = j.setImages(ctx, c); err == nil && r.Task == "auto" {
			err = r.Derive("task", "classify", "auto")
		}
	}
	if err != nil {
		return nil, err
	}
	_, pictures := j.kind.(*imageJob)
	_, isTable := j.kind.(*tableJob)
	if a := r.Data.Augment; !pictures && a.Any() && !(isTable && a == recipe.Augment{Flip: "none", MixUp: a.MixUp}) {
		return nil, configError(errors.New("data.augment is for pictures, and of tables there is data.augment.mixup"))
	}
	if err := j.config.Loader.Check(); err != nil {
		return nil, configError(err)
	}
	return j, j.cut()
}

// cut settles train.shards, so that the run's config says how it was trained.
func (j *job) cut() error {
	n, err := j.config.Cut()
	if err != nil || j.config.Shards > 0 {
		return err
	}
	j.config.Shards = n
	return j.recipe.Derive("train.shards", strconv.Itoa(n), "auto")
}

// build makes the architecture and the model; what can't be built is the fault of a key.
func (j *job) build(key string, config any) error {
	b, err := json.Marshal(config)
	if err != nil {
		return err
	}
	j.arch = bundle.Architecture{Name: j.recipe.Model.Name, Config: b}
	j.net, err = model.New(rng.NewSource(j.recipe.Seed), j.arch.Name, b)
	if err != nil {
		return configError(fmt.Errorf("%s: %w", key, err))
	}
	if j.params, err = nn.Params(j.net); err != nil {
		return err
	}
	j.config.Model = j.net
	return nil
}

// parameters is "397,510 parameters".
func (j *job) parameters() string { return count(j.params.Numel()) + " parameters" }

// optimizer makes what the recipe's train section says, with so much weight decay; steps is the length of the whole run.
func optimizer(t *recipe.Train, steps int, decay float64) optim.Optimizer {
	var s optim.Schedule
	switch warmup := int(t.Schedule.Warmup * float64(steps)); t.Schedule.Type {
	case "cosine":
		s = optim.Cosine{Steps: steps, Warmup: warmup, Min: t.Schedule.Min}
	default:
		s = optim.Constant{Warmup: warmup}
	}
	betas := [2]float64(t.Betas)
	switch t.Optimizer {
	case "sgd":
		return &optim.SGD{LR: t.LR, Momentum: t.Momentum, WeightDecay: decay, Schedule: s}
	case "adamw":
		return &optim.AdamW{LR: t.LR, Betas: betas, WeightDecay: decay, Schedule: s}
	}
	return &optim.Adam{LR: t.LR, Betas: betas, WeightDecay: decay, Schedule: s}
}

// clipped bounds the gradient's norm where the recipe says so.
func clipped(t *recipe.Train, o optim.Optimizer) optim.Optimizer {
	if t.Clip > 0 {
		return &optim.ClipNorm{Max: t.Clip, Opt: o}
	}
	return o
}

// header is the model file's, for weights of a Result.
func (j *job) header(weights string) bundle.Header {
	h := j.kind.header()
	h.Task, h.Model = j.recipe.Task, j.arch
	h.Provenance.Ingot, h.Provenance.Weights = thisBuild().Ingot, weights
	h.Provenance.Recipe = string(j.recipe.YAML(false, "out", "run", "checkpoint", "limits"))
	return h
}
