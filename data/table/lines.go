package table

import (
	"fmt"
	"sort"
)

// Lines tells in which line of a file a row begins. Rows of one line each cost nothing; where rows take more, or lines are
// left out, a step is kept.
type Lines struct{ steps []step }

// step says that from row on, row r is in line r + shift.
type step struct{ row, shift int }

// Add says that row begins in line, from 1. Rows come in their order.
func (l *Lines) Add(row, line int) {
	if n := len(l.steps); n == 0 || l.steps[n-1].shift != line-row {
		l.steps = append(l.steps, step{row, line - row})
	}
}

// Line returns the line, from 1, in which row, from 0, begins; 0 where there are no lines.
func (l *Lines) Line(row int) int {
	if len(l.steps) == 0 {
		return 0
	}
	i := sort.Search(len(l.steps), func(i int) bool { return l.steps[i].row > row })
	return row + l.steps[max(i-1, 0)].shift
}

// Where names a row, from 0, for people: "adult.csv:17", or "adult.parquet: row 16" where the format has no lines.
func (t *Table) Where(row int) string {
	if n := t.Lines.Line(row); n > 0 {
		return fmt.Sprintf("%s:%d", t.Name, n)
	}
	return fmt.Sprintf("%s: row %d", t.Name, row+1)
}

// from returns the lines of the rows from one on.
func (l *Lines) from(row int) Lines {
	var out Lines
	for i, s := range l.steps {
		switch {
		case i+1 < len(l.steps) && l.steps[i+1].row <= row:
		case s.row <= row:
			out.steps = append(out.steps, step{0, s.shift + row})
		default:
			out.steps = append(out.steps, step{s.row - row, s.shift + row})
		}
	}
	return out
}
