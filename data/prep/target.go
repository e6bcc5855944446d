package prep

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/tensor"
)

// Labelled returns the rows of t that have a value in every target, and those that lack one.
func Labelled(t *table.Table, targets []string) (with, without []int, err error) {
	columns, err := targetColumns(t, targets)
	if err != nil {
		return nil, nil, err
	}
	with = make([]int, 0, t.Rows)
	for r := range t.Rows {
		if slices.ContainsFunc(columns, func(c *table.Column) bool { return flag(c, r) == 1 }) {
			without = append(without, r)
		} else {
			with = append(with, r)
		}
	}
	if len(with) == 0 {
		return nil, nil, fmt.Errorf("%s: no row has a value in %s: there is nothing to learn", t.Name, quoted(targets))
	}
	return with, without, nil
}

// quoted is "a", "b".
func quoted(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = strconv.Quote(n)
	}
	return strings.Join(q, ", ")
}

// targetColumns finds the targets: one column of any kind that has classes or numbers, or several of one sort.
func targetColumns(t *table.Table, targets []string) ([]*table.Column, error) {
	if len(targets) == 0 {
		return nil, errors.New("no target is named")
	}
	var columns []*table.Column
	for _, name := range targets {
		c := t.Lookup(name)
		switch {
		case c == nil:
			return nil, fmt.Errorf("%s has no column %q", t.Name, name)
		case slices.Contains(columns, c):
			return nil, fmt.Errorf("target %q is named twice", name)
		case c.Codes == nil && (c.Numbers == nil || c.Kind == table.Date):
			return nil, fmt.Errorf("%s: target %q is a column of type %s; want classes or numbers, or say data.columns={%s: {type: category}} where its values are classes", t.Name, name, c.Kind, name)
		case len(columns) > 0 && (c.Codes == nil) != (columns[0].Codes == nil):
			return nil, fmt.Errorf("%s: target %q is a %s and target %q a %s; several targets are all labels or all numbers", t.Name, columns[0].Name, columns[0].Kind, name, c.Kind)
		}
		columns = append(columns, c)
	}
	for _, c := range columns {
		if len(columns) > 1 && c.Codes != nil && len(present(c, nil)) > 2 {
			return nil, fmt.Errorf("%s: target %q has %d values; of several targets each is a label that a row has or hasn't: want two values", t.Name, c.Name, len(present(c, nil)))
		}
	}
	return columns, nil
}

// present returns how many of the rows (nil: all) have each level of c that occurs, by level.
func present(c *table.Column, rows []int) map[string]int {
	counts := make([]int, len(c.Levels))
	each(len(c.Codes), rows, func(r int) {
		if c.Codes[r] >= 0 {
			counts[c.Codes[r]]++
		}
	})
	m := map[string]int{}
	for i, n := range counts {
		if n > 0 {
			m[c.Levels[i]] = n
		}
	}
	return m
}

// each calls f for the rows; nil: all of n.
func each(n int, rows []int, f func(r int)) {
	if rows == nil {
		for r := range n {
			f(r)
		}
	}
	for _, r := range rows {
		f(r)
	}
}

// order sorts levels: as numbers where all of them are, as text elsewhere. "no" so comes before "yes", 0 before 1.
func order(levels []string) {
	numbers := map[string]float64{}
	for _, l := range levels {
		if v, err := strconv.ParseFloat(l, 64); err == nil && !math.IsNaN(v) {
			numbers[l] = v
		}
	}
	slices.SortFunc(levels, func(a, b string) int {
		if len(numbers) == len(levels) && numbers[a] != numbers[b] {
			if numbers[a] < numbers[b] {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
}

// fitTarget makes the target of a column: classes of all labelled rows, a scale of the training rows.
func fitTarget(t *table.Table, c *table.Column, labelled, train []int, scale string) (Target, error) {
	g := Target{Name: c.Name, Kind: c.Kind}
	if c.Codes == nil {
		values := make([]float64, 0, len(train))
		each(t.Rows, train, func(r int) { values = append(values, c.Numbers[r]) })
		if slices.Min(values) == slices.Max(values) {
			return g, fmt.Errorf("%s: target %q is %v in every training row: there is nothing to learn", t.Name, c.Name, values[0])
		}
		if most := max(slices.Max(values), -slices.Min(values)); most > math.MaxFloat32 {
			return g, fmt.Errorf("%s: target %q reaches %.3g; a model's answers go to %.3g: divide it first", t.Name, c.Name, most, math.MaxFloat32)
		}
		s, err := FitScale(scale, values)
		if err != nil {
			return g, fmt.Errorf("%s: target %q: %w", t.Name, c.Name, err)
		}
		g.Scale = &s
		return g, nil
	}
	counts := present(c, labelled)
	for l := range counts {
		g.Levels = append(g.Levels, l)
	}
	order(g.Levels)
	if len(g.Levels) == 1 {
		return g, fmt.Errorf("%s: target %q is %q in every row: one class can't be told from another", t.Name, c.Name, g.Levels[0])
	}
	for _, l := range g.Levels {
		if counts[l] == 1 {
			r := slices.IndexFunc(c.Codes, func(code int32) bool { return code >= 0 && c.Levels[code] == l })
			return g, fmt.Errorf("%s: class %q of target %q has this one row: it can't be both learnt and measured; want at least 2, or leave the row out", t.Where(r), l, c.Name)
		}
	}
	return g, nil
}

// values writes the target as the model learns it: class ids, or a column of labels or scaled numbers.
func (g *Target) values(c *table.Column, row func(i int, id int, y float64)) {
	if g.Levels == nil {
		for i, v := range c.Numbers {
			row(i, 0, g.Scale.Apply(v))
		}
		return
	}
	ids := make([]int, len(c.Levels))
	for i, l := range c.Levels {
		ids[i] = slices.Index(g.Levels, l)
	}
	for i, code := range c.Codes {
		id := -1
		if code >= 0 {
			id = ids[code]
		}
		row(i, id, float64(id))
	}
}

// EncodeTargets returns the targets of t as a model learns them: class ids, i32 [N]; labels, f32 [N L] of 0 and 1; or scaled
// numbers, f32 [N T]. A row whose target is missing, or a class that the plan doesn't know, has −1, NaN for a number.
func (p *Plan) EncodeTargets(t *table.Table) (tensor.Tensor, error) {
	var y tensor.Tensor
	if len(p.Targets) == 1 && !p.Regression() {
		y = tensor.New(tensor.I32, t.Rows)
	} else {
		y = tensor.New(tensor.F32, t.Rows, len(p.Targets))
	}
	for k := range p.Targets {
		g := &p.Targets[k]
		c := t.Lookup(g.Name)
		switch {
		case c == nil:
			return y, fmt.Errorf("%s has no column %q, the target", t.Name, g.Name)
		case stored(c.Kind) != stored(g.Kind):
			return y, fmt.Errorf("%s: target %q is a %s; the model was trained on a %s", t.Name, g.Name, c.Kind, g.Kind)
		}
		if y.DType() == tensor.I32 {
			ids := tensor.Of[int32](y)
			g.values(c, func(i, id int, _ float64) { ids[i] = int32(id) })
		} else {
			ys := tensor.Of[float32](y)
			g.values(c, func(i, _ int, v float64) { ys[i*len(p.Targets)+k] = float32(v) })
		}
	}
	return y, nil
}

// Invert brings rows of a model's numbers [N T] back to the targets' units, in place.
func (p *Plan) Invert(y []float32) {
	for i, v := range y {
		y[i] = float32(p.Targets[i%len(p.Targets)].Scale.Invert(float64(v)))
	}
}
