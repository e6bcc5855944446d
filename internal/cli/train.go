package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/safetensors"
	"github.com/ingot-ml/ingot/train"
)

var trainVerb = verb{
	name: "train", args: "[recipe|config.yaml] [key=value …]", summary: "Train a network by a recipe or a file, and measure it",
	help: trainHelp(),
	min:  0, max: 1, settings: true, flags: []string{quietFlag}, run: runTrain,
}

func trainHelp() string {
	return `The run's folder holds all that is known of it: the settings, the machine, the
metrics and the model file. The model is measured on the test part at the end.
tensorboard --logdir runs shows it while it is trained. With --quiet nothing but
warnings and, in the end, the run's folder is printed.
Ctrl-C and SIGTERM finish the step, save the state, exit with 130 and say how to
go on; a second one leaves at once. ` + "`ingot resume`" + ` goes on also after a crash.

Keys and their defaults (recipes and files set others; see ` + "`ingot config show`" + `):
` + settingsHelp() + `
Examples:
  ingot train mnist
  ingot train fashion-mnist train.epochs=3 train.lr=3e-4
  ingot train digits model.hidden=[100,50] seed=7 --json
  ingot train data=pets/ data.image.size=32 data.split.test=20%
  ingot train chargpt data=my.txt train.steps=5000
  ingot train my.yaml data=mnist data.split.val=10%
  ingot train mnist data.split.val=5% train.epochs=0 train.stop.patience=3
  ingot train mnist run=wide model.hidden=[2000] 'tags=[baseline, wide]'
`
}

// trained is `train --json`.
type trained struct {
	Run       string                   `json:"run"`
	Model     string                   `json:"model"`
	Task      string                   `json:"task"`
	Epochs    int                      `json:"epochs"`
	Steps     int                      `json:"steps"`
	Seconds   float64                  `json:"seconds"`
	FirstStep float64                  `json:"first_step_seconds"` // from the start of the process
	Stopped   string                   `json:"stopped"`
	Weights   string                   `json:"weights"`
	SHA256    string                   `json:"weights_sha256"` // of the weights alone
	Metrics   map[string]train.Metrics `json:"metrics"`
	Intervals map[string][2]float64    `json:"intervals,omitempty"` // of the test metrics, 95 %
	Baseline  train.Metrics            `json:"baseline"`
}

func runTrain(ctx context.Context, c *call) error {
	r, err := loadRecipe(c, c.args)
	if err != nil {
		return err
	}
	defer limit(r)()
	run, err := newRun(r)
	if err != nil {
		return err
	}
	j, err := newJob(ctx, c, r)
	if err != nil {
		return errors.Join(err, run.Discard())
	}
	defer run.Close()
	if err := record(run, j); err != nil {
		return err
	}
	if err := c.train(ctx, j, run); err != nil {
		if !j.begun && !errors.Is(err, context.Canceled) { // such as a batch that doesn't fit the memory
			err = errors.Join(err, run.Discard())
		}
		return err
	}
	return nil
}

// train trains a job from its beginning or from config.Resume, saves and measures what came of it, and says so.
func (c *call) train(ctx context.Context, j *job, run *train.Run) error {
	p := newProgress(c.err)
	if p.quiet = c.quiet; !c.quiet {
		c.announce(j, run)
	}
	result, err := j.fit(ctx, p, run)
	if err != nil && !errors.Is(err, context.Canceled) {
		return explain(err, run)
	}
	o, saveErr := j.save(run, result)
	switch {
	case saveErr != nil:
		return errors.Join(err, saveErr)
	case err == nil:
		if err := j.kind.finish(c, run, o); err != nil {
			return err
		}
		if err := c.report(run, j.measured); err != nil {
			return err
		}
		if c.quiet && !c.json {
			fmt.Fprintln(c.out, run.Dir)
		}
		return run.Finish(o.SHA256)
	case err.Error() == context.Canceled.Error(): // nothing else went wrong
		return &interrupted{result.Stopped, o.Model, fmt.Sprintf("%s resume %s", program(), run.Dir)}
	}
	return kindOf("run", fmt.Errorf("%s: the weights are in %s; the state isn't saved, and resume goes on from the checkpoint before: %s",
		result.Stopped, o.Model, strings.TrimPrefix(err.Error(), context.Canceled.Error()+"\n")))
}

// newRun makes the run's folder with the settings in it, which are all that resume needs: it comes before anything slow.
func newRun(r *recipe.Recipe) (*train.Run, error) {
	run, err := newFolder(r, "")
	if err != nil {
		return nil, err
	}
	if err := writeConfig(run, r); err != nil {
		return nil, kindOf("run", errors.Join(err, run.Discard()))
	}
	return run, nil
}

// newFolder makes the run's folder: the recipe's, or the next of its name and suffix.
func newFolder(r *recipe.Recipe, suffix string) (*train.Run, error) {
	var run *train.Run
	var err error
	if r.Run == "" {
		run, err = train.NewRun(r.Out, r.Name+suffix)
	} else if run, err = train.CreateRun(filepath.Join(r.Out, r.Run)); errors.Is(err, fs.ErrExist) {
		return nil, configError(err)
	}
	if err != nil {
		return nil, kindOf("run", err)
	}
	return run, nil
}

func writeConfig(run *train.Run, r *recipe.Recipe) error {
	return run.WriteFile(train.ConfigFile, func(w io.Writer) error {
		_, err := w.Write(r.YAML(true))
		return err
	})
}

// record writes what is known before training.
func record(run *train.Run, j *job) error {
	if err := writeConfig(run, j.recipe); err != nil { // once more, with what follows from the data
		return err
	}
	if err := run.WriteJSON(train.DataFile, j.kind.data()); err != nil {
		return err
	}
	if err := run.WriteJSON(train.EnvFile, environment()); err != nil {
		return err
	}
	return run.WriteSums()
}

// environment is env.json.
func environment() map[string]any {
	return map[string]any{
		"begun": begun.UTC().Format(time.RFC3339Nano), "command": os.Args, "build": thisBuild(),
		"cpu": cpu.ModelName(), "level": cpu.Active().String(), "features": cpu.Features(), "cores": cpu.Cores(), "gomaxprocs": runtime.GOMAXPROCS(0),
	}
}

// announce says what is about to happen.
func (c *call) announce(j *job, run *train.Run) {
	c.note("%s", wrap(fmt.Sprintf("%s: %s, batches of %s, %s %g → %s", j.recipe.Name, j.kind.describe(), count(j.recipe.Train.Batch), j.recipe.Train.Optimizer, j.recipe.Train.LR, run.Dir), 2))
}

// fit trains with progress on stderr.
func (j *job) fit(ctx context.Context, p *progress, run *train.Run) (train.Result, error) {
	rate := 0.0
	j.config.Run, j.config.Checkpoint.Dir = run, run.Path(train.CheckpointDir)
	j.config.Hooks = train.Hooks{
		Progress: func(s train.Progress) {
			s.Rate *= float64(max(j.rowTokens, 1))
			rate = s.Rate
			if !j.begun {
				j.begun = true
				if err := run.Point(); err != nil {
					p.line("WARNING: %s doesn't point at this run: %v", train.Last, err)
				}
			}
			p.step(s)
		},
		Epoch:  func(e train.Epoch) { p.epoch(e, &j.config, rate) },
		Saving: func(s train.Saving) { p.saving(s, &j.config.Checkpoint) },
	}
	result, err := train.Fit(ctx, j.config)
	p.clear()
	return result, err
}

// interrupted is the end by Ctrl-C or SIGTERM: of a run, its weights and its state saved, or, without a model, of anything else.
type interrupted struct{ stopped, model, resume string }

func (i *interrupted) Error() string {
	if i.model == "" {
		return i.stopped
	}
	return i.stopped + ": the weights are in " + i.model + "; to go on: " + i.resume
}
func (i *interrupted) Unwrap() error { return context.Canceled }

// explain adds what to do about a NaN or a step that doesn't fit the memory.
func explain(err error, run *train.Run) error {
	if big := (*grad.MemoryError)(nil); errors.As(err, &big) {
		return configError(fmt.Errorf("train.batch: a step needs at least %s, and the machine leaves it %s: a smaller batch or model needs less",
			model.MemoryText(float64(big.Need)), model.MemoryText(float64(big.Max))))
	}
	if bad := (*grad.NonFiniteError)(nil); errors.As(err, &bad) {
		err = fmt.Errorf("%w; a lower train.lr or train.clip=1 often helps", err)
		if _, statErr := os.Stat(run.Path(train.LastFile)); statErr == nil { // not in the first step
			err = fmt.Errorf("%w; the weights before that step are in %s", err, run.Path(train.LastFile))
		}
	}
	return err
}

// save writes the model file.
func (j *job) save(run *train.Run, r train.Result) (*trained, error) {
	o := &trained{
		Run: run.Dir, Model: run.Path(train.ModelFile), Task: j.recipe.Task, Epochs: r.Epochs, Steps: r.Steps,
		Seconds: r.Elapsed.Seconds(), Stopped: r.Stopped, Weights: r.Weights,
		Metrics: map[string]train.Metrics{},
	}
	if !r.First.IsZero() {
		o.FirstStep = r.First.Sub(begun).Seconds()
	}
	if r.Val != nil {
		o.Metrics["val"] = r.Val
	}
	if err := j.kind.settle(); err != nil {
		return o, err
	}
	weights, err := state(j.net)
	if err != nil {
		return o, err
	}
	if o.SHA256, err = bundle.Sum(weights); err != nil {
		return o, err
	}
	return o, run.WriteFile(train.ModelFile, func(w io.Writer) error { return bundle.Write(w, j.header(r.Weights), weights) })
}

// state is the model's as safetensors writes it.
func state(model any) ([]safetensors.Entry, error) {
	entries, err := nn.State(model)
	if err != nil {
		return nil, err
	}
	r := make([]safetensors.Entry, len(entries))
	for i, e := range entries {
		r[i] = safetensors.Entry(e)
	}
	return r, nil
}

// print says how the training ended, for people.
func (o *trained) print(c *call) {
	c.printf("stopped: %s, in %s\nweights: %s\nmodel:   %s\n", o.Stopped, duration(asDuration(o.Seconds)), o.Weights, o.Model)
}
