package jsonl

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data/internal/cells"
	"github.com/ingot-ml/ingot/data/table"
)

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRead(t *testing.T) {
	tab, err := Read(write(t, `{"a": 1, "b": "x\n\u00e9", "c": true, "in": {"d": -2.5e3}}

 {"c": false, "b": null, "a": 3, "late": "2021-03-01"}
{"a": NaN,"b":"y","in":{"d":4},"c":true}
`), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range tab.Columns {
		names = append(names, c.Name)
	}
	if want := []string{"a", "b", "c", "in.d", "late"}; !slices.Equal(names, want) {
		t.Errorf("columns are %v, want %v", names, want)
	}
	if d := tab.Lookup("in.d"); d.Codes == nil || d.Levels[0] != "-2500" {
		t.Errorf("in.d is %v %v %v", d.Kind, d.Numbers, d.Levels)
	}
	if b := tab.Lookup("b"); b.Levels[0] != "x\né" || !slices.Equal(b.Codes, []int32{0, -1, 1}) {
		t.Errorf("b is %q %v", b.Levels, b.Codes)
	}
	if d := tab.Lookup("late"); d.Kind != table.Date || d.Numbers[1] != 1614556800 {
		t.Errorf("late is %v %v", d.Kind, d.Numbers)
	}
	if tab.Lines.Line(0) != 1 || tab.Lines.Line(1) != 3 {
		t.Errorf("lines are %d, %d, want 1, 3", tab.Lines.Line(0), tab.Lines.Line(1))
	}
}

// TestLateKey has a key that comes after the beginning by which columns are found.
func TestLateKey(t *testing.T) {
	tab, err := Read(write(t, strings.Repeat(`{"a":1}`+"\n", 20_000)+`{"a":2,"z":"w"}`+"\n"), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if z := tab.Lookup("z"); tab.Rows != 20_001 || z == nil || z.Codes[20_000] != 0 || z.Codes[0] != -1 {
		t.Errorf("%d rows, z is %v", tab.Rows, z)
	}
}

func TestStream(t *testing.T) {
	s, err := Open(write(t, `{"a":1,"other":[1,2]}`+"\n"), []table.Field{{Name: "a"}}, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Next(5); err == nil || !strings.Contains(err.Error(), `:1:16: key "other" holds an array`) {
		t.Errorf("error is %v", err)
	}
	s.Close()
	if s, err = Open(write(t, `{"a":1,"other":7}`+"\n"+`{"b":1}`), []table.Field{{Name: "a"}}, table.Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p, err := s.Next(5)
	if err != nil || p.Rows != 2 || p.Columns[0].Numbers[0] != 1 || !math.IsNaN(p.Columns[0].Numbers[1]) {
		t.Errorf("rows are %v, %v", p, err)
	}
	if _, err := s.Next(5); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
	if !slices.Equal(s.Names(), []string{"a", "other", "b"}) {
		t.Errorf("the names are %v", s.Names())
	}
	for text, want := range map[string]string{ // a key may come late, but not never
		strings.Repeat(`{"a":1}`+"\n", 20_000) + `{"z":2}`: "<nil>", `{"a":1}`: `column "z": the column is missing; the file has a`,
	} {
		s, err := Open(write(t, text), []table.Field{{Name: "a"}, {Name: "z"}}, table.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = s.Next(20_000)
		}
		s.Close()
		if err != io.EOF && !strings.Contains(err.Error(), want) || err == io.EOF && want != "<nil>" {
			t.Errorf("%.20q: %v, want %s", text, err, want)
		}
	}
}

func TestBad(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1}` + "\n" + `{"a":`:         ":2:6: the line ends before the value",
		`{"a":1}` + "\n" + `{"a":1,"a":2}`: `:2:12: key "a" is there twice`,
		`{"a":{"b":{"c":1}},"x":1}`:        "two levels deep",
		`{"a":1} {"a":2}`:                  ":1:9: text after the object",
		`{"a":1}` + "\n" + `{"a":tru}`:     `"tru" is no JSON value`,
		`{"a":1}` + "\n" + `{"a":"x}`:      "isn't closed",
		`{"a":1}` + "\n" + `{"a":1e999}`:   `:2:6: column "a": "1e999" is beyond`,
		`{"a":1}` + "\n[1]":                ":2:1: an array",
		`{"a":"b` + "\xff" + `"}`:          "isn't UTF-8",
		`{}`:                               "no line of the file's beginning",
		`{"a":1}` + "\n" + `{"a":1 "b":2}`: "a comma or the object's end",
	} {
		if _, err := Read(write(t, text), table.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want …%s…", text, err, want)
		}
	}
}

func TestWrite(t *testing.T) {
	tab := &table.Table{Rows: 2, Columns: []*table.Column{
		{Field: table.Field{Name: "n"}, Numbers: []float64{1.5, math.NaN()}},
		{Field: table.Field{Name: "d", Kind: table.Date}, Numbers: []float64{1614602096.5, 0}},
		{Field: table.Field{Name: "s", Kind: table.Text}, Strings: []string{`a"b`, ""}},
		{Field: table.Field{Name: "k", Kind: table.Category}, Codes: []int32{-1, 0}, Levels: []string{"é"}},
	}}
	var b bytes.Buffer
	w := NewWriter(&b, tab.Fields())
	if err := w.Write(tab); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := `{"n":1.5,"d":"2021-03-01T12:34:56.5Z","s":"a\"b","k":null}` + "\n" + `{"n":null,"d":"1970-01-01T00:00:00Z","s":null,"k":"é"}` + "\n"
	if b.String() != want {
		t.Errorf("written is\n%swant\n%s", b.String(), want)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":{"c":"x"}}` + "\n" + `{"a":null}`))
	f.Add([]byte(`{"a":"\u00e9","d":"2021-01-01"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = cells.Read("x", table.Options{BadRows: 0.5}, func(names []string) (cells.Source, error) {
			r, err := newReader("x", bytes.NewReader(b), names)
			if err != nil {
				return nil, err
			}
			return source{r}, nil
		})
	})
}

// source has no file to close.
type source struct{ *reader }

func (source) Close() error { return nil }
