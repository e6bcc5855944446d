package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

// job is a recipe made into what train.Fit takes.
type job struct {
	recipe *recipe.Recipe
	set    *dataset.Set
	train  *data.Dataset
	val    *data.Dataset // nil: no validation part
	arch   bundle.Architecture
	net    model.Model
	config train.Config
}

// newJob opens the data and builds the model, the optimizer and the loader.
func newJob(ctx context.Context, c *call, r *recipe.Recipe) (*job, error) {
	set, err := openData(ctx, c, r.Data.Train)
	if err != nil {
		return nil, err
	}
	j := &job{recipe: r, set: set, train: set.Train}
	if r.Data.Val > 0 {
		parts, err := set.Train.Split(r.Seed, r.Data.Val)
		if err != nil {
			return nil, configError(fmt.Errorf("data.split.val: %w", err))
		}
		j.train, j.val = parts[0], parts[1]
	}
	if err := j.build(); err != nil {
		return nil, err
	}
	loader := &data.Loader{Data: j.train, Batch: r.Train.Batch, Shuffle: true, Seed: r.Seed}
	params, err := nn.Params(j.net)
	if err != nil {
		return nil, err
	}
	j.config = train.Config{
		Model: j.net, Loss: task.Loss, Loader: loader, Seed: r.Seed,
		Optimizer: optimizer(&r.Train, loader.Steps()*r.Train.Epochs),
		Epochs:    r.Train.Epochs, MaxTime: r.Train.MaxTime, MaxBytes: model.MemoryLeft(params.Numel()),
		Stop: train.Stop{Patience: r.Train.Stop.Patience, MinDelta: r.Train.Stop.MinDelta},
		Best: r.Train.Weights == "best" || r.Train.Weights == "auto" && j.val != nil,
	}
	j.config.Stop.On = map[string]train.On{"auto": train.Auto, "val": train.Val, "train": train.Training}[r.Train.Stop.On]
	if j.val != nil {
		j.config.Validate = j.validate
	}
	return j, nil
}

// build makes the architecture and the model.
func (j *job) build() error {
	m := j.recipe.Model
	config, err := json.Marshal(model.MLPConfig{In: j.set.Input.Features(), Hidden: m.Hidden, Out: len(j.set.Classes), Activation: m.Activation})
	if err != nil {
		return err
	}
	j.arch = bundle.Architecture{Name: m.Name, Config: config}
	j.net, err = model.New(rng.NewSource(j.recipe.Seed), j.arch.Name, config)
	if err != nil {
		return configError(fmt.Errorf("model.hidden: %w", err))
	}
	return nil
}

func (j *job) validate() (train.Metrics, error) {
	r, err := task.Evaluate(context.Background(), j.net, j.val, len(j.set.Classes))
	if err != nil {
		return nil, err
	}
	return train.Metrics{"loss": r.LogLoss, "accuracy": r.Accuracy}, nil
}

// optimizer makes what train.optimizer, train.schedule and train.clip say; steps is the length of the whole run.
func optimizer(t *recipe.Train, steps int) optim.Optimizer {
	var s optim.Schedule
	switch warmup := int(t.Schedule.Warmup * float64(steps)); t.Schedule.Type {
	case "cosine":
		s = optim.Cosine{Steps: steps, Warmup: warmup}
	default:
		s = optim.Constant{Warmup: warmup}
	}
	var o optim.Optimizer
	switch t.Optimizer {
	case "sgd":
		o = &optim.SGD{LR: t.LR, Momentum: t.Momentum, WeightDecay: t.WeightDecay, Schedule: s}
	case "adamw":
		o = &optim.AdamW{LR: t.LR, WeightDecay: t.WeightDecay, Schedule: s}
	default:
		o = &optim.Adam{LR: t.LR, WeightDecay: t.WeightDecay, Schedule: s}
	}
	if t.Clip > 0 {
		o = &optim.ClipNorm{Max: t.Clip, Opt: o}
	}
	return o
}

// header is the model file's, for weights of a Result.
func (j *job) header(weights string) bundle.Header {
	h := bundle.Header{
		Task: "classify", Model: j.arch, Input: j.set.Input, Classes: j.set.Classes,
		Provenance: bundle.Provenance{
			Ingot: thisBuild().Ingot, Weights: weights,
			Recipe: string(j.recipe.YAML(false, "out", "run")),
			Data:   bundle.DataInfo{Name: j.set.Name, Train: j.train.Len(), Files: map[string]string{}},
		},
	}
	if j.val != nil {
		h.Provenance.Data.Val = j.val.Len()
	}
	for _, f := range j.set.Files {
		h.Provenance.Data.Files[f.Name] = f.SHA256
	}
	return h
}
