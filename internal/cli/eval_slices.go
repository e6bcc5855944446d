package cli

import (
	"fmt"
	"strings"
	"time"

	tables "github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/task"
)

// sliced gathers a column's values, by which rows are measured apart.
type sliced struct {
	name    string // empty: none
	values  []string
	numbers []float64 // of a number, in place of values
}

// slicedBy is the column that eval's settings name: by=COLUMN.
func (c *call) slicedBy() (*sliced, error) {
	s := &sliced{}
	for _, x := range c.settings {
		key, value, _ := strings.Cut(x, "=")
		if key != "by" || value == "" || s.name != "" {
			return nil, usagef("eval has no setting %s; want by=COLUMN, one column of the table", x)
		}
		s.name = value
	}
	return s, nil
}

// add takes the values of a table's rows; nil: all.
func (s *sliced) add(f *tableFile, t *tables.Table, rows []int) error {
	if s.name == "" {
		return nil
	}
	if err := f.wantColumns(t, "by", []string{s.name}); err != nil {
		return err
	}
	c := t.Lookup(s.name)
	one := func(i int) {
		switch {
		case c.Kind == tables.Number:
			s.numbers = append(s.numbers, c.Numbers[i])
		case c.Kind == tables.Date && c.Numbers[i] != c.Numbers[i], c.Codes != nil && c.Codes[i] < 0, c.Strings != nil && c.Strings[i] == "":
			s.values = append(s.values, "missing")
		case c.Kind == tables.Date:
			s.values = append(s.values, time.Unix(int64(c.Numbers[i]), 0).UTC().Format("2006"))
		case c.Codes != nil:
			s.values = append(s.values, c.Levels[c.Codes[i]])
		default:
			s.values = append(s.values, c.Strings[i])
		}
	}
	for _, i := range rows {
		one(i)
	}
	for i := 0; rows == nil && i < t.Rows; i++ {
		one(i)
	}
	return nil
}

// columns are for task.Measure: of numbers the quarters of their values.
func (s *sliced) columns() []task.SliceColumn {
	switch {
	case s.name == "":
		return nil
	case s.numbers != nil:
		return []task.SliceColumn{{Name: s.name, Values: task.NumberSlices(s.numbers)}}
	}
	return []task.SliceColumn{{Name: s.name, Values: s.values}}
}

// slicesText is a table of slices, with the metrics that say most of each.
func slicesText(all []task.Slice) string {
	t := table{align: "lr"}
	head := []string{strings.ToUpper(all[0].Column), "ROWS"}
	shown := map[string]bool{}
	for _, name := range []string{"accuracy", "subset_accuracy", "f1", "roc_auc", "log_loss", "rmse", "mae", "r2"} {
		for _, s := range all {
			_, ok := s.Metrics[name]
			shown[name] = shown[name] || ok
		}
	}
	for _, x := range tableMetrics {
		if shown[x.name] {
			head = append(head, strings.ToUpper(x.title))
			t.align += "r"
		}
	}
	t.add(head...)
	for _, s := range all {
		row := []string{shorten(s.Value, 24), count(s.Rows)}
		for _, x := range tableMetrics {
			if !shown[x.name] {
				continue
			}
			text := "-"
			if v, ok := s.Metrics[x.name]; ok && v == v {
				text = metricText(v, x.share)
			}
			row = append(row, text)
		}
		t.add(row...)
	}
	return fmt.Sprintf("\n%s", t.String())
}
