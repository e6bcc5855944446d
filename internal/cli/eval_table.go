package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/prep"
	tables "github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// recipe is what the model was trained by.
func (o *opened) recipe() (*recipe.Recipe, error) {
	r, err := recipe.Parse([]byte(o.Provenance.Recipe), "the model's recipe")
	return r, dataError(err)
}

// evaluatedTable is `eval --json` of a table's model.
type evaluatedTable struct {
	Run  string `json:"run"`
	Data string `json:"data"`
	*task.Evaluation
	Baseline train.Metrics `json:"baseline,omitempty"`
}

// evalTable measures a table's model: on what its run kept for the test, or on all rows of a file.
func evalTable(ctx context.Context, c *call, m *opened) error {
	by, err := c.slicedBy()
	if err != nil {
		return err
	}
	r, err := m.recipe()
	if err != nil {
		return err
	}
	d, name := (*data.Dataset)(nil), m.Provenance.Data.Name
	if len(c.args) > 1 {
		name = c.args[1]
		d, err = m.rowsOf(ctx, c, name, r, by)
	} else {
		d, err = m.testRows(ctx, c, r, by)
	}
	if err != nil {
		return err
	}
	p, err := task.PredictTable(ctx, m.Table, m.net, &m.Calibration, d)
	if err != nil {
		return err
	}
	base, names, err := task.TableBaselines(ctx, m.Table, model.TableInput{}, d, d, p, false)
	if err != nil {
		return err
	}
	e, err := task.Measure(p, task.MeasureOptions{Resamples: resamples(r, d.Len()), Seed: r.Seed, Baselines: base, Names: names, Slices: by.columns()})
	if err != nil {
		return err
	}
	if c.json {
		return c.printJSON(evaluatedTable{m.name, name, e, train.Metrics(e.Baselines[0].Metrics)})
	}
	c.printf("%s on %s, %s rows\n\n%s", m.name, name, count(e.Rows), evaluationText(e))
	if e.Slices != nil {
		c.printf("%s", slicesText(e.Slices))
	}
	if e.Kind == task.Classify {
		t := table{align: "lrrr"}
		t.add("CLASS", "ROWS", "PRECISION", "RECALL")
		for _, k := range e.Classes {
			t.add(shorten(k.Class, 24), count(k.Rows), shareOf(k.Metrics, "precision"), shareOf(k.Metrics, "recall"))
		}
		c.printf("\n%s\n%s", t.String(), confusionText(m.Classes, e.Confusion))
	}
	return nil
}

// shareOf is a metric as a share, "-" where it isn't defined.
func shareOf(v task.Values, name string) string {
	if x, ok := v[name]; ok {
		return percent(x)
	}
	return "-"
}

// testRows reads the run's own data again and encodes what was kept for the test.
func (o *opened) testRows(ctx context.Context, c *call, r *recipe.Recipe, by *sliced) (*data.Dataset, error) {
	f, err := findTable(ctx, c, r.Data.Train)
	if err != nil {
		return nil, err
	}
	k := &tableJob{job: &job{recipe: r}}
	for _, t := range o.Table.Targets {
		k.targets = append(k.targets, t.Name)
	}
	quiet := *c
	quiet.err = io.Discard // training said it
	t, parts, err := k.read(&quiet, f)
	if err != nil {
		return nil, err
	}
	if want := o.Provenance.Data.Files[k.file.Name]; want != k.file.SHA256 {
		return nil, fileError(f.name, fmt.Errorf("%s isn't what %s was trained on: its SHA-256 is %s, and was %s; to measure the model on it all the same: %s eval %s %s", f.name, o.name, k.file.SHA256, want, program(), o.name, f.name))
	}
	if len(parts.Test) == 0 {
		return nil, dataError(fmt.Errorf("%s kept no rows for the test: data.split.test was 0; name a file to measure it on", o.name))
	}
	if err := by.add(f, t, parts.Test); err != nil {
		return nil, err
	}
	d, _, err := o.Table.Dataset(t, nil, r.Seed)
	if err != nil {
		return nil, fileError(f.name, err)
	}
	return d.Subset(parts.Test), nil
}

// rowsOf encodes all rows of a file or a known table, whose targets must be there.
func (o *opened) rowsOf(ctx context.Context, c *call, name string, r *recipe.Recipe, by *sliced) (*data.Dataset, error) {
	f, err := findTable(ctx, c, name)
	if err != nil {
		return nil, err
	}
	var x []float32
	d := &data.Dataset{}
	var ids []int32
	var numbers []float32
	err = f.open(func(path string) error {
		rows, err := openRows(path, o.Table, written(r), true, by.name)
		if err != nil {
			return err
		}
		defer rows.stream.Close()
		for {
			t, err := rows.stream.Next(pieceRows)
			if errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return f.fault(err)
			}
			if err := by.add(f, t, nil); err != nil {
				return err
			}
			y, err := o.encodeRows(t, &x)
			if err != nil {
				return fileError(name, err)
			}
			if y.DType() == tensor.I32 {
				ids = append(ids, tensor.Of[int32](y)...)
			} else {
				numbers = append(numbers, tensor.Of[float32](y)...)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	n := len(x) / o.Table.Features()
	if n == 0 {
		return nil, fileError(name, fmt.Errorf("%s has no rows", name))
	}
	d.X = tensor.From(x, n, o.Table.Features())
	if ids != nil {
		d.Y, d.Classes = tensor.From(ids), o.Classes
	} else {
		d.Y = tensor.From(numbers, n, len(o.Table.Targets))
	}
	return d, nil
}

// encodeRows adds a piece's rows to x and returns their targets, all of which the model must know.
func (o *opened) encodeRows(t *tables.Table, x *[]float32) (tensor.Tensor, error) {
	at := len(*x)
	*x = append(*x, make([]float32, t.Rows*o.Table.Features())...)
	if err := o.Table.Encode((*x)[at:], t, nil); err != nil {
		return tensor.Tensor{}, err
	}
	var targets []string
	for _, g := range o.Table.Targets {
		targets = append(targets, g.Name)
	}
	_, without, err := prep.Labelled(t, targets)
	if err != nil {
		return tensor.Tensor{}, err
	}
	if len(without) > 0 {
		return tensor.Tensor{}, fmt.Errorf("%s: no value in the target %s: a row without one can't be measured", t.Where(without[0]), strings.Join(targets, ", "))
	}
	y, err := o.Table.EncodeTargets(t)
	if err != nil {
		return y, err
	}
	for k, g := range o.Table.Targets {
		for i := range t.Rows {
			if g.Levels == nil {
				break
			}
			unknown := y.DType() == tensor.I32 && tensor.Of[int32](y)[i] < 0
			if y.DType() == tensor.F32 {
				unknown = tensor.Of[float32](y)[i*len(targets)+k] < 0
			}
			if c := t.Lookup(g.Name); unknown {
				return y, fmt.Errorf("%s: target %q is %q; the model tells %s apart", t.Where(i), g.Name, c.Levels[c.Codes[i]], strings.Join(g.Levels, ", "))
			}
		}
	}
	return y, nil
}
