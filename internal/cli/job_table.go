package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/check"
	"github.com/ingot-ml/ingot/data/prep"
	tables "github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

// tableJob is what a job that learns a column of a table adds.
type tableJob struct {
	*job
	name    string
	file    dataset.File
	about   map[string]any // of the table, for data.json
	targets []string
	plan    *prep.Plan
	counts  []prep.Count
	rows    int // of the table
	parts   prep.Parts
	input   model.TableInput

	train, val, test *data.Dataset // val and test are nil where there is none
	weights          []float32     // of classes, in the loss; nil: none
	calibration      bundle.Calibration
}

// readingGC is by how many per cent the heap may grow between collections while a table is read, checked and encoded.
const readingGC = 10

// setTable makes j a job that learns a column of a table.
func (j *job) setTable(ctx context.Context, c *call) error {
	r := j.recipe
	f, err := findTable(ctx, c, r.Data.Train)
	if err != nil {
		return err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(readingGC)) // the table is most of the memory until it is encoded
	k := &tableJob{job: j, name: r.Data.Train}
	j.kind = k
	if k.targets, err = f.targets(r); err != nil {
		return err
	}
	t, parts, err := k.read(c, f)
	if err != nil {
		return err
	}
	return k.learn(c, f, t, parts)
}

// learn makes the job of the table's parts; it takes the table apart.
func (k *tableJob) learn(c *call, f *tableFile, t *tables.Table, parts prep.Parts) error {
	r := k.recipe
	if err := k.choose(len(parts.Train)); err != nil {
		return err
	}
	if err := k.prepare(c, f, t, parts); err != nil {
		return err
	}
	in := model.TableInput{Numbers: k.plan.Numbers(), Categories: k.plan.Categories(), Embedding: r.Model.Embedding}
	if in.Embedding == "ple" {
		in.Bins = prep.Bins(k.train, in.Numbers, r.Model.Bins)
	}
	k.input = in
	if err := k.build("model", tableModel(&r.Model, in, k.plan.Outputs())); err != nil {
		return err
	}
	return k.configure()
}

// read reads the table and divides its rows.
func (k *tableJob) read(c *call, f *tableFile) (*tables.Table, prep.Parts, error) {
	r := k.recipe
	t, err := f.readFor(r, f.options(r), k.targets)
	if err != nil {
		return nil, prep.Parts{}, err
	}
	t.Name = f.name
	if k.file, err = f.sum(); err != nil {
		return nil, prep.Parts{}, err
	}
	if err := f.wantColumns(t, "data.target", k.targets); err != nil {
		return nil, prep.Parts{}, err
	}
	labelled, without, err := prep.Labelled(t, k.targets)
	if err != nil {
		return nil, prep.Parts{}, fileError(f.name, err)
	}
	if n := len(without); n > 0 {
		if float64(n+t.BadN) > r.Data.BadRows*float64(t.Rows+t.BadN) {
			return nil, prep.Parts{}, fileError(f.name, fmt.Errorf("%s: %s of %s rows have no value in the target %s; they can be left out by data.limits.bad_rows=%.2g or more", t.Where(without[0]), count(n), count(t.Rows), strings.Join(k.targets, ", "), float64(n+t.BadN)/float64(t.Rows+t.BadN)+0.005))
		}
		c.note("%s: %s rows without a value in %s are left out, the first is %s\n", f.name, count(n), strings.Join(k.targets, ", "), t.Where(without[0]))
	}
	if t.BadN > 0 {
		c.note("%s: %s bad rows are left out, the first: %v\n", f.name, count(t.BadN), t.Bad[0])
	}
	if err := k.check(c, f, t); err != nil {
		return nil, prep.Parts{}, err
	}
	parts, err := k.split().Parts(t, labelled, k.stratum(t))
	if err != nil {
		return nil, parts, fileError(f.name, err)
	}
	k.about, k.rows, k.parts = aboutTable(t, f, k.file, parts), t.Rows, parts
	return t, parts, nil
}

// check refuses a table that `ingot check` fails, and notes its warnings.
func (k *tableJob) check(c *call, f *tableFile, t *tables.Table) error {
	report := check.Run(t, check.Options{Target: k.targets, BadRows: k.recipe.Data.BadRows, Folder: filepath.Dir(f.path)})
	warnings := 0
	for _, x := range report.Findings {
		if x.Level == check.Warn {
			warnings++
		}
	}
	if warnings > 0 {
		c.note("%s", wrap(fmt.Sprintf("%s: %s; `ingot check %s target=%s` tells more", f.name, plural(warnings, "warning"), f.name, strings.Join(k.targets, ",")), 2))
	}
	return failed(report)
}

// split is how the recipe wants rows held out.
func (k *tableJob) split() prep.Split {
	d := &k.recipe.Data
	s := prep.Split{By: d.By, Column: d.SplitColumn, Val: d.Val, Test: d.Test, Gap: d.GapNumber(), Seed: k.recipe.Seed}
	if s.By == "auto" {
		s.By = ""
	}
	return s
}

// stratum is the target where it is one column.
func (k *tableJob) stratum(t *tables.Table) *tables.Column {
	if len(k.targets) > 1 {
		return nil
	}
	return t.Lookup(k.targets[0])
}

// prepare fits the plan on the training rows and encodes the table, which it takes apart.
func (k *tableJob) prepare(c *call, f *tableFile, t *tables.Table, parts prep.Parts) error {
	r := k.recipe
	o := prep.Options{
		Targets: k.targets, Labelled: slices.Concat(parts.Train, parts.Val, parts.Test), Train: parts.Train, Seed: r.Seed,
		Scale: r.Data.Scale, Impute: r.Data.Impute, TargetScale: r.Data.TargetScale, Columns: map[string]prep.ColumnOptions{}, Apart: map[string]string{},
	}
	for _, c := range r.Data.Columns {
		p := prep.ColumnOptions{Drop: c.Drop, Scale: c.Scale, Impute: c.Impute, Encode: c.Encode, Optional: c.Optional}
		if c.Fill != nil {
			p.Fill = *c.Fill
		}
		o.Columns[c.Name] = p
	}
	if by := r.Data.By; by == "group" || by == "column" {
		o.Apart[r.Data.SplitColumn] = "the split is made by it"
	}
	var err error
	if k.plan, err = prep.Fit(t, o); err != nil {
		return fileError(f.name, err)
	}
	k.noteClasses(c, t)
	if err := k.settleTask(); err != nil {
		return err
	}
	for _, i := range k.plan.Ignored {
		c.note("%s: column %s isn't used: %s\n", f.name, i.Name, i.Reason)
	}
	d, counts, err := k.plan.Dataset(t, parts.Train, r.Seed)
	if err != nil {
		return fileError(f.name, err)
	}
	if err := d.Check(); err != nil {
		return fileError(f.name, err)
	}
	k.counts, k.train = counts, d.Subset(parts.Train)
	if len(parts.Val) > 0 {
		k.val = d.Subset(parts.Val)
	}
	if len(parts.Test) > 0 {
		k.test = d.Subset(parts.Test)
	}
	return nil
}

// fewValues is up to how many different whole numbers a target may well be of classes.
const fewValues = 10

// noteClasses says that a target of a few whole numbers, which nobody said to be one or the other, is learnt as a number.
func (k *tableJob) noteClasses(c *call, t *tables.Table) {
	if k.recipe.Task != "auto" || len(k.targets) > 1 || !k.plan.Regression() {
		return
	}
	target, seen := t.Lookup(k.targets[0]), map[float64]bool{}
	if target.Reason == "config" {
		return
	}
	for _, v := range target.Numbers {
		if v != v {
			continue
		}
		if seen[v] = true; v != math.Trunc(v) || len(seen) > fewValues {
			return
		}
	}
	c.note("target %s has %d different whole numbers and is learnt as a number; task=classify learns them as classes\n", k.targets[0], len(seen))
}

// settleTask is what task: auto comes to.
func (k *tableJob) settleTask() error {
	is := "classify"
	if k.plan.Regression() {
		is = "regress"
	}
	switch k.recipe.Task {
	case is:
		return nil
	case "auto":
		return k.recipe.Derive("task", is, "the target's type")
	}
	return configError(fmt.Errorf("task: %s isn't what target %s is for, a column of type %s", k.recipe.Task, k.targets[0], k.plan.Targets[0].Kind))
}

// tableModel is the config of the model that the recipe names.
func tableModel(m *recipe.Model, in model.TableInput, out int) any {
	switch m.Name {
	case "linear":
		return model.LinearConfig{TableInput: in, Out: out}
	case "resmlp":
		return model.ResMLPConfig{TableInput: in, Size: m.Size, Dropout: m.Dropout, Out: out}
	case "tabm":
		return model.TabMConfig{TableInput: in, Size: m.Size, Dropout: m.Dropout, Out: out}
	case "ft_transformer":
		in.Embedding = ""
		return model.FTTransformerConfig{TableInput: in, Size: m.Size, Dropout: m.Dropout, Out: out}
	}
	c := model.MLPConfig{TableInput: in, Size: m.Size, Dropout: m.Dropout, Out: out, Activation: m.Activation}
	if m.Size == "" {
		c.Hidden = m.Hidden
	}
	return c
}

// configure makes loss, loader, optimizer and validation.
func (k *tableJob) configure() error {
	r, j := k.recipe, k.job
	if counts := k.classCounts(k.train); counts != nil && (r.Train.ClassWeights == "balanced" || r.Train.ClassWeights == "auto" && task.Unbalanced(counts)) {
		k.weights = task.ClassWeights(counts)
	}
	src, err := k.augmented()
	if err != nil {
		return err
	}
	if j.config.Loss, err = task.TableLoss(k.plan, k.weights); err != nil {
		return err
	}
	loader := &data.Loader{Data: src, Batch: r.Train.Batch, Shuffle: true, Seed: r.Seed}
	steps := r.Train.Steps
	if steps == 0 {
		j.config.Epochs = r.Train.Epochs
		steps = loader.Steps() * r.Train.Epochs
	}
	j.config.Loader = loader
	j.config.Optimizer = clipped(&r.Train, optimizer(&r.Train, steps, r.Train.WeightDecay))
	if j.config.Best = r.Train.Weights == "best" || r.Train.Weights == "auto" && k.val != nil; k.val != nil {
		j.config.Validate = k.validate
	}
	return nil
}

// augmented is what is trained on: the training part, its rows mixed where the recipe says so.
func (k *tableJob) augmented() (data.Source, error) {
	alpha := k.recipe.Data.Augment.MixUp
	switch {
	case alpha == 0:
		return k.train, nil
	case k.input.Numbers == 0:
		return nil, configError(errors.New("data.augment.mixup: the table has no numbers to mix; categories have no mean"))
	}
	m := &data.MixUp{Data: k.train, Numbers: k.input.Numbers, Alpha: alpha, Seed: k.recipe.Seed}
	if k.train.Targets() == 0 {
		m.Classes = len(k.train.Classes)
	}
	return m, nil
}

// classCounts is nil where rows have no one class.
func (k *tableJob) classCounts(d *data.Dataset) []int {
	if d == nil || d.Targets() > 0 {
		return nil
	}
	return classCounts(d)
}

func (k *tableJob) validate() (train.Metrics, error) {
	p, err := task.PredictTable(context.Background(), k.plan, k.net, nil, k.val)
	if err != nil {
		return nil, err
	}
	return task.Validate(k.plan, p)
}

// calibrationRows is how many validation rows a temperature is fitted on at least: of fewer, chance decides it.
const calibrationRows = 200

// settle calibrates on the validation part, once the weights are final.
func (k *tableJob) settle() error {
	if k.val == nil || k.plan.Regression() || k.plan.Labels() {
		return nil
	}
	if k.val.Len() < calibrationRows && k.weights == nil && (k.recipe.Eval.Threshold == "auto" || k.recipe.Eval.Threshold == "none") {
		return nil
	}
	p, err := task.PredictTable(context.Background(), k.plan, k.net, nil, k.val)
	if err != nil {
		return err
	}
	by := ""
	switch t := k.recipe.Eval.Threshold; {
	case t == "auto" && k.weights != nil && len(p.Names) == 2:
		by = "f1"
	case t != "auto" && t != "none":
		by = t
	}
	k.calibration, err = task.FitCalibration(p.Output, len(p.Names), p.IDs, k.weights, by)
	return err
}

func (k *tableJob) memory() (int64, data.Spec) {
	return tensorBytes(k.train.X) + tensorBytes(k.train.Y), task.EvalSpec(k.train)
}

func (k *tableJob) header() bundle.Header {
	h := bundle.Header{Table: k.plan, Classes: k.plan.Classes(), Calibration: k.calibration}
	h.Provenance.Data = bundle.DataInfo{Name: k.name, Train: k.train.Len(), Files: map[string]string{k.file.Name: k.file.SHA256}}
	if k.val != nil {
		h.Provenance.Data.Val = k.val.Len()
	}
	return h
}
