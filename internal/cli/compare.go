package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

var compareVerb = verb{
	name: "compare", args: "RUN RUN…", summary: "Test whether runs differ on the same test rows",
	help: `Two numbers aren't a comparison. The runs must have been tested on the same
rows, and are compared row by row; others are refused. Runs on the same data
with the same seed and split have the same test rows.

Accuracy has McNemar's test (mid-p), the other metrics a paired bootstrap. Runs
of ` + "`ingot cv`" + ` with the same folds are compared fold by fold, by the corrected
resampled t-test of Nadeau and Bengio. Of more than two runs every
pair is compared, and p is adjusted for that by Holm's method.

Examples:
  ingot compare runs/table-1 runs/table-2
  ingot compare runs/heart-disease-cv-1 runs/heart-disease-cv-2
  ingot compare runs/mnist-1 runs/mnist-2 runs/mnist-3 --json
`,
	min: 2, max: -1, run: runCompare,
}

// compared is `compare --json`.
type compared struct {
	Runs  []string `json:"runs"`
	Rows  int      `json:"rows"` // of the test part
	Pairs []pair   `json:"pairs"`
}

// pair is two runs.
type pair struct {
	A           string             `json:"a"`
	B           string             `json:"b"`
	Comparisons []*task.Comparison `json:"comparisons"`
	Folds       []*task.Comparison `json:"folds,omitempty"` // of a cross-validation
}

// testedRun is what a run keeps to be compared by.
type testedRun struct {
	dir         string
	predictions *task.Predictions // nil: of a cross-validation
	folds       *task.Folds       // nil: none
}

// compareResamples is how often the bootstrap draws; p isn't below 2/(compareResamples + 1).
const compareResamples = 2000

func runCompare(ctx context.Context, c *call) error {
	var runs []*testedRun
	o := compared{}
	for _, path := range c.args {
		r, err := openTested(path)
		if err != nil {
			return err
		}
		runs = append(runs, r)
		o.Runs = append(o.Runs, r.dir)
	}
	if p := runs[0].predictions; p != nil {
		o.Rows = len(p.Rows)
	}
	var all, folds []*task.Comparison
	for i, a := range runs {
		for _, b := range runs[i+1:] {
			if err := ctx.Err(); err != nil {
				return err
			}
			p, err := comparePair(a, b)
			if err != nil {
				return err
			}
			o.Pairs = append(o.Pairs, p)
			all, folds = append(all, p.Comparisons...), append(folds, p.Folds...)
		}
	}
	task.Holm(all)
	task.Holm(folds)
	if c.json {
		return c.printJSON(o)
	}
	for i, p := range o.Pairs {
		if i > 0 {
			c.printf("\n")
		}
		c.printf("A  %s\nB  %s\n", p.A, p.B)
		if len(p.Comparisons) > 0 {
			c.printf("\non %s test rows\n\n%s", count(o.Rows), compareText(p.Comparisons, len(runs) > 2))
		}
		if p.Folds != nil {
			c.printf("\nin the %d folds of a cross-validation\n\n%s", len(runs[0].folds.Folds), compareText(p.Folds, len(runs) > 2))
		}
	}
	return nil
}

// openTested reads what a run keeps to be compared by.
func openTested(path string) (*testedRun, error) {
	dir, err := train.FindRun(path)
	if err != nil {
		return nil, dataError(err)
	}
	r := &testedRun{dir: dir}
	if r.folds, err = readFolds(filepath.Join(dir, task.FoldsFile)); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, task.PredictionsFile)
	content, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && r.folds != nil:
		return r, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fileError(file, fmt.Errorf("run %s has no %s: it had no test part, wasn't finished, or was made before runs kept their answers; train it again", dir, task.PredictionsFile))
	case err != nil:
		return nil, fileError(file, err)
	}
	if r.predictions, err = task.ReadPredictions(content, file); err != nil {
		return nil, fileError(file, err)
	}
	return r, nil
}

// readFolds reads the results of a cross-validation; nil where there are none.
func readFolds(file string) (*task.Folds, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fileError(file, err)
	}
	f := &task.Folds{}
	if err := json.Unmarshal(content, f); err != nil {
		return nil, fileError(file, fmt.Errorf("%s: %w", file, err))
	}
	return f, nil
}

// comparePair compares what both runs have.
func comparePair(a, b *testedRun) (pair, error) {
	p := pair{A: a.dir, B: b.dir, Comparisons: []*task.Comparison{}}
	if a.predictions != nil && b.predictions != nil {
		cs, err := task.Compare(a.predictions, b.predictions, compareResamples, 0)
		if err != nil {
			return p, dataError(fmt.Errorf("%s and %s can't be compared: %w", a.dir, b.dir, err))
		}
		p.Comparisons = pointers(cs)
	}
	switch {
	case a.folds != nil && b.folds != nil:
		cs, err := task.CompareFolds(a.folds, b.folds)
		if err != nil {
			return p, dataError(fmt.Errorf("the cross-validations of %s and %s can't be compared: %w", a.dir, b.dir, err))
		}
		p.Folds = pointers(cs)
	case a.predictions == nil || b.predictions == nil:
		return p, dataError(fmt.Errorf("%s and %s can't be compared: one is a cross-validation, the other isn't", a.dir, b.dir))
	}
	return p, nil
}

func pointers(cs []task.Comparison) []*task.Comparison {
	r := make([]*task.Comparison, len(cs))
	for i := range cs {
		r[i] = &cs[i]
	}
	return r
}

// compareText is a table of comparisons; holm: with p adjusted.
func compareText(cs []*task.Comparison, holm bool) string {
	t := table{align: "lrrrrrr"}
	head := []string{"", "A", "B", "B LESS A", "95 % INTERVAL", "P"}
	if holm {
		head = append(head, "HOLM")
	}
	t.add(head...)
	for _, c := range cs {
		interval := ""
		if c.Interval != nil {
			interval = fmt.Sprintf("%+.4f to %+.4f", c.Interval[0], c.Interval[1])
		}
		row := []string{c.Metric, fmt.Sprintf("%.4f", c.A), fmt.Sprintf("%.4f", c.B), fmt.Sprintf("%+.4f", c.Difference), interval, pText(c.P)}
		if holm {
			row = append(row, pText(c.Adjusted))
		}
		t.add(row...)
	}
	return t.String()
}

// pText is a p with two digits that count.
func pText(p float64) string {
	if p < 1e-4 {
		return "<0.0001"
	}
	return fmt.Sprintf("%.2g", p)
}
