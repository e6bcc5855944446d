package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ingot-ml/ingot/data/prep"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

// folds trains and tests once for each of the parts.
func (d *trial) folds(ctx context.Context, c *call, all []prep.Parts) (*task.Folds, error) {
	s := &d.recipe.Data
	f := &task.Folds{Data: d.sum, Split: fmt.Sprintf("%s in %d folds, %d times, by %s %s, gap %v, seed %d",
		strings.Join(d.targets, ", "), d.numbers["folds"], d.numbers["repeat"], s.By, s.SplitColumn, s.GapNumber(), d.recipe.Seed)}
	for i, parts := range all {
		m, err := d.measure(ctx, c, parts, i == 0)
		if err != nil {
			return nil, err
		}
		c.note("fold %d of %d: %s rows tested\n", i+1, len(all), count(len(parts.Test)))
		f.Folds = append(f.Folds, task.Fold{Train: len(parts.Train) + len(parts.Val), Test: len(parts.Test), Metrics: m})
	}
	return f, nil
}

// sum fills in what the folds came to and returns it as text.
func (o *crossValidated) sum(f *task.Folds) string {
	o.Mean, o.SD = task.Values{}, task.Values{}
	for _, x := range f.Folds {
		o.Folds = append(o.Folds, x.Metrics)
	}
	t := table{align: "lrrrr"}
	t.add("", "MEAN", "SD", "LEAST", "MOST")
	for _, x := range tableMetrics {
		var values []float64
		for _, m := range o.Folds {
			if v, ok := m[x.name]; ok {
				values = append(values, v)
			}
		}
		if len(values) == len(o.Folds) {
			mean, sd := spread(values)
			o.Mean[x.name], o.SD[x.name] = mean, sd
			t.add(x.title, metricText(mean, x.share), metricText(sd, x.share), metricText(slices.Min(values), x.share), metricText(slices.Max(values), x.share))
		}
	}
	return t.String()
}

// record writes the run: its settings, the table, the machine, each fold's metrics, and in the log the means as those of the test.
func (d *trial) record(run *train.Run, f *task.Folds, mean task.Values) error {
	about := d.about
	for _, part := range []string{"train", "val", "test"} { // a fold has its own
		delete(about, part)
	}
	about["target"], about["split"] = d.targets, f.Split
	if err := writeConfig(run, d.recipe); err != nil {
		return err
	}
	for name, v := range map[string]any{train.DataFile: about, train.EnvFile: environment(), task.FoldsFile: f} {
		if err := run.WriteJSON(name, v); err != nil {
			return err
		}
	}
	rows := 0
	for _, x := range f.Folds {
		rows += x.Test
	}
	return errors.Join(run.WriteSums(), run.End(fmt.Sprintf("all %d folds are tested", len(f.Folds)), time.Since(begun)), run.Test(rows, train.Metrics(mean)))
}
