package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/ingot-ml/ingot/data/prep"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/onnx"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
)

var exportVerb = verb{
	name: "export", args: "RUN onnx [out=FILE]", summary: "Write a model for other programs",
	help: `The ONNX file, of operator set 17, takes batches of any size. Its output is what
predict says: calibrated probabilities, or numbers in the target's own unit.

A model of images takes pixels of 0 to 255, as floats, a row an image. A model
of a table takes rows as Ingot prepares them: numbers filled in and scaled, then
ids of categories. How is in the file's metadata: ingot.table is JSON, and
ingot.columns names the inputs. Numbers whose scaling is log or quantile stay
scaled, and ingot.output is "scaled" then.

out is the run's folder with model.onnx, or beside a model file, where it isn't
given.

Examples:
  ingot export runs/last onnx
  ingot export runs/table-1 onnx out=churn.onnx
`,
	min: 2, max: 2, settings: true, run: runExport,
}

// exported is `export --json`.
type exported struct {
	Run    string   `json:"run"`
	File   string   `json:"file"`
	Kind   string   `json:"kind"`
	Output []string `json:"output"` // what the columns of the output are
}

func runExport(_ context.Context, c *call) error {
	if c.args[1] != "onnx" {
		return usagef("%q isn't a format that models are exported to; there is onnx", c.args[1])
	}
	m, err := openModel(c.args[0])
	if err != nil {
		return err
	}
	if m.Task == "lm" {
		return dataError(fmt.Errorf("%s is a language model, whose steps and cache have no ONNX form here", m.name))
	}
	out := filepath.Join(filepath.Dir(m.path), "model.onnx")
	for _, s := range c.settings {
		key, value, _ := strings.Cut(s, "=")
		if key != "out" || value == "" {
			return usagef("%s: want out=FILE", s)
		}
		out = value
	}
	x := newExporting(m)
	small, err := x.trace(2)
	if err != nil {
		return err
	}
	large, err := x.trace(3)
	if err != nil {
		return err
	}
	o := onnx.Options{Name: m.Model.Name, Outputs: []string{x.output}, Metadata: x.metadata}
	if err := kindOf("run", fs.WriteFile(out, func(w io.Writer) error { return onnx.Export(w, small, large, o) })); err != nil {
		return err
	}
	if c.json {
		return c.printJSON(exported{m.name, out, string(x.kind), x.names})
	}
	c.printf("%s: [N %d] → %s [N %d]\n", out, x.features, x.output, len(x.names))
	return nil
}

// exporting is a model as it is exported.
type exporting struct {
	*opened
	kind     task.Kind
	names    []string
	features int
	output   string
	metadata map[string]string

	width, shift *grad.Buffer // of numbers: what brings them to the target's unit; nil: nothing does
}

func newExporting(m *opened) *exporting {
	x := &exporting{opened: m, kind: task.Classify, names: m.Classes, output: "probabilities", metadata: map[string]string{"ingot.model": m.SHA256}}
	note := func(key string, v any) { // all of it was read from JSON
		if b, err := json.Marshal(v); err == nil {
			x.metadata[key] = string(b)
		}
	}
	if m.Table == nil {
		x.features = m.Input.Features()
		note("ingot.input", m.Input)
		note("ingot.classes", m.Classes)
		return x
	}
	x.features = m.Table.Features()
	x.kind, x.names = task.TableKind(m.Table)
	note("ingot.table", m.Table)
	note("ingot.columns", m.Table.Names())
	note("ingot.categories", m.Table.Categories())
	note("ingot.output_names", x.names)
	if x.kind == task.Regress {
		x.output = "values"
		if !x.unscale(m.Table) {
			x.metadata["ingot.output"] = "scaled"
		}
	}
	return x
}

// unscale prepares what brings numbers to their own unit, where that is a line.
func (x *exporting) unscale(p *prep.Plan) bool {
	width, shift := make([]float32, len(p.Targets)), make([]float32, len(p.Targets))
	for i, t := range p.Targets {
		switch t.Scale.Method {
		case "none":
			width[i] = 1
		case "standard", "minmax", "robust":
			width[i], shift[i] = float32(t.Scale.Width), float32(t.Scale.Shift)
		default:
			return false
		}
	}
	x.width, x.shift = grad.NewBuffer("target_width", tensor.From(width)), grad.NewBuffer("target_shift", tensor.From(shift))
	return true
}

// trace follows n rows through the model.
func (x *exporting) trace(n int) (*grad.Graph, error) {
	ps, err := nn.Params(x.net)
	if err != nil {
		return nil, err
	}
	return grad.NewTape(grad.Config{Params: ps}).Trace(grad.Infer, func(s *grad.Step) ([]grad.Value, error) {
		return []grad.Value{x.answer(s.Input(tensor.New(tensor.F32, n, x.features)))}, nil
	})
}

// answer is what predict says of rows.
func (x *exporting) answer(v grad.Value) grad.Value {
	if x.Table == nil {
		v = op.Add(op.Mul(v, v.Scalar(float64(x.Input.Scale))), v.Scalar(float64(x.Input.Shift)))
	}
	y := task.Answer(x.kind, &x.Calibration, x.net.Forward(v))
	if x.width != nil {
		y = op.Add(op.Mul(y, y.Use(x.width)), y.Use(x.shift))
	}
	return y
}
