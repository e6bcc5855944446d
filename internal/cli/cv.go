package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ingot-ml/ingot/data/prep"
	tables "github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

var cvVerb = verb{
	name: "cv", args: "[recipe] [folds=5] [repeat=1] [key=value …]", summary: "Train and test once for each fold of a table",
	help: `The rows are cut into folds as data.split.by says, and for each fold a model is
trained on the others and tested on it: for too few rows to keep some apart.
data.split.val of the others validates. No model is kept, but a run's folder
with the folds' metrics, by which ` + "`ingot compare`" + ` tests two such runs. The
spread is that of the folds.

Examples:
  ingot cv data=heart-disease
  ingot cv data=heart-disease model.name=linear run=simple
  ingot cv data=my.csv target=sold folds=10 repeat=3 --json
`,
	min: 0, max: 1, settings: true, run: runCV,
}

var curveVerb = verb{
	name: "curve", args: "[recipe] [repeat=3] [key=value …]", summary: "Tell what more rows of a table would be worth",
	help: `Models are trained on an eighth, a quarter, half and all of the training rows,
each several times on other rows, and tested on the same test part. A power law,
error = a·rows^-b, is fitted to the errors: log loss, or RMSE of numbers. Rows
cease to be worth what it says where the error nears what no model can explain.

Examples:
  ingot curve data=adult
  ingot curve data=my.csv target=price repeat=5
`,
	min: 0, max: 1, settings: true, run: runCurve,
}

// trial is a table that is learnt from several times.
type trial struct {
	recipe  *recipe.Recipe
	file    *tableFile
	targets []string
	table   *tables.Table
	rows    []int          // those with a target
	about   map[string]any // of the table, for data.json
	sum     string         // SHA-256 of its file
	numbers map[string]int
}

// newTrial reads the table, and the whole numbers of the verb's own settings.
func newTrial(ctx context.Context, c *call, own map[string]int) (*trial, prep.Parts, error) {
	d := &trial{numbers: own}
	var rest []string
	for _, s := range c.settings {
		key, value, _ := strings.Cut(s, "=")
		if _, ok := own[key]; !ok {
			rest = append(rest, s)
			continue
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 1000 {
			return nil, prep.Parts{}, usagef("%s=%s: want a whole number from 1 to 1,000", key, value)
		}
		own[key] = n
	}
	c.settings = rest
	var err error
	if d.recipe, err = loadRecipe(c, c.args); err != nil {
		return nil, prep.Parts{}, err
	}
	if d.file, err = findTable(ctx, c, d.recipe.Data.Train); err != nil {
		return nil, prep.Parts{}, err
	}
	if d.targets, err = d.file.targets(d.recipe); err != nil {
		return nil, prep.Parts{}, err
	}
	k := &tableJob{job: &job{recipe: d.recipe}, name: d.file.name, targets: d.targets}
	var parts prep.Parts
	if d.table, parts, err = k.read(c, d.file); err != nil {
		return nil, parts, err
	}
	d.about, d.sum = k.about, k.file.SHA256
	d.rows, _, err = prep.Labelled(d.table, d.targets)
	return d, parts, err
}

// measure trains on parts of the table and returns the test's metrics.
func (d *trial) measure(ctx context.Context, c *call, parts prep.Parts, first bool) (task.Values, error) {
	r := *d.recipe
	j := bareJob(&r)
	k := &tableJob{job: j, name: d.file.name, targets: d.targets}
	j.kind = k
	t := *d.table
	t.Columns = nil
	for _, col := range d.table.Columns { // learn takes the columns apart, not what they hold
		own := *col
		t.Columns = append(t.Columns, &own)
	}
	quiet := *c
	if !first {
		quiet.err = io.Discard // the notes are the same
	}
	if err := k.learn(&quiet, d.file, &t, parts); err != nil {
		return nil, err
	}
	if err := j.config.Loader.Check(); err != nil {
		return nil, configError(err)
	}
	j.config.Checkpoint, j.config.Watch = train.Checkpoint{}, nil
	if _, err := train.Fit(ctx, j.config); err != nil {
		return nil, err
	}
	if err := k.settle(); err != nil {
		return nil, err
	}
	p, err := task.PredictTable(ctx, k.plan, k.net, &k.calibration, k.test)
	if err != nil {
		return nil, err
	}
	e, err := task.Measure(p, task.MeasureOptions{})
	if err != nil {
		return nil, err
	}
	return e.Metrics, nil
}

// crossValidated is `cv --json`.
type crossValidated struct {
	Run    string        `json:"run"`
	Data   string        `json:"data"`
	Target []string      `json:"target"`
	Rows   int           `json:"rows"`
	Folds  []task.Values `json:"folds"`
	Mean   task.Values   `json:"mean"`
	SD     task.Values   `json:"sd"` // of the folds' values, n−1
}

func runCV(ctx context.Context, c *call) error {
	d, _, err := newTrial(ctx, c, map[string]int{"folds": 5, "repeat": 1})
	if err != nil {
		return err
	}
	k := &tableJob{job: &job{recipe: d.recipe}, targets: d.targets}
	parts, err := k.split().Folds(d.table, d.rows, k.stratum(d.table), d.numbers["folds"], d.numbers["repeat"])
	if err != nil {
		return configError(err)
	}
	run, err := newFolder(d.recipe, "-cv")
	if err != nil {
		return err
	}
	defer run.Close()
	folds, err := d.folds(ctx, c, parts)
	if err != nil {
		return errors.Join(err, run.Discard())
	}
	o := crossValidated{Run: run.Dir, Data: d.file.name, Target: d.targets, Rows: len(d.rows)}
	text := o.sum(folds)
	if err := d.record(run, folds, o.Mean); err != nil {
		return kindOf("run", err)
	}
	if c.json {
		return c.printJSON(o)
	}
	c.printf("%s: %s rows, %d folds → %s\n\n%s", o.Data, count(o.Rows), len(parts), run.Dir, text)
	return nil
}

// spread returns mean and standard deviation, by n−1.
func spread(values []float64) (mean, sd float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / float64(max(len(values)-1, 1)))
}

// learningCurve is `curve --json`.
type learningCurve struct {
	Data     string       `json:"data"`
	Target   []string     `json:"target"`
	Metric   string       `json:"metric"`
	Points   []curvePoint `json:"points"`
	Exponent float64      `json:"exponent"` // b of error = a·rows^-b
	Error    float64      `json:"standard_error"`
	Doubling [3]float64   `json:"doubling"` // by what share twice the rows change the error: the fit's, and its 95 % interval
}

type curvePoint struct {
	Rows   int       `json:"rows"`
	Errors []float64 `json:"errors"`
}

// curveStream is the random stream that draws the parts: "curve" in ASCII.
const curveStream = 0x6375727665

func runCurve(ctx context.Context, c *call) error {
	d, parts, err := newTrial(ctx, c, map[string]int{"repeat": 3})
	if err != nil {
		return err
	}
	if len(parts.Test) == 0 {
		return configError(fmt.Errorf("data.split.test: a learning curve is measured on the test part, and it is 0"))
	}
	o := learningCurve{Data: d.file.name, Target: d.targets}
	var x, y []float64
	for _, share := range []int{8, 4, 2, 1} {
		p := curvePoint{Rows: len(parts.Train) / share}
		for i := range d.numbers["repeat"] {
			part := parts
			order := rng.Stream{Seed: d.recipe.Seed, ID: curveStream}.Sub(uint64(share), uint64(i)).Perm(len(parts.Train))
			part.Train = make([]int, p.Rows)
			for k := range part.Train {
				part.Train[k] = parts.Train[order[k]]
			}
			slices.Sort(part.Train)
			m, err := d.measure(ctx, c, part, share == 8 && i == 0)
			if err != nil {
				return fmt.Errorf("with %d rows: %w", p.Rows, err)
			}
			if o.Metric = "log_loss"; m["rmse"] > 0 {
				o.Metric = "rmse"
			}
			p.Errors = append(p.Errors, m[o.Metric])
			x, y = append(x, math.Log(float64(p.Rows))), append(y, math.Log(m[o.Metric]))
		}
		o.Points = append(o.Points, p)
		c.note("%s rows: %s %.4g\n", count(p.Rows), o.Metric, mean(p.Errors))
	}
	o.Exponent, o.Error = slope(x, y)
	o.Exponent = -o.Exponent
	t := student(len(x) - 2)
	for i, b := range []float64{o.Exponent, o.Exponent - t*o.Error, o.Exponent + t*o.Error} {
		o.Doubling[i] = math.Exp2(-b) - 1
	}
	if c.json {
		return c.printJSON(o)
	}
	c.printf("%s", wrap(fmt.Sprintf("twice the rows are worth about %+.1f %% of %s (95 %% interval %+.1f to %+.1f %%): it falls as rows^-%.3f ± %.3f from %s to %s rows",
		100*o.Doubling[0], o.Metric, 100*o.Doubling[2], 100*o.Doubling[1], o.Exponent, t*o.Error, count(o.Points[0].Rows), count(o.Points[3].Rows)), 2))
	return nil
}

func mean(values []float64) float64 {
	m, _ := spread(values)
	return m
}

// slope is that of the line of least squares, and its standard error.
func slope(x, y []float64) (b, se float64) {
	mx, my := mean(x), mean(y)
	var xx, xy, rest float64
	for i := range x {
		xx += (x[i] - mx) * (x[i] - mx)
		xy += (x[i] - mx) * (y[i] - my)
	}
	b = xy / xx
	for i := range x {
		e := y[i] - my - b*(x[i]-mx)
		rest += e * e
	}
	return b, math.Sqrt(rest / float64(len(x)-2) / xx)
}

// student is the 97.5 % quantile of Student's t with n degrees of freedom, by its expansion around the normal's: within 1 % from 3 on.
// Source: Abramowitz & Stegun 1964, 26.7.5.
func student(n int) float64 {
	const z = 1.959963985
	v := float64(n)
	z3, z5, z7 := z*z*z, z*z*z*z*z, z*z*z*z*z*z*z
	return z + (z3+z)/(4*v) + (5*z5+16*z3+3*z)/(96*v*v) + (3*z7+19*z5+17*z3-15*z)/(384*v*v*v)
}
