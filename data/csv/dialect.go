package csv

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ingot-ml/ingot/data/internal/cells"
	"github.com/ingot-ml/ingot/data/table"
)

// dialect is how a file is written.
type dialect struct {
	encoding  string
	gzipped   bool
	delimiter byte
	header    bool
	comma     bool // decimal
}

// String describes the dialect: "CSV, UTF-8, delimiter ',', with a header".
func (d *dialect) String() string {
	s := "CSV, " + encodingNames[d.encoding] + ", delimiter " + strconv.QuoteRune(rune(d.delimiter))
	if d.gzipped {
		s += ", gzipped"
	}
	if d.header {
		s += ", with a header"
	} else {
		s += ", without a header"
	}
	if d.comma {
		s += ", decimal comma"
	}
	return s
}

// sampled is how many rows of a file's beginning are looked at to find its dialect.
const sampled = 200

// find finds the dialect of a file's beginning, and its columns' names.
func (d *dialect) find(path string, b []byte, whole bool, o *table.Options) (names []string, err error) {
	d.delimiter = o.Delimiter
	if d.delimiter == 0 {
		d.delimiter = delimiterOf(path, b, whole)
	}
	rows := split(b, d.delimiter, sampled, whole)
	if len(rows) == 0 {
		return nil, &table.Error{File: path, Line: 1, Msg: "the file has no rows"}
	}
	d.comma = (d.delimiter == ';' || d.delimiter == '\t') && commas(rows)
	point := byte('.')
	if d.comma {
		point = ','
	}
	d.header = o.Header == table.HasHeader || o.Header == table.FindHeader && looksLikeHeader(rows, point)
	at := map[string]int{}
	for i, name := range rows[0] {
		name = strings.TrimSpace(name)
		switch {
		case !d.header:
			name = "c" + strconv.Itoa(i+1)
		case name == "" && i == 0:
			name = "index" // as pandas and R write the rows' names
		case name == "":
			name = "c" + strconv.Itoa(i+1)
		}
		if k, ok := at[name]; ok {
			return nil, &table.Error{File: path, Line: 1, Msg: fmt.Sprintf("columns %d and %d are both called %q; rename one", k+1, i+1, name)}
		}
		at[name] = i
		names = append(names, name)
	}
	return names, nil
}

// delimiterOf returns the delimiter by which the first rows have the same number of fields most often, the most fields
// where several do.
func delimiterOf(path string, b []byte, whole bool) byte {
	best, bestScore := byte(','), 0.0
	name := strings.TrimSuffix(strings.ToLower(path), ".gz")
	for _, c := range []byte{',', ';', '\t', '|'} {
		rows := split(b, c, sampled, whole)
		if len(rows) == 0 {
			continue
		}
		n, same := len(rows[0]), 0
		if n == 1 {
			continue
		}
		for _, r := range rows {
			if len(r) == n {
				same++
			}
		}
		score := float64(same)/float64(len(rows)) + float64(min(n, 1000))*1e-5
		if c == '\t' && filepath.Ext(name) == ".tsv" || c == ',' && filepath.Ext(name) == ".csv" {
			score += 0.05
		}
		if score > bestScore {
			best, bestScore = c, score
		}
	}
	return best
}

// looksLikeHeader reports whether the first row holds names: none is a number, or below a text the column has numbers.
func looksLikeHeader(rows [][]string, point byte) bool {
	isNumber := func(s string) bool {
		s = strings.TrimSpace(s)
		v, n := cells.Scan([]byte(s), point)
		return n > 0 && n == len(s) && v == v
	}
	numbers, repeated, overNumbers := 0, false, false
	seen := map[string]bool{}
	for i, name := range rows[0] {
		if isNumber(name) {
			numbers++
			continue
		}
		repeated = repeated || seen[name] || i > 0 && table.IsMissing(strings.TrimSpace(name))
		seen[name] = true
		if table.IsMissing(strings.TrimSpace(name)) {
			continue
		}
		for _, r := range rows[1:] {
			if i < len(r) && isNumber(r[i]) {
				overNumbers = true
				break
			}
		}
	}
	return overNumbers || numbers == 0 && !repeated
}

// commas reports whether numbers have a decimal comma: some cells are digits, a comma and digits, and none has a point, as
// 1,234.5 has beside its comma.
func commas(rows [][]string) bool {
	n := 0
	for _, r := range rows {
		for _, s := range r {
			if _, after, ok := strings.Cut(s, ","); ok && strings.Contains(after, ".") && strings.Trim(s, "0123456789+-,.") == "" {
				return false
			}
			if _, k := cells.Scan([]byte(s), ','); k == 0 || k != len(s) {
				if _, k := cells.Scan([]byte(s), '.'); k > 0 && k == len(s) && strings.Contains(s, ".") {
					return false
				}
				continue
			}
			if strings.Contains(s, ",") {
				n++
			}
		}
	}
	return n > 0
}

// split splits the beginning of a file into at most n rows of fields, as a reader that minds nothing does. whole: the file
// ends with b; else the last row may be cut and isn't taken.
func split(b []byte, delimiter byte, n int, whole bool) (rows [][]string) {
	for len(b) > 0 && len(rows) < n {
		end := rowEnd(b, delimiter)
		if end < 0 {
			if !whole && len(rows) > 0 {
				break
			}
			end = len(b)
		}
		if row := bytes.TrimRight(b[:end], "\r\n"); len(row) > 0 {
			rows = append(rows, fields(row, delimiter))
		}
		b = b[end:]
	}
	return rows
}

// fields splits a row.
func fields(row []byte, delimiter byte) (f []string) {
	for {
		k := 0
		for k < len(row) && row[k] == ' ' {
			k++
		}
		if k < len(row) && row[k] == '"' {
			row = row[k+1:]
			var s []byte
			for {
				q := bytes.IndexByte(row, '"')
				if q < 0 {
					return append(f, string(append(s, row...)))
				}
				s = append(s, row[:q]...)
				row = row[q+1:]
				if len(row) == 0 || row[0] != '"' {
					break
				}
				s = append(s, '"')
				row = row[1:]
			}
			f = append(f, string(s))
			d := bytes.IndexByte(row, delimiter)
			if d < 0 {
				return f
			}
			row = row[d+1:]
			continue
		}
		d := bytes.IndexByte(row, delimiter)
		if d < 0 {
			return append(f, string(bytes.TrimSpace(row)))
		}
		f = append(f, string(bytes.Trim(row[:d], " ")))
		row = row[d+1:]
	}
}
