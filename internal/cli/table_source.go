package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ingot-ml/ingot/data/format"
	tables "github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/dataset"
	ingotfs "github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/recipe"
)

// tableFile is where a table lies.
type tableFile struct {
	path    string // to read it from
	name    string // what the person gave
	known   *dataset.Table
	content []byte // where there is no file of it
}

// isTable reports whether data's name is a table's: one that is known, or a file, which a data set of images isn't.
func isTable(name string) bool {
	if dataset.LookupTable(name) != nil {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

// findTable finds a known table or a file.
func findTable(ctx context.Context, c *call, name string) (*tableFile, error) {
	f := &tableFile{path: name, name: name, known: dataset.LookupTable(name)}
	if f.known == nil {
		if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
			return nil, dataError(fmt.Errorf("table %q is neither a file nor known%s; known are %s", name, recipe.DidYouMean(name, dataset.TableNames()), strings.Join(dataset.TableNames(), ", ")))
		}
		return f, nil
	}
	content, from, err := openTable(ctx, c, f.known)
	if err != nil {
		return nil, err
	}
	if f.path = filepath.Join(from, f.known.File.Name); from != "embedded" {
		if _, err := os.Stat(f.path); err == nil {
			return f, nil
		}
	}
	f.content = content
	return f, nil
}

// open calls do with a path that the table can be read from.
func (f *tableFile) open(do func(path string) error) error {
	if f.content == nil {
		return do(f.path)
	}
	return ingotfs.InTemp(func(dir string) error {
		path := filepath.Join(dir, f.known.File.Name)
		if err := ingotfs.WriteFile(path, func(w io.Writer) error { _, err := w.Write(f.content); return err }); err != nil {
			return err
		}
		return do(path)
	})
}

// sum is the file's size and SHA-256.
func (f *tableFile) sum() (dataset.File, error) {
	if f.known != nil {
		return f.known.File, nil
	}
	file, err := os.Open(f.path)
	if err != nil {
		return dataset.File{}, err
	}
	defer file.Close()
	h := sha256.New()
	n, err := io.Copy(h, file)
	return dataset.File{Name: filepath.Base(f.path), Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

// targets are the columns that are learnt: the recipe's, or a known table's usual one.
func (f *tableFile) targets(r *recipe.Recipe) ([]string, error) {
	switch {
	case len(r.Data.Target) > 0:
		return r.Data.Target, nil
	case f.known != nil:
		return []string{f.known.Target}, nil
	}
	return nil, configError(fmt.Errorf("data.target: no column to learn is named; want target=COLUMN, one of those of %s", f.name))
}

// delimiters and headers are what data.csv's words stand for.
var (
	delimiters = map[string]byte{"comma": ',', "semicolon": ';', "tab": '\t', "pipe": '|'}
	headers    = map[string]tables.Header{"yes": tables.HasHeader, "no": tables.NoHeader}
)

// written says how the recipe's files are written: those that are trained on, and those that are predicted later.
func written(r *recipe.Recipe) tables.Options {
	o := tables.Options{Missing: r.Data.Missing, Delimiter: delimiters[r.Data.CSV.Delimiter], Header: headers[r.Data.CSV.Header]}
	if r.Data.CSV.Encoding != "auto" {
		o.Encoding = r.Data.CSV.Encoding
	}
	return o
}

// options say how the recipe wants the file read.
func (f *tableFile) options(r *recipe.Recipe) tables.Options {
	o := written(r)
	o.Kinds, o.Layouts, o.BadRows = map[string]tables.Kind{}, map[string]string{}, r.Data.BadRows
	for _, c := range r.Data.Columns {
		if c.Type != "" {
			o.Kinds[c.Name], _ = tables.ParseKind(c.Type) // recipe knows the names
		}
		if c.Layout != "" {
			o.Layouts[c.Name] = c.Layout
		}
		if c.Drop && c.Type != tables.ID.String() { // an id is read all the same: it names the rows of predictions
			o.Drop = append(o.Drop, c.Name)
		}
	}
	return o
}

// readFor is read of a table whose targets are of the recipe's task. Where a target isn't taken for what the task learns it is read again as
// such, and otherwise as without a task: so a run that finds its task, and is then told it, sees the same values.
func (f *tableFile) readFor(r *recipe.Recipe, o tables.Options, targets []string) (*tables.Table, error) {
	t, err := f.read(o)
	if err != nil {
		return nil, err
	}
	again := false
	for _, name := range targets {
		c := t.Lookup(name)
		if _, told := o.Kinds[name]; told || c == nil {
			continue
		}
		switch {
		case r.Task == "classify" && c.Codes == nil:
			o.Kinds[name], again = tables.Category, true
		case r.Task == "regress" && c.Kind != tables.Number:
			o.Kinds[name], again = tables.Number, true
		}
	}
	if again {
		return f.read(o)
	}
	return t, nil
}

// read reads the file whole.
func (f *tableFile) read(o tables.Options) (*tables.Table, error) {
	var t *tables.Table
	err := f.open(func(path string) (err error) {
		t, err = format.Read(path, o)
		return err
	})
	if err != nil {
		return nil, f.fault(err)
	}
	if t.Rows == 0 && len(t.Bad) > 0 {
		return nil, f.fault(fmt.Errorf("%w (all %s rows are bad)", t.Bad[0], count(t.BadN)))
	}
	if t.Rows == 0 {
		return nil, fileError(f.name, fmt.Errorf("%s has no rows", f.name))
	}
	return t, nil
}

// fault is bad data in the file, in its line.
func (f *tableFile) fault(err error) error {
	if err == nil {
		return nil
	}
	e := &failure{kind: "data", file: f.name, err: err}
	var at *tables.Error
	if errors.As(err, &at) {
		e.line = at.Line
	}
	return e
}

// wantColumns refuses names that aren't the table's, and says which are near.
func (f *tableFile) wantColumns(t *tables.Table, key string, names []string) error {
	var known []string
	for _, c := range t.Columns {
		known = append(known, c.Name)
	}
	for _, name := range names {
		if t.Lookup(name) == nil {
			shown := known[:min(len(known), 30)]
			more := ""
			if len(known) > len(shown) {
				more = fmt.Sprintf(" and %d more", len(known)-len(shown))
			}
			return fileError(f.name, fmt.Errorf("%s: %s has no column %q%s; there are %s%s", key, f.name, name, recipe.DidYouMean(name, known), strings.Join(shown, ", "), more))
		}
	}
	return nil
}
