package cli

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	tables "github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/trust"
)

// predict calls do with each row's answers, in the order of the rows.
func (e *tableExplainer) predict(ctx context.Context, x []float32, do func(i int, answers []float32)) error {
	width, names := e.model.Table.Features(), len(e.names)
	n := len(x) / width
	for from := 0; from < n; from += predictRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		to := min(from+predictRows, n)
		y, err := e.predictor.Predict(tensor.From(x[from*width:to*width], to-from, width))
		if err != nil {
			return err
		}
		for i := range to - from {
			do(from+i, y[i*names:(i+1)*names])
		}
	}
	return nil
}

// leastProbability bounds a row's log loss, as float32 probabilities can be 0.
const leastProbability = 1e-7

// losses are each row's: −ln of what was true, its mean over labels, or the square of a number's error in its own unit; of several
// numbers the mean square of their scaled errors.
func (e *tableExplainer) losses(ctx context.Context, x []float32, y tensor.Tensor) ([]float64, error) {
	targets := e.model.Table.Targets
	all := make([]float64, y.Dim(0))
	err := e.predict(ctx, x, func(i int, p []float32) {
		if e.kind == task.Classify {
			all[i] = -math.Log(max(float64(p[tensor.Of[int32](y)[i]]), leastProbability))
			return
		}
		for k, want := range tensor.Of[float32](y)[i*len(p) : (i+1)*len(p)] {
			scale := targets[k].Scale
			switch {
			case e.kind == task.Labels && want == 1:
				all[i] -= math.Log(max(float64(p[k]), leastProbability)) / float64(len(p))
			case e.kind == task.Labels:
				all[i] -= math.Log(max(1-float64(p[k]), leastProbability)) / float64(len(p))
			case len(p) == 1:
				d := float64(p[0]) - scale.Invert(float64(want))
				all[i] = d * d
			default:
				d := scale.Apply(float64(p[k])) - float64(want)
				all[i] += float64(d*d) / float64(len(p))
			}
		}
	})
	return all, err
}

// dependence adds the curves of the most important numbers.
func (e *tableExplainer) dependence(ctx context.Context, o *explainedTable, x []float32) error {
	k := e.answer
	if k < 0 {
		sums := make([]float32, len(e.names))
		if err := e.predict(ctx, x, func(_ int, p []float32) {
			for i, v := range p {
				sums[i] += v
			}
		}); err != nil {
			return err
		}
		if k = task.Best(sums); len(sums) == 2 {
			k = 1
		}
	}
	o.Answer, o.Dependence = e.names[k], []*trust.Dependence{}
	answers := func(x []float32) ([]float64, error) {
		var all []float64
		err := e.predict(ctx, x, func(_ int, p []float32) { all = append(all, float64(p[k])) })
		return all, err
	}
	for _, p := range o.Importance {
		i := slices.IndexFunc(e.features, func(f trust.Feature) bool { return f.Name == p.Column })
		if e.model.Table.Inputs[i].Kind != tables.Number || len(o.Dependence) == explainCurves {
			continue
		}
		names, values := e.points(i, x)
		d, err := trust.PartialDependence(x, e.model.Table.Features(), e.features[i], names, values, answers)
		if err != nil {
			return err
		}
		o.Dependence = append(o.Dependence, d)
	}
	return nil
}

// points are values of input i, a number, from its smallest to its largest in equal shares of the rows that have one.
func (e *tableExplainer) points(i int, x []float32) (names []string, values [][]float32) {
	in, places, width := &e.model.Table.Inputs[i], e.features[i].Places, e.model.Table.Features()
	var all []float32
	for row := 0; row < len(x); row += width {
		if !in.Flag || x[row+places[1]] == 0 {
			all = append(all, x[row+places[0]])
		}
	}
	slices.Sort(all)
	for k := range curvePoints {
		if len(all) == 0 {
			break
		}
		v := all[k*(len(all)-1)/(curvePoints-1)]
		if n := len(values); n > 0 && values[n-1][0] == v {
			continue
		}
		values = append(values, append([]float32{v}, make([]float32, len(places)-1)...))
		names = append(names, unscaled(in.Numbers[0].Scale.Invert, v))
	}
	return names, values
}

// text is what a person reads.
func (o *explainedTable) text() string {
	var b strings.Builder
	rows := count(o.Rows) + " rows"
	if o.Rows < o.RowsOf {
		rows = fmt.Sprintf("%s of %s rows, drawn by the seed", count(o.Rows), count(o.RowsOf))
	}
	metric := map[string]string{"log_loss": "log loss", "rmse": "RMSE"}[o.Metric]
	fmt.Fprintf(&b, "%s on %s, %s\n\n", o.Run, o.Data, rows)
	fmt.Fprintf(&b, "importance: rise of the %s, %.4g, where a column is shuffled, %d times\n", metric, o.Value, o.Repeats)
	t := table{align: "lrr"}
	t.add("COLUMN", "RISE", "95 % INTERVAL")
	for _, p := range o.Importance {
		t.add(shorten(p.Column, 32), fmt.Sprintf("%.4g", p.Mean), fmt.Sprintf("%.4g to %.4g", p.Interval[0], p.Interval[1]))
	}
	b.WriteString(t.String())
	for _, d := range o.Dependence {
		what := "mean probability of " + o.Answer
		if o.Metric == "rmse" {
			what = "mean of " + o.Answer
		}
		fmt.Fprintf(&b, "\n%s by %s: %s\n", what, d.Column, sparkline(d.Answer, curvePoints))
		t := table{align: "rr"}
		t.add(shorten(d.Column, 32), shorten(o.Answer, 32))
		for i, at := range d.At {
			t.add(at, fmt.Sprintf("%.4g", d.Answer[i]))
		}
		b.WriteString(t.String())
	}
	for _, r := range o.Explained {
		fmt.Fprintf(&b, "\nrow %d: %s, score %.3f (with the typical numbers %.3f)\n", r.Row, r.Answer, r.Score, r.Baseline)
		if r.Steps > 0 {
			fmt.Fprintf(&b, "  integrated gradients: completeness error %.2g, %d steps\n", r.CompletenessError, r.Steps)
		}
		t := table{align: "llrl"}
		t.add("  COLUMN", "VALUE", "ADDS", "BY")
		for _, c := range r.Columns {
			t.add("  "+shorten(c.Column, 32), shorten(c.Value, 16), fmt.Sprintf("%+.4g", c.Attribution), c.Method)
		}
		b.WriteString(t.String())
	}
	return b.String()
}

// unscaled is the number that was scaled to x: whole where x, in its last bit, can be that of a whole number.
func unscaled(invert func(float64) float64, x float32) string {
	v := invert(float64(x))
	step, whole := math.Abs(invert(float64(math.Nextafter32(x, math.MaxFloat32)))-v), math.Round(v)+0 // no -0
	if step < 0.1 && math.Abs(v) < 1e9 && math.Abs(v-whole) <= step {
		return fmt.Sprintf("%.0f", whole)
	}
	return fmt.Sprintf("%.5g", v)
}
