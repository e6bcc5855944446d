package csv

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data/table"
)

// write puts text into a file.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

const people = `id,age,sex,joined,income,note,score
1,39,M,2021-03-01,<=50K,"likes ""quotes"", and commas",1.5
2,?,F,2021-03-02,>50K,"two
lines",-2e3
3,28,M,2021-03-03,<=50K,,NA
4,41,F,2021-03-04,>50K,plain,.25
`

func TestRead(t *testing.T) {
	tab, err := Read(write(t, "people.csv", people), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]table.Kind{
		"id": table.ID, "age": table.Number, "sex": table.Binary, "joined": table.Date, "income": table.Binary, "note": table.Category, "score": table.Number,
	}
	for _, c := range tab.Columns {
		if c.Kind != kinds[c.Name] || c.Reason == "" {
			t.Errorf("column %s is %v (%s), want %v", c.Name, c.Kind, c.Reason, kinds[c.Name])
		}
	}
	if a := tab.Lookup("age").Numbers; a[0] != 39 || !math.IsNaN(a[1]) || a[3] != 41 {
		t.Errorf("age is %v", a)
	}
	if d := tab.Lookup("joined").Numbers; d[0] != 1614556800 { // date -u -d 2021-03-01 +%s
		t.Errorf("joined is %v", d)
	}
	n := tab.Lookup("note")
	if want := []string{`likes "quotes", and commas`, "two\nlines", "plain"}; !slices.Equal(n.Levels, want) || !slices.Equal(n.Codes, []int32{0, 1, -1, 2}) {
		t.Errorf("note has levels %q, codes %v", n.Levels, n.Codes)
	}
	for row, line := range []int{2, 3, 5, 6} {
		if got := tab.Lines.Line(row); got != line {
			t.Errorf("row %d is in line %d, want %d", row, got, line)
		}
	}
}

func TestStream(t *testing.T) {
	path := write(t, "people.csv", people)
	tab, err := Read(path, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fields := append([]table.Field{{Name: "absent", Kind: table.Category}}, tab.Fields()[1:3]...)
	if _, err := Open(path, fields, table.Options{}); err == nil || !strings.Contains(err.Error(), `"absent"`) {
		t.Errorf("a column that isn't there: %v", err)
	}
	s, err := Open(path, fields, table.Options{MayLack: []string{"absent"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var sizes []int
	for {
		p, err := s.Next(3)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, p.Rows)
		if p.Columns[0].Codes[0] != -1 || p.Columns[1].Name != "age" || len(p.Columns[2].Codes) != p.Rows {
			t.Errorf("piece %d is wrong", len(sizes))
		}
	}
	if !slices.Equal(sizes, []int{3, 1}) {
		t.Errorf("pieces have %v rows, want [3 1]", sizes)
	}
}

func TestBad(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"ragged":         {"a,b\n1,2\n3\n", ":3:1: the row has 1 fields, the first row has 2"},
		"long row":       {"a,b\n1,2\n3,4,5\n", ":3:1: the row has 3 fields, the first row has 2"},
		"open quote":     {"a,b\n1,2\n3,\"x\n4,5\n", ":3:3: the quote that is opened here isn't closed"},
		"text after":     {"a,b\n1,\"x\" y\n", ":2:7: text after the closing quote"},
		"nul":            {"a,b\n1,x\x00y\n", ":2:4: a NUL byte"},
		"1e999":          {"a,b\n1,2\n1e999,3\n", `:3:1: column "a": "1e999" is beyond what a number can hold`},
		"no such date":   {"d,b\n2021-02-28,2\n2021-02-29,3\n", `:3:1: column "d": "2021-02-29" is a date that doesn't exist`},
		"stray text":     {"a\n" + strings.Repeat("1\n3\n2\n", 20) + "x\n", `:62:1: column "a": "x" isn't a number`},
		"same name":      {"a,a\n1,2\n", `columns 1 and 2 are both called "a"`},
		"mixed encoding": {"a,b\n1,é\n2,\xe9\n", ":3:3: byte 0xe9 isn't UTF-8, and other characters are"},
		"old mac":        {"a,b\r1,2\r3,4\r", ":1:4: lines end with CR alone"},
	} {
		_, err := Read(write(t, "x.csv", c.text), table.Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want …%s…", name, err, c.want)
		}
	}
}

func TestBadRows(t *testing.T) {
	path := write(t, "x.csv", "a,b\n1,2\n3\n5,6\n1e999,1\n7,8\n")
	if _, err := Read(path, table.Options{BadRows: 0.2}); err == nil || !strings.Contains(err.Error(), "2 of 5 rows are bad") {
		t.Errorf("error is %v, want 2 of 5 rows", err)
	}
	tab, err := Read(path, table.Options{BadRows: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	if a := tab.Lookup("a").Numbers; !slices.Equal(a, []float64{1, 5, 7}) || tab.BadN != 2 || tab.Bad[1].Line != 5 || tab.Lines.Line(2) != 6 {
		t.Errorf("a is %v, %d bad rows, %v, line %d", a, tab.BadN, tab.Bad, tab.Lines.Line(2))
	}
}
