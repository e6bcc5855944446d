package report

import (
	"cmp"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/task"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// view is what the page's template reads.
type view struct {
	*Report
	Headline string
	Rows     string          // measured
	Ended    string          // why the training did, or its state
	Plots    []template.HTML // SVG elements
	Metrics  []metricRow
	Bases    []string // names of the baselines: columns of Metrics
	Matrix   *matrix
	Classes  []classRow
	Mistakes []shown
	Slices   []sliceRow
	Columns  []string // metrics of slices
}

type metricRow struct {
	Name, Value, Interval string
	Bases                 []string
}

type classRow struct {
	Class, Rows, Precision, Recall, F1, ROC string
}

type sliceRow struct {
	Column, Value, Rows string
	Values              []string
}

// matrix is the confusion as a table.
type matrix struct {
	Classes []string
	Rows    []matrixRow
}

type matrixRow struct {
	Class string
	Cells []cell
}

// cell is a count and how dark it is, in per cent.
type cell struct {
	Count string
	Shade int
	Right bool
}

// shown is a mistake with its picture as a data URL.
type shown struct {
	Mistake
	Source template.URL
	Sure   string
}

func (r *Report) page(w io.Writer, plots []*plot) error {
	v := r.view()
	for _, p := range plots {
		if p.heat == nil { // the page has a table of it
			v.Plots = append(v.Plots, template.HTML(element(p, ""))) // element escapes every text
		}
	}
	if m := r.Measured; m != nil {
		for _, x := range m.Mistakes {
			s := shown{Mistake: x}
			if x.Sure > 0 {
				s.Sure = percent(x.Sure)
			}
			if x.Picture != nil {
				s.Source = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(x.Picture))
			}
			v.Mistakes = append(v.Mistakes, s)
		}
	}
	return pageTemplate.Execute(w, v)
}

// view is what page and card have in common.
func (r *Report) view() view {
	v := view{Report: r, Headline: r.headline(), Ended: cmp.Or(r.Run.Stopped, r.Run.State)}
	if m := r.Measured; m != nil {
		v.Rows = count(m.Evaluation.Rows)
		v.addMetrics(m)
		v.addClasses(m)
		v.addSlices(m)
	}
	return v
}

// order is that of metrics in tables; others follow by name.
var order = []string{"accuracy", "balanced_accuracy", "f1", "roc_auc", "pr_auc", "log_loss", "brier", "ece", "rmse", "mae", "r2", "mape", "pinball"}

// lead is the metric that a headline says.
func (m *Measured) lead() string {
	for _, name := range order {
		if _, ok := m.Metrics[name]; ok {
			return name
		}
	}
	return ""
}

// headline is "accuracy 97.82 % (95 % interval 97.5 % to 98.1 %); majority: 11.35 %".
func (r *Report) headline() string {
	m := r.Measured
	if m == nil || m.lead() == "" {
		if l, ok := r.Run.Val["loss_per_character"]; ok {
			return fmt.Sprintf("%.4f nats a character on what was held out", l)
		}
		return "nothing was measured on rows that were held out"
	}
	name := m.lead()
	s := fmt.Sprintf("%s %s", words(name), value(name, m.Metrics[name]))
	if in, ok := m.Intervals[name]; ok {
		s += fmt.Sprintf(" (95 %% interval %s to %s)", value(name, in[0]), value(name, in[1]))
	}
	for _, b := range m.Baselines {
		if x, ok := b.Metrics[name]; ok {
			s += fmt.Sprintf("; %s: %s", b.Name, value(name, x))
		}
	}
	return s
}

// words is a metric's key for people.
func words(name string) string {
	switch name {
	case "f1", "r2", "rmse", "mae", "mape":
		return strings.ToUpper(name)
	case "brier":
		return "Brier score"
	case "ece":
		return "calibration error"
	case "roc_auc", "pr_auc":
		return strings.ToUpper(name[:len(name)-4]) + " AUC"
	}
	return strings.ReplaceAll(name, "_", " ")
}

// value is a metric's value: accuracies are shares of the rows, in per cent.
func value(name string, x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case strings.HasSuffix(name, "accuracy"), name == "precision", name == "recall":
		return percent(x)
	case math.Abs(x) >= 1000:
		return fmt.Sprintf("%.6g", x)
	}
	return fmt.Sprintf("%.4f", x)
}

func percent(x float64) string { return fmt.Sprintf("%.2f %%", 100*x) }

// defined is a value of a map, or a dash.
func defined(v task.Values, name string) string {
	if x, ok := v[name]; ok {
		return value(name, x)
	}
	return "–"
}

// metricNames are the keys of v in their order.
func metricNames(v task.Values) []string {
	var names, rest []string
	for _, name := range order {
		if _, ok := v[name]; ok {
			names = append(names, name)
		}
	}
	for name := range v {
		if !slices.Contains(order, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return append(names, rest...)
}

func (v *view) addMetrics(m *Measured) {
	for _, b := range m.Baselines {
		v.Bases = append(v.Bases, b.Name)
	}
	for _, name := range metricNames(m.Metrics) {
		row := metricRow{Name: words(name), Value: value(name, m.Metrics[name])}
		if in, ok := m.Intervals[name]; ok {
			row.Interval = value(name, in[0]) + " to " + value(name, in[1])
		}
		for _, b := range m.Baselines {
			row.Bases = append(row.Bases, defined(b.Metrics, name))
		}
		v.Metrics = append(v.Metrics, row)
	}
}

// maxMatrix is the most classes whose confusion is a table.
const maxMatrix = 30

func (v *view) addClasses(m *Measured) {
	for _, c := range m.Classes {
		v.Classes = append(v.Classes, classRow{
			c.Class, count(c.Rows), defined(c.Metrics, "precision"), defined(c.Metrics, "recall"), defined(c.Metrics, "f1"), defined(c.Metrics, "roc_auc"),
		})
	}
	if n := len(m.Confusion); n == 0 || n > maxMatrix {
		return
	}
	v.Matrix = &matrix{}
	for i, counts := range m.Confusion {
		v.Matrix.Classes = append(v.Matrix.Classes, m.Classes[i].Class)
		row, most := matrixRow{Class: m.Classes[i].Class}, max(slices.Max(counts), 1)
		for j, n := range counts {
			row.Cells = append(row.Cells, cell{count(n), int(60 * math.Sqrt(float64(n)/float64(most))), i == j})
		}
		v.Matrix.Rows = append(v.Matrix.Rows, row)
	}
}

func (v *view) addSlices(m *Measured) {
	for _, s := range m.Slices {
		if v.Columns == nil {
			v.Columns = metricNames(s.Metrics)
			v.Columns = v.Columns[:min(len(v.Columns), 5)]
		}
		row := sliceRow{Column: s.Column, Value: s.Value, Rows: count(s.Rows)}
		for _, name := range v.Columns {
			row.Values = append(row.Values, defined(s.Metrics, name))
		}
		v.Slices = append(v.Slices, row)
	}
}
