package prep

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/rng"
)

// Options are what Fit may be told. Targets, Labelled and Train are required; the rest's zero value is the common case.
type Options struct {
	Targets  []string
	Labelled []int // rows that have a target: the first result of Labelled
	Train    []int // those of them that are learnt from
	Seed     uint64

	Scale       string // of numbers: one of Methods; "": standard
	Impute      string // what a missing number counts as: one of Imputes but constant; "": median
	TargetScale string // of numbers that are learnt; "": standard
	MinRows     int    // training rows that a level needs, so as not to count as unknown; 0: 2

	Columns map[string]ColumnOptions // where a column differs
	Apart   map[string]string        // columns that are no input, and why: one that the split is made by
}

// ColumnOptions are of one column.
type ColumnOptions struct {
	Drop     bool
	Scale    string
	Impute   string
	Fill     float64 // of impute: constant
	Encode   string  // of a category: "", an id; "target", target statistics
	Optional bool    // prediction may lack the column
}

// Imputes are the names of what a missing number may count as: of the training rows' values, or Fill.
var Imputes = []string{"mean", "median", "mode", "constant"}

// sampleRows is how many values are sorted at most where quantiles are wanted: of more, a sample is taken.
const sampleRows = 1 << 17

// sampleStream is the random stream of that sample: "sample" in ASCII.
const sampleStream = 0x73616d706c65

// fitter fits a plan's inputs, each as a piece of work of its own.
type fitter struct {
	Options
	t       *table.Table
	y       [][]float64 // what target statistics are of, by target; made where one is wanted
	parts   []string    // their names
	columns []*table.Column
	inputs  []*Input
	ignored []string // the reason, where there is no input
	errs    []error
}

// Fit makes a plan of a table: of its training rows only, but for the names of classes, which are those of all labelled
// rows. A column with one value, of text, or with an id is ignored, and the plan says so. A column without any value, a
// target with one class, and a class of one row are errors.
func Fit(t *table.Table, o Options) (*Plan, error) {
	if len(o.Train) == 0 {
		return nil, fmt.Errorf("%s: no rows to learn from", t.Name)
	}
	o.Scale, o.Impute = cmp.Or(o.Scale, "standard"), cmp.Or(o.Impute, "median")
	o.MinRows = cmp.Or(o.MinRows, 2)
	for name := range o.Columns {
		if t.Lookup(name) == nil && !o.Columns[name].Drop {
			return nil, fmt.Errorf("%s has no column %q, which data.columns names", t.Name, name)
		}
	}
	targets, err := targetColumns(t, o.Targets)
	if err != nil {
		return nil, err
	}
	p := &Plan{}
	for _, c := range targets {
		g, err := fitTarget(t, c, o.Labelled, o.Train, cmp.Or(o.TargetScale, "standard"))
		if err != nil {
			return nil, err
		}
		p.Targets = append(p.Targets, g)
	}
	f := &fitter{Options: o, t: t}
	for _, c := range t.Columns {
		if !slices.Contains(targets, c) {
			f.columns = append(f.columns, c)
		}
	}
	n := len(f.columns)
	f.inputs, f.ignored, f.errs = make([]*Input, n), make([]string, n), make([]error, n)
	if slices.ContainsFunc(f.columns, func(c *table.Column) bool { return o.Columns[c.Name].Encode == "target" }) {
		f.y, f.parts = p.statisticsOf(t)
	}
	parallel.For(n, f)
	if err := errors.Join(f.errs...); err != nil {
		return nil, err
	}
	for i, in := range f.inputs {
		if in != nil {
			p.Inputs = append(p.Inputs, *in)
		} else {
			p.Ignored = append(p.Ignored, Ignored{f.columns[i].Name, f.columns[i].Kind, f.ignored[i]})
		}
	}
	if len(p.Inputs) == 0 {
		return nil, fmt.Errorf("%s: no column is left to learn %s from: %v", t.Name, quoted(o.Targets), p.Ignored)
	}
	return p, nil
}

// statisticsOf returns what target statistics are means of: a number, 0 and 1 of two classes, or of each class of more.
func (p *Plan) statisticsOf(t *table.Table) (y [][]float64, parts []string) {
	for k := range p.Targets {
		g := &p.Targets[k]
		c := t.Lookup(g.Name)
		classes := []int{1}
		if len(g.Levels) > 2 {
			classes = classes[:0]
			for id := range g.Levels {
				classes = append(classes, id)
			}
		}
		for _, class := range classes {
			v := make([]float64, t.Rows)
			g.values(c, func(i, id int, scaled float64) {
				if v[i] = scaled; g.Levels != nil && id == class {
					v[i] = 1
				} else if g.Levels != nil {
					v[i] = 0
				}
			})
			y = append(y, v)
			name := "mean of " + g.Name
			if len(g.Levels) > 2 {
				name = "share of " + g.Levels[class]
			}
			parts = append(parts, name)
		}
	}
	return y, parts
}

// Run fits column i.
func (f *fitter) Run(i int) {
	c := f.columns[i]
	o := f.Columns[c.Name]
	in := &Input{Name: c.Name, Kind: c.Kind, Layout: c.Layout, Optional: o.Optional}
	var why string
	var err error
	switch {
	case o.Drop:
		why = "dropped, as data.columns says"
	case f.Apart[c.Name] != "":
		why = f.Apart[c.Name]
	case c.Kind == table.Number:
		why, err = f.number(in, c, o)
	case c.Kind == table.Date:
		why, err = f.date(in, c)
	case c.Codes != nil:
		why, err = f.category(in, c, o)
	default:
		if why = fmt.Sprintf("%s isn't learnt from", c.Kind); c.Reason != "" && c.Kind != table.ID {
			why += " (" + c.Reason + ")"
		}
	}
	if errors.Is(err, errAllMissing) {
		err = fmt.Errorf("%w; drop it: data.columns={%s: {drop: true}}", err, c.Name)
	}
	if err != nil {
		f.errs[i] = fmt.Errorf("%s: column %q: %w", f.t.Name, c.Name, err)
	}
	if f.ignored[i] = why; why == "" {
		f.inputs[i] = in
	}
}

// errAllMissing is what is said of a column without values.
var errAllMissing = errors.New("no training row has a value")

// number fits a Number.
func (f *fitter) number(in *Input, c *table.Column, o ColumnOptions) (why string, err error) {
	values := make([]float64, 0, len(f.Train))
	for _, r := range f.Train {
		if v := c.Numbers[r]; !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return "", errAllMissing
	}
	if in.Flag = len(values) < len(f.Train); !in.Flag && slices.Min(values) == slices.Max(values) {
		return fmt.Sprintf("it is %v in every training row", values[0]), nil
	}
	num := Number{}
	if num.Fill, err = fill(cmp.Or(o.Impute, f.Impute), values, o.Fill); err != nil {
		return "", err
	}
	if num.Scale, err = f.scale(cmp.Or(o.Scale, f.Scale), values); err != nil {
		return "", err
	}
	in.Numbers = []Number{num}
	return "", nil
}

// scale fits a scale on values, or on a sample of them where they would be sorted.
func (f *fitter) scale(method string, values []float64) (Scale, error) {
	if method == "quantile" || method == "robust" {
		values = sample(values)
	}
	return FitScale(method, values)
}

// sample returns values, or sampleRows of them, drawn with replacement.
func sample(values []float64) []float64 {
	if len(values) <= sampleRows {
		return values
	}
	s := make([]float64, sampleRows)
	for i := range s {
		s[i] = values[rng.Stream{ID: sampleStream}.IntN(uint64(i), len(values))]
	}
	return s
}

// fill is what a missing value counts as: scikit-learn's SimpleImputer. Of equally frequent values, mode is the smallest.
func fill(method string, values []float64, constant float64) (float64, error) {
	switch method {
	case "mean":
		mean, _ := moments(values)
		return mean, nil
	case "constant":
		return constant, nil
	case "median", "mode":
		s := slices.Clone(sample(values))
		slices.Sort(s)
		if method == "median" {
			return percentile(s, 0.5), nil
		}
		best, most := s[0], 0
		for i := 0; i < len(s); {
			n := 1
			for i+n < len(s) && s[i+n] == s[i] {
				n++
			}
			if n > most {
				best, most = s[i], n
			}
			i += n
		}
		return best, nil
	}
	return 0, fmt.Errorf("unknown impute %q; there are %v", method, Imputes)
}

// date fits a Date: the parts that aren't the same in every training row.
func (f *fitter) date(in *Input, c *table.Column) (why string, err error) {
	values := make([]float64, 0, len(f.Train))
	for i := range parts {
		values = values[:0]
		for _, r := range f.Train {
			if v := c.Numbers[r]; !math.IsNaN(v) {
				when := momentOf(v)
				values = append(values, parts[i].of(&when))
			}
		}
		if len(values) == 0 {
			return "", errAllMissing
		}
		if in.Flag = len(values) < len(f.Train); slices.Min(values) == slices.Max(values) {
			continue
		}
		method := "none"
		if name := parts[i].name; name == "year" || name == "days" {
			method = "standard"
		}
		num := Number{Part: parts[i].name}
		num.Fill, _ = moments(values)
		if num.Scale, err = FitScale(method, values); err != nil {
			return "", err
		}
		in.Numbers = append(in.Numbers, num)
	}
	if len(in.Numbers) == 0 {
		return "it is the same moment in every training row", nil
	}
	return "", nil
}

// category fits a Binary or Category.
func (f *fitter) category(in *Input, c *table.Column, o ColumnOptions) (why string, err error) {
	counts := present(c, f.Train)
	rows, known := 0, 0
	for l, n := range counts {
		if rows += n; n >= f.MinRows || c.Kind == table.Binary {
			in.Levels = append(in.Levels, l)
			known += n
		}
	}
	switch {
	case rows == 0:
		return "", errAllMissing
	case len(in.Levels) == 0:
		return fmt.Sprintf("each of its %d values is in fewer than %d training rows", len(counts), f.MinRows), nil
	case len(in.Levels) == 1 && known == len(f.Train):
		return fmt.Sprintf("it is %q in every training row", in.Levels[0]), nil
	}
	order(in.Levels)
	switch o.Encode {
	case "", "id":
		return "", nil
	case "target":
	default:
		return "", fmt.Errorf("unknown encode %q; there are id and target", o.Encode)
	}
	ids := in.ids(c)
	s := newLevelSums(len(in.Levels)+1, len(f.y))
	s.add(c, ids, f.y, f.Train, func(int) bool { return true })
	in.Means = s.means()
	for k := range f.y {
		values := make([]float64, len(f.Train))
		for i, r := range f.Train {
			values[i] = in.Means[idOf(c, ids, r)][k]
		}
		scale, err := FitScale("standard", values)
		if err != nil {
			return "", err
		}
		in.Numbers = append(in.Numbers, Number{Part: f.parts[k], Scale: scale})
	}
	return "", nil
}
