package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/ingot-ml/ingot/data/check"
	"github.com/ingot-ml/ingot/data/images"
	tables "github.com/ingot-ml/ingot/data/table"
	ingotfs "github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/recipe"
)

var checkVerb = verb{
	name: "check", args: "DATA [target=COLUMN] [key=value …]",
	summary: "Look for what is wrong with a table or pictures before they are learnt",
	help: `Says of each column what it holds and why, and looks for bad rows, missing
values, constant columns, columns that only name the rows, outliers, rows that
are there twice, columns that go together, targets with one class, rare classes,
columns that tell the target by themselves, rows of the test file that are in
the training file, and broken pictures. Each finding is PASS, WARN or FAIL, with
the first rows it is about. After a FAIL the exit code is 3, and train refuses
the same table.

test=FILE is held against DATA; html=FILE also writes a page, in one file. The
other keys are the data.* of train.

Examples:
  ingot check people.csv target=income
  ingot check train.parquet target=y test=test.parquet html=check.html
  ingot check photos/ --json
`,
	min: 1, max: 1, settings: true, run: runCheck,
}

func runCheck(ctx context.Context, c *call) error {
	name, page, test := c.args[0], "", ""
	settings := []string{"data=" + name}
	for _, s := range c.settings {
		switch key, value, _ := strings.Cut(s, "="); key {
		case "html":
			page = value
		case "test":
			test = value
		default:
			settings = append(settings, s)
		}
	}
	if page != "" && filepath.Ext(page) != ".html" {
		return usagef("html=%s: the file's name must end in .html", page)
	}
	var report *check.Report
	var err error
	if arePictures(name) {
		report, err = checkPictures(ctx, name)
	} else {
		report, err = checkTable(ctx, c, name, test, settings)
	}
	if err != nil {
		return err
	}
	if page != "" {
		if err := ingotfs.WriteFile(page, func(w io.Writer) error { return report.HTML(w) }); err != nil {
			return err
		}
	}
	if c.json {
		if err := c.printJSON(report); err != nil {
			return err
		}
	} else {
		printReport(c, report)
	}
	if err := failed(report); err != nil {
		return answered{err}
	}
	return nil
}

// failed is the error of a report with failures; nil without.
func failed(r *check.Report) error {
	for _, f := range r.Findings {
		if f.Level == check.Fail {
			return fileError(r.Data, fmt.Errorf("%s: %s", r.Data, findingText(f)))
		}
	}
	return nil
}

// checkTable checks a table; all of its bad rows are read past, so that they are listed.
func checkTable(ctx context.Context, c *call, name, test string, settings []string) (*check.Report, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(readingGC))
	r, err := recipe.Load(recipe.TableRecipe, settings)
	if err != nil {
		return nil, err
	}
	f, err := findTable(ctx, c, name)
	if err != nil {
		return nil, err
	}
	targets := r.Data.Target
	if len(targets) == 0 && f.known != nil {
		targets = []string{f.known.Target}
	}
	o := f.options(r)
	o.BadRows = 1
	t, err := f.readFor(r, o, targets)
	if err != nil {
		return nil, err
	}
	t.Name = name
	if err := f.wantColumns(t, "data.target", targets); err != nil {
		return nil, err
	}
	look := check.Options{Target: targets, BadRows: r.Data.BadRows, Folder: filepath.Dir(f.path)}
	if test != "" {
		if look.Test, err = readAlike(ctx, c, test, t, o); err != nil {
			return nil, err
		}
	}
	return check.Run(t, look), nil
}

// readAlike reads another file with the columns and kinds of a table.
func readAlike(ctx context.Context, c *call, name string, t *tables.Table, o tables.Options) (*tables.Table, error) {
	f, err := findTable(ctx, c, name)
	if err != nil {
		return nil, err
	}
	o.Kinds, o.Layouts = map[string]tables.Kind{}, map[string]string{}
	for _, c := range t.Columns {
		o.Kinds[c.Name] = c.Kind
		if c.Kind == tables.Date && c.Layout != "" {
			o.Layouts[c.Name] = c.Layout
		}
	}
	u, err := f.read(o)
	if err == nil {
		u.Name = name
	}
	return u, err
}

// checkPictures decodes the pictures of a folder or a list.
func checkPictures(ctx context.Context, name string) (*check.Report, error) {
	l, err := images.OpenList(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	r := &check.Report{Data: name, Format: "pictures", Rows: len(l.Files)}
	counts := make([]int, len(l.Classes))
	broken := check.Finding{Level: check.Pass, Check: "pictures", Text: "all pictures can be read"}
	n := 0
	for _, f := range l.Files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		counts[f.Class]++
		if _, err := images.Open(f.Path); err != nil {
			if n++; n <= 5 {
				broken.Rows = append(broken.Rows, err.Error())
			}
		}
	}
	if n > 0 {
		broken.Level, broken.Text = check.Fail, fmt.Sprintf("%s of %s pictures can't be read", count(n), count(len(l.Files)))
	}
	r.Findings = append(r.Findings, broken)
	classes := check.Finding{Level: check.Pass, Check: "target", Text: fmt.Sprintf("%d classes", len(l.Classes))}
	if len(l.Classes) < 2 {
		classes.Level, classes.Text = check.Fail, fmt.Sprintf("%d class: there is nothing to learn; want one folder for each class", len(l.Classes))
	}
	r.Findings = append(r.Findings, classes)
	for i, class := range l.Classes {
		r.Target = append(r.Target, check.Count{Value: class, Rows: counts[i]})
	}
	return r, nil
}

// findingText is a finding without its level.
func findingText(f check.Finding) string {
	s := f.Check + ": "
	if f.Column != "" {
		s += f.Column + ": "
	}
	s += f.Text
	if len(f.Rows) > 0 {
		s += " [" + strings.Join(f.Rows, ", ") + "]"
	}
	return s
}

// printReport prints a report for people.
func printReport(c *call, r *check.Report) {
	c.printf("%s: %s rows, %d columns; %s\n\n", r.Data, count(r.Rows), len(r.Columns), r.Format)
	if len(r.Columns) > 0 {
		t := table{align: "llrrrrr"}
		t.add("COLUMN", "TYPE", "MISSING", "DIFFERENT", "LEAST", "MEAN", "LARGEST", "WHY")
		for _, x := range r.Columns {
			row := []string{shorten(x.Name, 24), x.Kind.String(), count(x.Missing), count(x.Distinct), "", "", "", shorten(x.Reason, 60)}
			if x.Kind == tables.Number && x.Quartiles != nil {
				row[4], row[5], row[6] = fmt.Sprintf("%.4g", x.Min), fmt.Sprintf("%.4g", x.Mean), fmt.Sprintf("%.4g", x.Max)
			}
			t.add(row...)
		}
		c.printf("%s\n", t.String())
	}
	if len(r.Target) > 0 {
		t := table{align: "lr"}
		t.add("CLASS", "ROWS")
		for _, x := range r.Target[:min(len(r.Target), 20)] {
			t.add(shorten(x.Value, 40), count(x.Rows))
		}
		c.printf("%s\n", t.String())
	}
	for _, f := range r.Findings {
		c.printf("%s", wrap(string(f.Level)+"  "+findingText(f), 6))
	}
}
