package cli

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/idx"
	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

var evalVerb = verb{
	name: "eval", args: "RUN [DATA] [by=COLUMN]", summary: "Measure a model on the test part of its data, or on other data",
	help: `RUN is a run's folder, runs/last or a model file. DATA is the name of a known
data set, a folder with a folder of pictures for each class, a CSV file with the
columns path and label, or two IDX files joined by a comma: images,labels. Of a
folder with a test folder in it, that is measured. The baseline is the accuracy
of always saying the commonest class of the rows measured; the interval is
Wilson's, 95 %.

A table's model is measured on what its run kept for the test, or on all rows of
a CSV, JSON lines or Parquet file, which must have the target; with by=COLUMN
also the rows of each value of a column by themselves, of numbers in quarters.

A language model is measured in nats on what its run held out of its text, or on
all of another text: the name of a known one, or a file.

Examples:
  ingot eval runs/last
  ingot eval runs/mnist-1 --json
  ingot eval model.safetensors images-idx3-ubyte.gz,labels-idx1-ubyte.gz
  ingot eval runs/last pets/test
  ingot eval runs/adult-1 new.csv
  ingot eval runs/adult-1 by=sex
  ingot eval runs/chargpt-1 other.txt
`,
	min: 1, max: 2, settings: true, run: runEval,
}

// evaluated is `eval --json`.
type evaluated struct {
	Run       string                `json:"run"`
	Data      string                `json:"data"`
	Rows      int                   `json:"rows"`
	Metrics   train.Metrics         `json:"metrics"`
	Intervals map[string][2]float64 `json:"intervals"`
	Baseline  train.Metrics         `json:"baseline"`
	Classes   []classResult         `json:"classes"`
	Confusion [][]int               `json:"confusion"` // [true][predicted]
}

type classResult struct {
	Class     string   `json:"class"`
	Rows      int      `json:"rows"`
	Precision *float64 `json:"precision"` // null: the class was never predicted
	Recall    *float64 `json:"recall"`    // null: there is none of it
}

func runEval(ctx context.Context, c *call) error {
	m, err := openModel(c.args[0])
	if err != nil {
		return err
	}
	if len(c.settings) > 0 && m.Table == nil {
		return usagef("eval has no setting %s: by=COLUMN is for tables", c.settings[0])
	}
	if m.Task == "lm" {
		return evalLanguage(ctx, c, m)
	}
	if m.Table != nil {
		return evalTable(ctx, c, m)
	}
	name := m.Provenance.Data.Name
	if len(c.args) > 1 {
		name = c.args[1]
	}
	rows, err := evalData(ctx, c, name, m.Bundle, len(c.args) == 1)
	if err != nil {
		return err
	}
	p, err := task.Predict(ctx, task.Classify, m.Classes, m.net, &m.Calibration, rows, nil)
	if err != nil {
		return err
	}
	r, err := p.Report()
	if err != nil {
		return err
	}
	e, err := task.Measure(p, task.MeasureOptions{Resamples: evalResamples})
	if err != nil {
		return err
	}
	if c.json {
		return c.printJSON(evalJSON(m, name, r, e))
	}
	c.printf("%s", evalText(m, name, r, e))
	return nil
}

// evalData opens what is measured on: the test part of a known data set, pictures, or a pair of IDX files; own: name is that of the
// model's own data.
func evalData(ctx context.Context, c *call, name string, b *bundle.Bundle, own bool) (*data.Dataset, error) {
	if images, labels, ok := strings.Cut(name, ","); ok {
		if images == "" || labels == "" {
			return nil, usagef("found %q, want two IDX files joined by a comma: images,labels", name)
		}
		d, err := idxPair(images, labels, b)
		return d, dataError(err)
	}
	if arePictures(name) {
		return evalPictures(ctx, c, name, b, own)
	}
	set, err := openData(ctx, c, name)
	if err != nil {
		return nil, err
	}
	if in := set.Input; in.Height != b.Input.Height || in.Width != b.Input.Width || in.Channels != b.Input.Channels || len(set.Classes) != len(b.Classes) {
		return nil, dataError(fmt.Errorf("%s has %dx%d images in %d classes; the model takes %dx%d in %d classes",
			name, in.Height, in.Width, len(set.Classes), b.Input.Height, b.Input.Width, len(b.Classes)))
	}
	if !slices.Equal(set.Classes, b.Classes) {
		return nil, dataError(fmt.Errorf("%s has the classes %s; the model tells %s apart", name, strings.Join(set.Classes, ", "), strings.Join(b.Classes, ", ")))
	}
	d := *set.Test
	d.Input = b.Input // as the model was trained
	return &d, nil
}

func idxPair(images, labels string, b *bundle.Bundle) (*data.Dataset, error) {
	x, err := idx.Open(images)
	if err != nil {
		return nil, err
	}
	y, err := idx.Open(labels)
	if err != nil {
		return nil, err
	}
	d, err := dataset.FromIDX(x, y, b.Input, b.Classes)
	if err != nil {
		return nil, fileError(images, fmt.Errorf("%s with %s: %w", images, labels, err))
	}
	return d, nil
}

// evalResamples is how often the bootstrap draws.
const evalResamples = 1000

func evalJSON(m *opened, name string, r *task.Report, e *task.Evaluation) evaluated {
	o := evaluated{
		Run: m.name, Data: name, Rows: r.Rows, Confusion: r.Confusion,
		Metrics: train.Metrics(e.Metrics), Intervals: e.Intervals,
		Baseline: train.Metrics{"accuracy": r.Baseline},
	}
	o.Metrics["log_loss"], o.Intervals["accuracy"] = r.LogLoss, r.Interval
	for k, s := range r.Scores {
		o.Classes = append(o.Classes, classResult{m.Classes[k], s.Support, finite(s.Precision), finite(s.Recall)})
	}
	return o
}

// finite is nil for NaN, which JSON can't say.
func finite(x float64) *float64 {
	if math.IsNaN(x) {
		return nil
	}
	return &x
}

func evalText(m *opened, name string, r *task.Report, e *task.Evaluation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s on %s, %s rows\n\n", m.name, name, count(r.Rows))
	fmt.Fprintf(&b, "accuracy  %s  (95 %% interval %s to %s)\n", percent(r.Accuracy), percent(r.Interval[0]), percent(r.Interval[1]))
	fmt.Fprintf(&b, "baseline  %s  (always the commonest class)\n\n", percent(r.Baseline))
	scores := table{align: "lrr"}
	scores.add("", "VALUE", "95 % INTERVAL")
	for _, x := range []struct{ key, title string }{
		{"log_loss", "log loss"}, {"brier", "Brier score"}, {"ece", "calibration error"}, {"balanced_accuracy", "balanced accuracy"},
		{"f1", "F1"}, {"roc_auc", "ROC AUC"}, {"pr_auc", "PR AUC"},
	} {
		if v, ok := e.Metrics[x.key]; ok {
			scores.add(x.title, fmt.Sprintf("%.4f", v), fmt.Sprintf("%.4f to %.4f", e.Intervals[x.key][0], e.Intervals[x.key][1]))
		}
	}
	fmt.Fprintf(&b, "%s\n", scores.String())
	t := table{align: "lrrr"}
	t.add("CLASS", "ROWS", "PRECISION", "RECALL")
	for k, s := range r.Scores {
		t.add(shorten(m.Classes[k], 24), count(s.Support), share(s.Precision), share(s.Recall))
	}
	fmt.Fprintf(&b, "%s\n%s", t.String(), confusionText(m.Classes, r.Confusion))
	return b.String()
}

func share(x float64) string {
	if math.IsNaN(x) {
		return "-"
	}
	return percent(x)
}
