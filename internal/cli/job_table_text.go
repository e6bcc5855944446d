package cli

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/prep"
	tables "github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/report"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

// columnInfo is what data.json says of a column.
type columnInfo struct {
	tables.Field
	Missing int      `json:"missing"`
	Levels  int      `json:"levels,omitempty"`
	Min     *float64 `json:"min,omitempty"` // of a date in seconds since 1970-01-01
	Max     *float64 `json:"max,omitempty"`
	Mean    *float64 `json:"mean,omitempty"`
}

// aboutTable is what data.json says of a table, but for its target's classes.
func aboutTable(t *tables.Table, f *tableFile, file dataset.File, parts prep.Parts) map[string]any {
	var columns []columnInfo
	for _, c := range t.Columns {
		columns = append(columns, aboutColumn(c))
	}
	from := filepath.Dir(f.path)
	if f.known != nil {
		from = "known"
	}
	return map[string]any{
		"name": f.name, "from": from, "format": t.Format, "rows": t.Rows, "bad_rows": t.BadN, "files": []dataset.File{file}, "columns": columns,
		"train": map[string]any{"rows": len(parts.Train)}, "val": map[string]any{"rows": len(parts.Val)}, "test": map[string]any{"rows": len(parts.Test)},
	}
}

func aboutColumn(c *tables.Column) columnInfo {
	i := columnInfo{Field: c.Field, Levels: len(c.Levels)}
	for _, code := range c.Codes {
		if code < 0 {
			i.Missing++
		}
	}
	for _, s := range c.Strings {
		if s == "" {
			i.Missing++
		}
	}
	lo, hi, sum := math.Inf(1), math.Inf(-1), 0.0
	for _, v := range c.Numbers {
		if math.IsNaN(v) {
			i.Missing++
			continue
		}
		lo, hi, sum = min(lo, v), max(hi, v), sum+v
	}
	if n := len(c.Numbers) - i.Missing; n > 0 {
		i.Min, i.Max, i.Mean = finite(lo), finite(hi), finite(sum/float64(n))
	}
	return i
}

func (k *tableJob) data() map[string]any {
	d := k.about
	d["target"] = k.targets
	if classes := k.plan.Classes(); classes != nil {
		d["classes"] = classes
		d["train"].(map[string]any)["class_counts"] = k.classCounts(k.train)
	}
	d["ignored"] = k.plan.Ignored
	return d
}

// describe is "24,421 rows (and 3,053 for validation), 14 columns → income (2 classes), mlp, 1,234 parameters".
func (k *tableJob) describe() string {
	s := count(k.train.Len()) + " rows"
	if k.val != nil {
		s += fmt.Sprintf(" (and %s for validation)", count(k.val.Len()))
	}
	s += fmt.Sprintf(", %d columns → %s", len(k.plan.Inputs), strings.Join(k.targets, ", "))
	switch n := len(k.plan.Classes()); {
	case k.plan.Labels():
		s += " (labels)"
	case n > 0:
		s += fmt.Sprintf(" (%d classes)", n)
	}
	return s + fmt.Sprintf(", %s, %s", k.recipe.Model.Name, k.parameters())
}

// tableMetrics are the metrics of tables in the order they are shown.
var tableMetrics = []struct {
	name, title string
	share       bool
}{
	{"accuracy", "accuracy", true}, {"balanced_accuracy", "balanced accuracy", true}, {"subset_accuracy", "all labels right", true}, {"f1", "F1", false},
	{"roc_auc", "ROC AUC", false}, {"pr_auc", "PR AUC", false}, {"log_loss", "log loss", false}, {"brier", "Brier score", false},
	{"ece", "calibration error", false}, {"rmse", "RMSE", false}, {"mae", "MAE", false}, {"r2", "R²", false}, {"mape", "MAPE", true},
}

// evaluationText is a table of metrics with their intervals, beside those of the baselines.
func evaluationText(e *task.Evaluation) string {
	t := table{align: "lrr"}
	head := []string{"", "MODEL", "95 % INTERVAL"}
	for _, b := range e.Baselines {
		head = append(head, strings.ToUpper(b.Name))
		t.align += "r"
	}
	t.add(head...)
	for _, x := range tableMetrics {
		v, ok := e.Metrics[x.name]
		if !ok {
			continue
		}
		interval := ""
		if i, ok := e.Intervals[x.name]; ok {
			interval = metricText(i[0], x.share) + " to " + metricText(i[1], x.share)
		}
		row := []string{x.title, metricText(v, x.share), interval}
		for _, b := range e.Baselines {
			other := "-"
			if v, ok := b.Metrics[x.name]; ok {
				other = metricText(v, x.share)
			}
			row = append(row, other)
		}
		t.add(row...)
	}
	return t.String()
}

func metricText(v float64, share bool) string {
	if share {
		return percent(v)
	}
	return fmt.Sprintf("%.4g", v)
}

// mostDrawn bounds the rows that the bootstrap draws in all, and leastResamples is what it draws of any number of rows.
const (
	mostDrawn      = 200_000_000
	leastResamples = 100
)

// resamples is how many the intervals of so many rows are taken from.
func resamples(r *recipe.Recipe, rows int) int {
	return min(r.Eval.CI, max(mostDrawn/rows, leastResamples))
}

// evaluate measures predictions beside those of the baselines.
func (k *tableJob) evaluate(d *data.Dataset) (*task.Predictions, *task.Evaluation, error) {
	p, err := task.PredictTable(context.Background(), k.plan, k.net, &k.calibration, d)
	if err != nil {
		return nil, nil, err
	}
	p.Data = k.file.SHA256
	base, names, err := task.TableBaselines(context.Background(), k.plan, k.input, k.train, d, p, k.recipe.Eval.Baseline)
	if err != nil {
		return nil, nil, err
	}
	e, err := task.Measure(p, task.MeasureOptions{
		Resamples: resamples(k.recipe, d.Len()), Seed: k.recipe.Seed, Baselines: base, Names: names,
	})
	return p, e, err
}

// finish measures the model on the test part and says where everything is.
func (k *tableJob) finish(c *call, run *train.Run, o *trained) error {
	if err := writeParts(run, k.rows, k.parts); err != nil {
		return err
	}
	o.Baseline = train.Metrics{}
	if k.test != nil {
		p, e, err := k.evaluate(k.test)
		if err != nil {
			return err
		}
		o.Metrics["test"], o.Intervals, o.Baseline = train.Metrics(e.Metrics), e.Intervals, train.Metrics(e.Baselines[0].Metrics)
		k.measured = &report.Measured{Evaluation: e, Part: "the test part of " + k.name, Mistakes: report.Mistakes(p, mistakesShown)}
		if err := run.WriteFile(task.PredictionsFile, p.Write); err != nil {
			return err
		}
		if err := run.Test(e.Rows, o.Metrics["test"]); err != nil {
			return err
		}
		if !c.json {
			c.printf("test:    %s rows\n%s", count(e.Rows), indent(evaluationText(e), 9))
		}
	}
	if c.json {
		return c.printJSON(o)
	}
	if t := k.calibration.Threshold; t > 0 {
		c.printf("         %q is said from a probability of %.3g on, where %s is best on the validation part\n", k.plan.Classes()[1], t, k.calibration.ThresholdBy)
	}
	o.print(c)
	me := program()
	c.printf("next:    %s eval %s\n         %s predict %s FILE.csv\n", me, run.Dir, me, run.Dir)
	return nil
}

// indent puts spaces before each line.
func indent(text string, n int) string {
	lines := strings.SplitAfter(text, "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" })
	return strings.Repeat(" ", n) + strings.Join(lines, strings.Repeat(" ", n))
}
