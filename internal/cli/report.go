package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"io"
	"path/filepath"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/report"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

var reportVerb = verb{
	name: "report", args: "RUN", summary: "Write a run's page, model card and plots anew",
	help: `train writes them at its end. This writes them of what the folder holds now,
also of a run that is at work or was stopped: report.html, one file that wants
no network; card.md, a model card; plots/, each plot as SVG and PNG.

Examples:
  ingot report runs/last
  ingot report runs/mnist-1 --json
`,
	min: 1, max: 1, run: runReport,
}

func runReport(_ context.Context, c *call) error {
	dir, err := train.FindRun(c.args[0])
	if err != nil {
		return dataError(err)
	}
	if err := writeReport(dir); err != nil {
		return err
	}
	page, card := filepath.Join(dir, report.PageFile), filepath.Join(dir, report.CardFile)
	if c.json {
		return c.printJSON(map[string]string{"run": dir, "page": page, "card": card})
	}
	c.printf("page: %s\ncard: %s\n", page, card)
	return nil
}

// writeReport writes the report of what a run's folder holds.
func writeReport(dir string) error {
	r, err := report.Read(dir)
	if err != nil {
		return dataError(err)
	}
	return r.Write(
		func(name string) error { return fs.MkdirAll(filepath.Join(dir, name)) },
		func(name string, content func(io.Writer) error) error {
			return fs.WriteFile(filepath.Join(dir, name), content)
		})
}

// report writes what was measured and the report of a run that is done.
func (c *call) report(run *train.Run, m *report.Measured) error {
	if m != nil {
		b, err := json.Marshal(m)
		if err != nil {
			return err
		}
		err = run.WriteFile(report.MeasuredFile, func(w io.Writer) error {
			_, err := w.Write(b)
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := writeReport(run.Dir); err != nil {
		return err
	}
	if !c.json {
		c.printf("report:  %s\n", run.Path(report.PageFile))
	}
	return nil
}

// mistakesShown is how many of the worst mistakes a report shows.
const mistakesShown = 12

// measureImages is what a report tells of the test part; part says what that is.
func (k *imageJob) measureImages(part string) (*report.Measured, error) {
	p, err := task.Predict(context.Background(), task.Classify, k.set.Classes, k.net, nil, k.set.Test, nil)
	if err != nil {
		return nil, err
	}
	e, err := task.Measure(p, task.MeasureOptions{
		Resamples: 1000, Seed: k.recipe.Seed, Baselines: []*task.Predictions{alwaysShares(p, classCounts(k.train))}, Names: []string{"majority"},
	})
	if err != nil {
		return nil, err
	}
	m := &report.Measured{Evaluation: e, Part: part, Mistakes: report.Mistakes(p, mistakesShown)}
	for i := range m.Mistakes {
		if m.Mistakes[i].Picture, err = pictureOf(k.set.Test, int(m.Mistakes[i].Row)); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// alwaysShares says of each row that a class is as likely as it is common in the training rows.
func alwaysShares(p *task.Predictions, counts []int) *task.Predictions {
	b := *p
	b.Output = make([]float32, len(p.Output))
	n := 0
	for _, k := range counts {
		n += k
	}
	for i := range b.Output {
		b.Output[i] = float32(counts[i%len(counts)]) / float32(n)
	}
	return &b
}

// pictureOf is a row of the whole data as PNG, of data that are grey images; nil of others.
func pictureOf(d *data.Dataset, row int) ([]byte, error) {
	if d.X.DType() != tensor.U8 || d.Input.Channels != 1 {
		return nil, nil
	}
	whole := &data.Dataset{X: d.X, Y: d.Y, Input: d.Input, Classes: d.Classes}
	var b bytes.Buffer
	err := png.Encode(&b, greyPicture(whole, row))
	return b.Bytes(), err
}
