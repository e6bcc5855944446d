package cli

import (
	"context"
	"fmt"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/images"
	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

// imageJob is what a job that tells images' classes adds.
type imageJob struct {
	*job
	set   *imageSet
	train *data.Dataset
	val   *data.Dataset // nil: no validation part
}

// imageSet is images with their classes: of a data set that is known, or of a folder.
type imageSet struct {
	Name    string
	From    string
	Input   data.Input
	Classes []string
	Files   []dataset.File
	Train   *data.Dataset // Val's rows are not in it
	Val     *data.Dataset // nil: none
	Test    *data.Dataset // nil: none
	Broken  []images.Broken
}

// setImages makes j a job that tells images' classes.
func (j *job) setImages(ctx context.Context, c *call) error {
	r := j.recipe
	set, err := j.openImages(ctx, c)
	if err != nil {
		return err
	}
	k := &imageJob{job: j, set: set, train: set.Train, val: set.Val}
	if k.val != nil {
		j.config.Validate = k.validate
	}
	j.config.Best = r.Train.Weights == "best" || r.Train.Weights == "auto" && k.val != nil // a folder may bring its own
	m := r.Model
	err = j.build("model.hidden", model.MLPConfig{In: set.Input.Features(), Hidden: m.Hidden, Out: len(set.Classes), Activation: m.Activation})
	if err != nil {
		return err
	}
	loader := &data.Loader{Data: k.augmented(), Batch: r.Train.Batch, Shuffle: true, Seed: r.Seed}
	steps := r.Train.Steps
	if steps == 0 {
		j.config.Epochs = r.Train.Epochs
		steps = loader.Steps() * r.Train.Epochs
	}
	j.config.Loader = loader
	j.config.Optimizer = clipped(&r.Train, optimizer(&r.Train, steps, r.Train.WeightDecay))
	j.config.Watch.Samples = samples(k.train, r.Watch.Samples)
	j.kind = k
	return nil
}

// augmented is what is trained on: the training part, changed as the recipe says.
func (k *imageJob) augmented() data.Source {
	a := k.recipe.Data.Augment
	var s data.Source = k.train
	if plain := (recipe.Augment{Flip: "none", MixUp: a.MixUp}); a != plain {
		s = &images.Augment{
			Data: k.train, Seed: k.recipe.Seed, Flip: a.Flip == "horizontal", Shift: a.Shift, Rotate: a.Rotate, Zoom: a.Zoom, Colour: a.Colour, CutOut: a.CutOut,
		}
	}
	if a.MixUp > 0 {
		s = &data.MixUp{Data: s, Classes: len(k.set.Classes), Alpha: a.MixUp, Seed: k.recipe.Seed}
	}
	return s
}

func (k *imageJob) validate() (train.Metrics, error) {
	r, err := task.Evaluate(context.Background(), k.net, k.val, len(k.set.Classes))
	if err != nil {
		return nil, err
	}
	return train.Metrics{"loss": r.LogLoss, "accuracy": r.Accuracy}, nil
}

func (k *imageJob) settle() error { return nil }

func (k *imageJob) data() map[string]any {
	d := map[string]any{
		"name": k.set.Name, "from": k.set.From, "input": k.set.Input, "classes": k.set.Classes, "files": k.set.Files,
		"train": part(classCounts(k.train)),
	}
	if k.set.Test != nil {
		d["test"] = part(classCounts(k.set.Test))
	}
	if len(k.set.Broken) > 0 {
		d["broken"] = k.set.Broken
	}
	if k.val != nil {
		d["val"] = part(classCounts(k.val))
	}
	return d
}

func part(counts []int) map[string]any {
	n := 0
	for _, k := range counts {
		n += k
	}
	return map[string]any{"rows": n, "class_counts": counts}
}

func (k *imageJob) memory() (int64, data.Spec) {
	held := int64(0)
	for _, d := range []*data.Dataset{k.set.Train, k.set.Test} {
		held += tensorBytes(d.X) + tensorBytes(d.Y)
	}
	return held, task.EvalSpec(k.set.Test)
}

// describe is "48,000 rows (and 12,000 for validation), 784-500-10, 397,510 parameters".
func (k *imageJob) describe() string {
	s := count(k.train.Len()) + " rows"
	if k.val != nil {
		s += fmt.Sprintf(" (and %s for validation)", count(k.val.Len()))
	}
	s += fmt.Sprintf(", %d", k.set.Input.Features())
	for _, h := range k.recipe.Model.Hidden {
		s += fmt.Sprintf("-%d", h)
	}
	return s + fmt.Sprintf("-%d, %s", len(k.set.Classes), k.parameters())
}

func (k *imageJob) header() bundle.Header {
	h := bundle.Header{Input: k.set.Input, Classes: k.set.Classes}
	h.Provenance.Data = bundle.DataInfo{Name: k.set.Name, Train: k.train.Len(), Files: map[string]string{}}
	if k.val != nil {
		h.Provenance.Data.Val = k.val.Len()
	}
	for _, f := range k.set.Files {
		h.Provenance.Data.Files[f.Name] = f.SHA256
	}
	return h
}

// finish measures the model on the test part and says where everything is.
func (k *imageJob) finish(c *call, run *train.Run, o *trained) error {
	var report *task.Report
	if k.set.Test != nil {
		p, err := task.Predict(context.Background(), task.Classify, k.set.Classes, k.net, nil, k.set.Test, nil)
		if err != nil {
			return err
		}
		p.Data = k.set.Name
		if err := run.WriteFile(task.PredictionsFile, p.Write); err != nil {
			return err
		}
		if report, err = p.Report(); err != nil {
			return err
		}
		test := train.Metrics{"accuracy": report.Accuracy, "log_loss": report.LogLoss}
		o.Metrics["test"], o.Baseline = test, train.Metrics{"accuracy": report.Baseline}
		if err := run.Test(report.Rows, test); err != nil {
			return err
		}
	}
	if k.set.Test != nil {
		var err error
		if k.measured, err = k.measureImages("the test part of " + k.set.Name); err != nil {
			return err
		}
	}
	if c.json {
		return c.printJSON(o)
	}
	if report != nil {
		c.printf("test:    accuracy %s on %s rows (95 %% interval %s to %s)\n", percent(report.Accuracy), count(report.Rows), percent(report.Interval[0]), percent(report.Interval[1]))
		c.printf("         always the commonest class: %s\n", percent(report.Baseline))
	}
	o.print(c)
	me := program()
	c.printf("next:    %s eval %s\n         %s predict %s FILE\n", me, run.Dir, me, run.Dir)
	return nil
}
