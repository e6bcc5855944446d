package npy

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

// TestRead reads what tools/golden/formats.py wrote with NumPy.
func TestRead(t *testing.T) {
	nan := math.NaN()
	a := [][]float64{{1.5, 4}, {-2, 5}, {3, nan}}
	for name, want := range map[string][][]float64{
		"f8_c": a, "f4_fortran": a, "f8_big": a, "version2": a, "i2": {{1, 3}, {-2, 4}}, "u8_big": {{1, 3}, {2, 1 << 40}}, "bool": {{0, 1, 0}},
	} {
		tab, err := Read("testdata/"+name+".npy", table.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, w := range want {
			c := tab.Columns[i]
			got := c.Numbers
			if c.Kind == table.Binary {
				for _, k := range c.Codes {
					got = append(got, float64(k))
				}
			}
			if !slices.EqualFunc(got, w, func(x, y float64) bool { return x == y || x != x && y != y }) && c.Kind != table.Binary {
				t.Errorf("%s: column %s is %v, want %v", name, c.Name, got, w)
			}
			if c.Kind == table.Binary && len(c.Codes) != len(w) {
				t.Errorf("%s: column %s has %d codes, want %d", name, c.Name, len(c.Codes), len(w))
			}
		}
	}
}

func TestStream(t *testing.T) {
	s, err := Open("testdata/f4_fortran.npy", []table.Field{{Name: "c3"}, {Name: "c1"}}, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p, err := s.Next(1)
	if err != nil || p.Columns[0].Numbers[0] != 3 || p.Columns[1].Numbers[0] != 1.5 {
		t.Fatalf("first row is %v, %v", p, err)
	}
	if p, err = s.Next(5); err != nil || p.Rows != 1 || p.Columns[1].Numbers[0] != 4 {
		t.Fatalf("second row is %v, %v", p, err)
	}
	if _, err = s.Next(1); err != io.EOF {
		t.Fatalf("after the end: %v, want EOF", err)
	}
}

func TestBad(t *testing.T) {
	good, err := os.ReadFile("testdata/f8_c.npy")
	if err != nil {
		t.Fatal(err)
	}
	swap := func(old, new string) []byte { return bytes.Replace(good, []byte(old), []byte(new), 1) }
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"cut":      {good[:len(good)-8], "want 48 bytes of elements, the file has 40"},
		"lies":     {swap("(2, 3)", "(9, 9)"), "want 648 bytes"},
		"3 dims":   {swap("(2, 3)", "(1,2,3)"), "3 dimensions, want 1 or 2"},
		"type":     {swap("<f8", "<U8"), `elements of type "<U8"`},
		"version":  {append([]byte("\x93NUMPY\x07"), good[7:]...), "version 7"},
		"header":   {append([]byte("\x93NUMPY\x01\x00\xff\xff"), good[10:]...), "said to have 65535 bytes"},
		"negative": {swap("(2, 3)", "(-2,3)"), "'shape' has"},
		"infinite": {append(slices.Clone(good[:len(good)-8]), 0, 0, 0, 0, 0, 0, 0xf0, 0x7f), `row 2: column "c3": the value is infinite`},
	} {
		path := filepath.Join(t.TempDir(), "x.npy")
		if err := os.WriteFile(path, c.b, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path, table.Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want …%s…", name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.npy")
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

func (source) Close() error { return nil }
