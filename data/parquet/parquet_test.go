package parquet

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/ingot-ml/ingot/data/internal/cells"
	"github.com/ingot-ml/ingot/data/table"
)

func same(x, y float64) bool { return x == y || x != x && y != y }

// TestRead reads what tools/golden/formats.py wrote with pyarrow, in every compression.
func TestRead(t *testing.T) {
	nan := math.NaN()
	numbers := map[string][]float64{
		"n": {1, 2, nan, 4}, "x": {0.5, nan, 2.5, -1.25}, "price": {1.25, -3.5, nan, 7}, "in.u": {1, 2, 3, nan},
		"day": {1614556800, nan, -86400, 1709164800}, "at": {1614602096, nan, nan, 0}, // of date -u +%s
	}
	codes := map[string][]int32{"s": {0, 1, 0, -1}, "ok": {0, 1, -1, 0}}
	for _, codec := range []string{"none", "snappy", "gzip", "brotli", "zstd"} {
		tab, err := Read("testdata/"+codec+".parquet", table.Options{})
		if err != nil {
			t.Errorf("%s: %v", codec, err)
			continue
		}
		for _, c := range tab.Columns {
			if w := numbers[c.Name]; w != nil && !slices.EqualFunc(c.Numbers, w, same) {
				t.Errorf("%s: column %s is %v, want %v", codec, c.Name, c.Numbers, w)
			}
			if w := codes[c.Name]; w != nil && !slices.Equal(c.Codes, w) {
				t.Errorf("%s: column %s is %v %v, want %v", codec, c.Name, c.Codes, c.Strings, w)
			}
		}
		if len(tab.Columns) != 8 || tab.Lookup("day").Kind != table.Date || tab.Lookup("ok").Kind != table.Binary || tab.Rows != 4 {
			t.Errorf("%s: %d rows of %v", codec, tab.Rows, tab.Fields())
		}
	}
}

// TestIntegers: whole numbers that stand for names keep their digits, and are written as other formats write them.
func TestIntegers(t *testing.T) {
	type row struct {
		UserID int64  `parquet:"user_id"`
		Hash   uint64 `parquet:"hash"`
		Zip    int64  `parquet:"zip"`
		Flag   int64  `parquet:"flag"`
	}
	var rows []row
	for i := range int64(12) {
		rows = append(rows, row{9007199254740993 + i, 1<<63 + uint64(i), 1000000 + i%3, i % 2 * 1000000})
	}
	path := filepath.Join(t.TempDir(), "ids.parquet")
	if err := parquet.WriteFile(path, rows); err != nil {
		t.Fatal(err)
	}
	tab, err := Read(path, table.Options{Kinds: map[string]table.Kind{"zip": table.Category, "hash": table.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if c := tab.Lookup("user_id"); c.Kind != table.ID || c.Strings[0] != "9007199254740993" {
		t.Errorf("user_id is %v (%s): %q", c.Kind, c.Reason, c.Strings)
	}
	if c := tab.Lookup("hash"); c.Strings[11] != "9223372036854775819" {
		t.Errorf("hash is %q", c.Strings)
	}
	for name, want := range map[string][]string{"zip": {"1000000", "1000001", "1000002"}, "flag": {"0", "1000000"}} {
		if c := tab.Lookup(name); !slices.Equal(c.Levels, want) {
			t.Errorf("%s has levels %q, want %q", name, c.Levels, want)
		}
	}
}

// TestTypes: where a schema has a date, whole numbers aren't taken for seconds, nor times for numbers.
func TestTypes(t *testing.T) {
	for _, f := range []table.Field{{Name: "n", Kind: table.Date, Layout: "2006-01-02"}, {Name: "at", Kind: table.Number}} {
		_, err := Open("testdata/none.parquet", []table.Field{f}, table.Options{})
		if err == nil || !strings.Contains(err.Error(), `column "`+f.Name+`": the file's type of it is that of a `) {
			t.Errorf("%s as a %s: %v", f.Name, f.Kind, err)
		}
	}
	s, err := Open("testdata/none.parquet", []table.Field{{Name: "at", Kind: table.Date, Layout: "2006-01-02"}, {Name: "n"}, {Name: "at", Kind: table.Category}}, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

// TestWrite reads back what is written.
func TestWrite(t *testing.T) {
	in := &table.Table{Rows: 3, Columns: []*table.Column{
		{Field: table.Field{Name: "z", Kind: table.Number}, Numbers: []float64{1.5, math.NaN(), -3}},
		{Field: table.Field{Name: "d", Kind: table.Date}, Numbers: []float64{0, 86400.5, math.NaN()}},
		{Field: table.Field{Name: "c", Kind: table.Category}, Codes: []int32{1, -1, 0}, Levels: []string{"x", "y"}},
	}}
	var b bytes.Buffer
	w, err := NewWriter(&b, in.Fields())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(in); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.parquet")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, in.Fields(), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out, err := s.Next(10)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(out.Columns[0].Numbers, in.Columns[0].Numbers, same) || !slices.EqualFunc(out.Columns[1].Numbers, in.Columns[1].Numbers, same) {
		t.Errorf("numbers come back as %v, %v", out.Columns[0].Numbers, out.Columns[1].Numbers)
	}
	if c := out.Columns[2]; !slices.Equal(c.Codes, []int32{0, -1, 1}) || !slices.Equal(c.Levels, []string{"y", "x"}) {
		t.Errorf("texts come back as %v of %v", c.Codes, c.Levels)
	}
	if _, err := s.Next(1); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
}

func TestBad(t *testing.T) {
	good, err := os.ReadFile("testdata/none.parquet")
	if err != nil {
		t.Fatal(err)
	}
	long := slices.Clone(good)
	copy(long[len(long)-8:], "\xff\xff\xff\x7f")
	lz4, err := os.ReadFile("testdata/lz4.parquet")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile("testdata/list.parquet")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"cut":    {good[:len(good)-20], "it was cut, or isn't Parquet"},
		"footer": {long, "the footer is said to have 2147483647 bytes"},
		"pages":  {append(slices.Clone(good[:4]), good[504:]...), "row 1: column"},
		"list":   {list, "is a list or a map"},
		"lz4":    {lz4, "is compressed by LZ4, which isn't read"},
		"tiny":   {[]byte("PAR1PAR1"), "too few"},
	} {
		path := filepath.Join(t.TempDir(), "x.parquet")
		if err := os.WriteFile(path, c.b, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path, table.Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want …%s…", name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.parquet")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = cells.Read("x", table.Options{}, func([]string) (cells.Source, error) {
			r, err := newReader("x", bytes.NewReader(b), int64(len(b)))
			if err != nil {
				return nil, err
			}
			return source{r}, nil
		})
	})
}

// source has no file to close.
type source struct{ *reader }

func (s source) Close() error {
	for _, c := range s.columns {
		c.close()
	}
	return nil
}
