package cli

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ingot-ml/ingot/data"
	tables "github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/trust"
)

// The bounds of the work: rows that columns are shuffled in, fewer where there are many columns, how often each is, and how many
// columns' dependence is told, at so many values.
const (
	explainRows    = 2000
	explainValues  = 1_000_000 // rows times columns
	leastExplained = 200
	explainRepeats = 5
	explainCurves  = 3
	curvePoints    = 10
)

// explainStream is the random stream that draws rows: "explain" in ASCII.
const explainStream = 0x6578706c61696e

// explainedTable is `explain --json` of a table's model.
type explainedTable struct {
	Run        string              `json:"run"`
	Data       string              `json:"data"`
	Rows       int                 `json:"rows"`    // that columns were shuffled in
	RowsOf     int                 `json:"rows_of"` // that there were
	Repeats    int                 `json:"repeats"`
	Metric     string              `json:"metric"` // log_loss or rmse
	Value      float64             `json:"value"`  // of the rows as they are
	Importance []trust.Importance  `json:"importance"`
	Answer     string              `json:"answer"` // what dependence is of: the class, label or target
	Dependence []*trust.Dependence `json:"dependence"`
	Explained  []explainedRow      `json:"explained,omitempty"`
}

// explainedRow says what each column adds to a row's score.
type explainedRow struct {
	Row               int          `json:"row"`
	Answer            string       `json:"answer"`             // the class, label or target whose score is explained
	Score             float64      `json:"score"`              // logit, or the scaled target
	Baseline          float64      `json:"baseline"`           // score of the row with the typical numbers
	CompletenessError float64      `json:"completeness_error"` // of the numbers' attributions
	Steps             int          `json:"steps"`              // of the integral; 0: there are no numbers
	Columns           []attributed `json:"columns"`            // from the largest on
}

type attributed struct {
	Column      string  `json:"column"`
	Value       string  `json:"value"`
	Attribution float64 `json:"attribution"`
	Method      string  `json:"method"` // integrated-gradients, or occlusion of a category
}

// tableExplainer explains a table's model on labelled rows.
type tableExplainer struct {
	model     *opened
	kind      task.Kind
	names     []string // of the model's answers
	answer    int      // −1: each row's likeliest class
	rows      int      // that are explained one by one
	seed      uint64
	features  []trust.Feature
	predictor task.TablePredictor
	trust     trust.Explainer
}

// explainTable tells which columns a model's answers rest on, in the rows that its run kept for the test or in a file's.
func explainTable(ctx context.Context, c *call, m *opened) error {
	r, err := m.recipe()
	if err != nil {
		return err
	}
	e := &tableExplainer{
		model: m, answer: -1, rows: 5, seed: r.Seed,
		predictor: task.TablePredictor{Model: m.net, Plan: m.Table, Calibration: &m.Calibration},
		trust:     trust.Explainer{Model: m.net, RowShape: []int{m.Table.Features()}},
	}
	e.kind, e.names = task.TableKind(m.Table)
	if err := e.settings(c.settings); err != nil {
		return err
	}
	for i, places := range m.Table.Places() {
		e.features = append(e.features, trust.Feature{Name: m.Table.Inputs[i].Name, Places: places})
	}
	var d *data.Dataset
	o := &explainedTable{Run: m.name, Data: m.Provenance.Data.Name, Repeats: explainRepeats}
	if len(c.args) > 1 {
		o.Data = c.args[1]
		d, err = m.rowsOf(ctx, c, o.Data, r, &sliced{})
	} else {
		d, err = m.testRows(ctx, c, r, &sliced{})
	}
	if err != nil {
		return err
	}
	if err := e.columns(ctx, o, d); err != nil {
		return err
	}
	if len(c.args) > 1 {
		if o.Explained, err = e.each(ctx, d); err != nil {
			return err
		}
	}
	if c.json {
		return c.printJSON(o)
	}
	c.printf("%s", o.text())
	return nil
}

// settings reads class= and rows=.
func (e *tableExplainer) settings(args []string) error {
	for _, s := range args {
		key, value, _ := strings.Cut(s, "=")
		switch key {
		case "class":
			if e.answer = indexOf(e.names, value); e.answer < 0 {
				return usagef("class: the model knows no %q%s; it answers %s", value, recipe.DidYouMean(value, e.names), strings.Join(e.names, ", "))
			}
		case "rows":
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 || n > explainRows {
				return usagef("rows: found %q, want 0 to %d rows of FILE", value, explainRows)
			}
			e.rows = n
		default:
			return usagef("explain of a table has no setting %q%s; there are class and rows", key, recipe.DidYouMean(key, []string{"class", "rows"}))
		}
	}
	if e.answer < 0 && e.kind != task.Classify {
		e.answer = 0
	}
	return nil
}

// columns fills in the importance of all columns and the dependence on the most important numbers, in rows drawn by the seed.
func (e *tableExplainer) columns(ctx context.Context, o *explainedTable, d *data.Dataset) error {
	o.RowsOf = d.Len()
	o.Rows = min(o.RowsOf, explainRows, max(explainValues/len(e.features), leastExplained))
	if o.Rows < 2 {
		return dataError(fmt.Errorf("%s has %d row; a column's values are shuffled among at least 2", o.Data, o.Rows))
	}
	rows := rng.Stream{Seed: e.seed, ID: explainStream}.Perm(o.RowsOf)[:o.Rows]
	slices.Sort(rows)
	x, y := tensor.New(tensor.F32, o.Rows, e.model.Table.Features()), tensor.New(d.Y.DType(), append([]int{o.Rows}, d.Y.Shape()[1:]...)...)
	if err := d.Gather(x, y, rows); err != nil {
		return err
	}
	values := tensor.Of[float32](x)
	losses := func(x []float32) ([]float64, error) { return e.losses(ctx, x, y) }
	before, err := losses(values)
	if err != nil {
		return err
	}
	for _, l := range before {
		o.Value += l / float64(o.Rows)
	}
	if o.Importance, err = trust.Permutation(values, x.Dim(1), e.features, explainRepeats, e.seed, losses); err != nil {
		return err
	}
	if o.Metric = "log_loss"; e.kind == task.Regress {
		o.Metric = "rmse"
		o.root()
	}
	slices.SortStableFunc(o.Importance, func(a, b trust.Importance) int { return cmp.Compare(b.Mean, a.Mean) })
	return e.dependence(ctx, o, values)
}

// root makes rises of the mean square rises of its root, the ends of an interval included: the root keeps their order.
func (o *explainedTable) root() {
	mean := o.Value
	o.Value = math.Sqrt(mean)
	rise := func(d float64) float64 { return math.Sqrt(max(mean+d, 0)) - o.Value }
	for i := range o.Importance {
		p := &o.Importance[i]
		p.Mean, p.Interval = rise(p.Mean), [2]float64{rise(p.Interval[0]), rise(p.Interval[1])}
	}
}

// each explains the first rows one by one.
func (e *tableExplainer) each(ctx context.Context, d *data.Dataset) (all []explainedRow, err error) {
	width := e.model.Table.Features()
	x := tensor.Of[float32](d.X)
	for i := range min(e.rows, d.Len()) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		row, err := e.row(x[i*width:][:width])
		if err != nil {
			return nil, err
		}
		row.Row = i
		all = append(all, row)
	}
	return all, nil
}

// row explains a row: its numbers and flags by integrated gradients from the typical ones on, its categories by what the score
// falls where one is unknown.
func (e *tableExplainer) row(x []float32) (explainedRow, error) {
	var o explainedRow
	k := e.answer
	if k < 0 {
		p, err := e.predictor.Predict(tensor.From(x, 1, len(x)))
		if err != nil {
			return o, err
		}
		k = task.Best(p)
	}
	o.Answer = e.names[k]
	plan := e.model.Table
	numbers := plan.Numbers()
	from := append(plan.Typical()[:numbers:numbers], x[numbers:]...)
	rows := slices.Concat(x, from)
	for at := numbers; at < len(x); at++ {
		rows = append(rows, x...)
		rows[len(rows)-len(x)+at] = 0
	}
	scores, err := e.trust.Scores(rows, k)
	if err != nil {
		return o, err
	}
	o.Score, o.Baseline = float64(scores[0]), float64(scores[1])
	adds := make([]float64, len(x))
	if numbers > 0 {
		a, err := e.trust.IntegratedGradients(x, from, k)
		if err != nil {
			return o, err
		}
		copy(adds, a.Values[:numbers])
		o.CompletenessError, o.Steps = a.Error(), a.Steps
	}
	for at := numbers; at < len(x); at++ {
		adds[at] = o.Score - float64(scores[2+at-numbers])
	}
	for i, f := range e.features {
		c := attributed{Column: f.Name, Value: e.value(i, x), Method: "integrated-gradients"}
		for _, at := range f.Places {
			if c.Attribution += adds[at]; at >= numbers {
				c.Method = "occlusion"
			}
		}
		o.Columns = append(o.Columns, c)
	}
	slices.SortStableFunc(o.Columns, func(a, b attributed) int {
		return cmp.Compare(math.Abs(b.Attribution), math.Abs(a.Attribution))
	})
	return o, nil
}

// value is what a row had in input i, as the model sees it; "" of a date and of target statistics, which don't tell it.
func (e *tableExplainer) value(i int, x []float32) string {
	in, places := &e.model.Table.Inputs[i], e.features[i].Places
	switch at := places[len(places)-1]; {
	case in.Flag && x[places[len(in.Numbers)]] == 1:
		return "missing"
	case in.Levels != nil && in.Means == nil && x[at] == 0:
		return "unknown"
	case in.Levels != nil && in.Means == nil:
		return in.Levels[int(x[at])-1]
	case in.Kind == tables.Number:
		return unscaled(in.Numbers[0].Scale.Invert, x[places[0]])
	}
	return ""
}
