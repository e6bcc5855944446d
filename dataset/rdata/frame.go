package rdata

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"
)

// WriteCSV writes a data frame as CSV: factors as the names of their levels, logicals as TRUE and FALSE, dates as 2006-01-02,
// numbers in the fewest digits that give them back, missing values as nothing. Names of rows become a column row where they
// aren't just their numbers and row isn't empty.
func WriteCSV(w io.Writer, frame *Value, row string) error {
	if !slices.Contains(frame.strings("class"), "data.frame") {
		return errors.New("rdata: it isn't a data frame")
	}
	names := slices.Clone(frame.strings("names"))
	if len(names) != len(frame.List) || len(names) == 0 {
		return fmt.Errorf("rdata: a data frame of %d columns with %d names", len(frame.List), len(names))
	}
	columns, rows := frame.List, frame.List[0].Len()
	if r := frame.Attr["row.names"]; row != "" && r != nil && len(r.Strings) == rows {
		names, columns = slices.Insert(names, 0, row), slices.Insert(slices.Clone(columns), 0, r)
	}
	out := csv.NewWriter(w)
	if err := out.Write(names); err != nil {
		return err
	}
	for i, c := range columns {
		if c.Len() != rows {
			return fmt.Errorf("rdata: column %s has %d rows, the first has %d", names[i], c.Len(), rows)
		}
	}
	record := make([]string, len(columns))
	for i := range rows {
		for k, c := range columns {
			text, err := c.cell(i)
			if err != nil {
				return fmt.Errorf("rdata: column %s, row %d: %w", names[k], i+1, err)
			}
			record[k] = text
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// cell is element i as text.
func (v *Value) cell(i int) (string, error) {
	date := slices.Contains(v.strings("class"), "Date")
	levels := v.strings("levels")
	switch {
	case v.Ints != nil && v.Ints[i] == NAInt:
		return "", nil
	case v.Ints != nil && levels != nil:
		if k := v.Ints[i]; k < 1 || int(k) > len(levels) {
			return "", fmt.Errorf("level %d of %d", v.Ints[i], len(levels))
		}
		return levels[v.Ints[i]-1], nil
	case v.Logical:
		return map[bool]string{false: "FALSE", true: "TRUE"}[v.Ints[i] != 0], nil
	case v.Ints != nil && date:
		return day(float64(v.Ints[i])), nil
	case v.Ints != nil:
		return strconv.Itoa(int(v.Ints[i])), nil
	case v.Floats != nil && math.IsNaN(v.Floats[i]): // NA is one of the NaNs
		return "", nil
	case v.Floats != nil && date:
		return day(v.Floats[i]), nil
	case v.Floats != nil:
		return strconv.FormatFloat(v.Floats[i], 'g', -1, 64), nil
	case v.Strings != nil && !v.Missing[i]:
		return v.Strings[i], nil
	case v.Strings != nil:
		return "", nil
	}
	return "", errors.New("a list, which isn't a value")
}

// day is the date so many days after 1970-01-01.
func day(n float64) string { return time.Unix(int64(n)*24*60*60, 0).UTC().Format(time.DateOnly) }
