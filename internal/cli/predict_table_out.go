package cli

import (
	"encoding/json"
	"io"
	"path/filepath"
	"strings"

	tables "github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/task"
)

// outFields are the columns of what is written: the row's number from 0, what named it, what is said, and the probabilities.
func (p *tablePredictor) outFields() []tables.Field {
	fields := []tables.Field{{Name: "row", Kind: tables.Number}}
	for _, id := range p.rows.ids {
		fields = append(fields, tables.Field{Name: id, Kind: tables.ID})
	}
	plan := p.model.Table
	switch kind, names := task.TableKind(plan); {
	case kind == task.Classify:
		fields = append(fields, tables.Field{Name: "prediction", Kind: tables.Category})
		for _, n := range names {
			fields = append(fields, tables.Field{Name: "probability " + n, Kind: tables.Number})
		}
	case len(names) == 1:
		fields = append(fields, tables.Field{Name: "prediction", Kind: tables.Number})
	default:
		for k, n := range names {
			f := tables.Field{Name: "prediction " + n, Kind: tables.Number}
			if kind == task.Labels {
				f.Kind = tables.Category
				fields = append(fields, f)
				f = tables.Field{Name: "probability " + n + " " + plan.Targets[k].Levels[1], Kind: tables.Number}
			}
			fields = append(fields, f)
		}
	}
	ids, taken := fields[1:1+len(p.rows.ids)], map[string]bool{"row": true}
	for _, f := range fields[1+len(ids):] {
		taken[f.Name] = true
	}
	for i := range ids { // no file may have two columns of a name
		for taken[ids[i].Name] {
			ids[i].Name += " (id)"
		}
		taken[ids[i].Name] = true
	}
	return fields
}

// predictionLines writes a JSON object a row, as predict --json does.
type predictionLines struct {
	w   io.Writer
	p   *tablePredictor
	buf []byte
}

// Write implements table.Writer.
func (x *predictionLines) Write(t *tables.Table) error {
	kind, names := task.TableKind(x.p.model.Table)
	for i := range t.Rows {
		o := map[string]any{"row": int(t.Columns[0].Numbers[i])}
		at := 1
		if len(x.p.rows.ids) > 0 {
			o["id"] = t.Columns[1].Strings[i]
			at += len(x.p.rows.ids)
		}
		switch c := t.Columns[at:]; {
		case kind == task.Classify:
			probs := map[string]float64{}
			for k, n := range names {
				probs[n] = c[1+k].Numbers[i]
			}
			o["prediction"], o["probabilities"] = names[c[0].Codes[i]], probs
		case kind == task.Labels:
			said, probs := map[string]string{}, map[string]float64{}
			for k, n := range names {
				said[n], probs[n] = c[2*k].Levels[c[2*k].Codes[i]], c[2*k+1].Numbers[i]
			}
			o["prediction"], o["probabilities"] = said, probs
		case len(names) == 1:
			o["prediction"] = c[0].Numbers[i]
		default:
			values := map[string]float64{}
			for k, n := range names {
				values[n] = c[k].Numbers[i]
			}
			o["prediction"] = values
		}
		line, err := json.Marshal(o)
		if err != nil {
			return err
		}
		x.buf = append(append(x.buf, line...), '\n')
	}
	_, err := x.w.Write(x.buf)
	x.buf = x.buf[:0]
	return err
}

// Close implements table.Writer.
func (x *predictionLines) Close() error { return nil }

// outSetting is the file that predict's settings name: out=FILE, of a kind that is written.
func (c *call) outSetting() (string, error) {
	out := ""
	for _, s := range c.settings {
		key, value, _ := strings.Cut(s, "=")
		if key != "out" || value == "" {
			return "", usagef("predict has no setting %s; want out=FILE.csv, FILE.jsonl or FILE.parquet", s)
		}
		switch out = value; strings.ToLower(filepath.Ext(out)) {
		case ".csv", ".jsonl", ".ndjson", ".parquet":
		default:
			return "", usagef("out: %q ends in %q; predictions of a table are written as .csv, .jsonl or .parquet", out, filepath.Ext(out))
		}
	}
	return out, nil
}
