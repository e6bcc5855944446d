package csv

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
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

// TestCutGzip: a compressed file that was cut off isn't taken for a shorter one, wherever the cut is.
func TestCutGzip(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprint(z, "a,b\n")
	for i := range 200_000 { // several pieces
		fmt.Fprintf(z, "%d,%d\n", i*7919%1000003, i)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{200, b.Len() / 2, b.Len() - 4} {
		path := write(t, "cut.csv.gz", string(b.Bytes()[:n]))
		if _, err := Read(path, table.Options{}); err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("of %d of %d bytes the error is %v", n, b.Len(), err)
		}
	}
}

// TestDressedNumbers: a column that is text only for its signs says what to do.
func TestDressedNumbers(t *testing.T) {
	for _, cells := range [][2]string{{"12.5%", "3%"}, {"$12", "$3.50"}, {`"1,234.5"`, `"12,345"`}, {"1 234", "12 345"}, {"\t1.5", "\t2"}, {"7\u00a0€", "8,250\u00a0€"}} {
		text := "a;b\n"
		for i := range 30 {
			text += cells[i%2] + ";x\n" + cells[i%2] + ";y\n"
		}
		tab, err := Read(write(t, "dressed.csv", text), table.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if a := tab.Columns[0]; !strings.Contains(a.Reason, "numbers with signs or separators, such as ") {
			t.Errorf("%q is %v (%s)", cells, a.Kind, a.Reason)
		}
	}
	text := "a;b\n" + strings.Repeat("red;x\n1,2,3;y\n", 30)
	if tab, err := Read(write(t, "plain.csv", text), table.Options{}); err != nil || strings.Contains(tab.Columns[0].Reason, "signs") {
		t.Errorf("%v, %+v", err, tab)
	}
}

// TestLongIDs: 2⁵³ + 1 is no float64, and so ids of that size are texts; a quantity may be rounded.
func TestLongIDs(t *testing.T) {
	text := "user_id,bytes\n"
	for i := range 12 {
		text += fmt.Sprintf("%d,%d\n", int64(9007199254740993)+int64(i), int64(9007199254740993)+int64(i))
	}
	tab, err := Read(write(t, "ids.csv", text), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if id := tab.Columns[0]; id.Kind != table.ID || id.Strings[0] != "9007199254740993" || id.Strings[11] != "9007199254741004" {
		t.Errorf("user_id is %v (%s): %q", id.Kind, id.Reason, id.Strings)
	}
	if b := tab.Columns[1]; b.Kind != table.Number {
		t.Errorf("bytes is %v (%s)", b.Kind, b.Reason)
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

// TestPieces holds what is read in many pieces and with any number of workers to what is read in one.
func TestPieces(t *testing.T) {
	var b strings.Builder
	b.WriteString("n,when,word,quoted\n")
	for i := range 40_000 {
		fmt.Fprintf(&b, "%d,20%02d-01-%02d,w%d,\"a \"\"%d\"\"\nline\"\n", i*7%1000, i%30, i%28+1, i%300, i)
	}
	path := write(t, "x.csv", b.String())
	var first *table.Table
	for _, n := range []int{1, 2, 8} {
		old := runtime.GOMAXPROCS(n)
		tab, err := Read(path, table.Options{})
		runtime.GOMAXPROCS(old)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = tab
		} else if !reflect.DeepEqual(first, tab) {
			t.Errorf("with %d workers the table is another", n)
		}
	}
	if first.Rows != 40_000 || first.Lines.Line(39_999) != 2*39_999+2 || first.Lookup("quoted").Strings[39_999] != "a \"39999\"\nline" {
		t.Errorf("%d rows, the last in line %d, its text %q", first.Rows, first.Lines.Line(39_999), first.Lookup("quoted").Strings[39_999])
	}
	if k := first.Lookup("word"); k.Kind != table.Category || k.Levels[k.Codes[39_999]] != "w99" {
		t.Errorf("word is %v", k.Kind)
	}
}

func TestDialects(t *testing.T) {
	latin := "name;value\nJos\xe9;1,5\nZo\xeb;-2,25\n"
	utf16 := func(s string, big bool) string {
		var b []byte
		for _, r := range s {
			if big {
				b = append(b, byte(r>>8), byte(r))
			} else {
				b = append(b, byte(r), byte(r>>8))
			}
		}
		return string(b)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, "name,value\nJosé,1.5\nZoë,-2.25\n")
	z.Close()
	for name, c := range map[string]struct{ text, format string }{
		"latin":   {latin, `CSV, Windows-1252, delimiter ';', with a header, decimal comma`},
		"mark":    {"\xef\xbb\xbfname,value\nJosé,1.5\nZoë,-2.25\n", `CSV, UTF-8, delimiter ',', with a header`},
		"utf16le": {"\xff\xfe" + utf16("name\tvalue\r\nJosé\t1.5\r\nZoë\t-2.25\r\n", false), `CSV, UTF-16 LE, delimiter '\t', with a header`},
		"utf16be": {utf16("name|value\nJosé|1.5\nZoë|-2.25\n", true), `CSV, UTF-16 BE, delimiter '|', with a header`},
		"gzip":    {zipped.String(), `CSV, UTF-8, delimiter ',', gzipped, with a header`},
		"late":    {"name,value\nJosé,1.5\n  Zoë ,-2.25", `CSV, UTF-8, delimiter ',', with a header`},
		"bare":    {"José,1.5\nZoë,-2.25\n", `CSV, UTF-8, delimiter ',', without a header`},
	} {
		tab, err := Read(write(t, "x.csv", c.text), table.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if tab.Format != c.format || !slices.Equal(tab.Columns[0].Levels, []string{"José", "Zoë"}) || !slices.Equal(tab.Columns[1].Numbers, []float64{1.5, -2.25}) {
			t.Errorf("%s is %s: %v %v", name, tab.Format, tab.Columns[0].Levels, tab.Columns[1])
		}
	}
}

func TestOverrides(t *testing.T) {
	path := write(t, "x.csv", "zip,when,a,b\n123,3/4/2021,1,x\n456,5/6/2021,2,y\n")
	tab, err := Read(path, table.Options{Kinds: map[string]table.Kind{"zip": table.Category}, Layouts: map[string]string{"when": "02/01/2006"}, Drop: []string{"b"}})
	if err != nil {
		t.Fatal(err)
	}
	if z := tab.Lookup("zip"); z.Kind != table.Category || z.Levels[0] != "123" || z.Reason != "config" {
		t.Errorf("zip is %v (%s)", z.Kind, z.Reason)
	}
	if w := tab.Lookup("when"); w.Numbers[0] != 1617408000 { // date -u -d 2021-04-03 +%s
		t.Errorf("when is %v", w.Numbers)
	}
	if tab.Lookup("b") != nil {
		t.Error("column b was dropped and is there")
	}
	if _, err := Read(path, table.Options{Drop: []string{"nothing"}}); err == nil || !strings.Contains(err.Error(), `no column "nothing"`) {
		t.Errorf("dropping a column that isn't there: %v", err)
	}
	if _, err := Read(path, table.Options{Kinds: map[string]table.Kind{"b": table.Number}}); err == nil || !strings.Contains(err.Error(), `:2:16: column "b": "x" isn't a number`) {
		t.Errorf("a text forced to be a number: %v", err)
	}
}

// TestDayOrMonth has dates whose order shows only late.
func TestDayOrMonth(t *testing.T) {
	var b strings.Builder
	b.WriteString("d,x\n")
	for i := range 60_000 {
		fmt.Fprintf(&b, "0%d/0%d/2021,%d\n", i%9+1, i%8+1, i)
	}
	b.WriteString("31/01/2021,5\n")
	tab, err := Read(write(t, "x.csv", b.String()), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := tab.Lookup("d"); d.Layout != "02/01/2006" || d.Numbers[60_000] != 1612051200 { // date -u -d 2021-01-31 +%s
		t.Errorf("d is %v, %s: %s", d.Kind, d.Layout, d.Reason)
	}
}

// TestLateText has a column of numbers that becomes one of texts after the first piece.
func TestLateText(t *testing.T) {
	tab, err := Read(write(t, "x.csv", "a,b\n"+strings.Repeat("1,2\n3,4\n5,6\n", 50_000)+strings.Repeat("x,1\ny,2\n", 10_000)), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := tab.Lookup("a")
	if a.Kind != table.Category || !strings.Contains(a.Reason, "20,000 of 170,000 values are no numbers") || !slices.Equal(a.Levels, []string{"1", "3", "5", "x", "y"}) {
		t.Errorf("a is %v (%s), %v", a.Kind, a.Reason, a.Levels)
	}
}

// TestLateEncoding has a character of Windows-1252 after a long beginning in ASCII.
func TestLateEncoding(t *testing.T) {
	path := write(t, "x.csv", "a,b\n"+strings.Repeat("1,x\n2,y\n", 150_000)+"3,\xe9\n")
	tab, err := Read(path, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if b := tab.Lookup("b"); !slices.Equal(b.Levels, []string{"x", "y", "é"}) || !strings.Contains(tab.Format, "Windows-1252") {
		t.Errorf("%s: b has %q", tab.Format, b.Levels)
	}
	s, err := Open(path, tab.Fields(), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rows, last := 0, ""
	for {
		p, err := s.Next(100_000)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		rows += p.Rows
		b := p.Columns[1]
		last = b.Levels[b.Codes[p.Rows-1]]
	}
	if rows != 300_001 || last != "é" {
		t.Errorf("%d rows, the last has %q", rows, last)
	}
}

// TestLongRow has a quote that isn't closed and a line without an end, each longer than a row may be.
func TestLongRow(t *testing.T) {
	long := strings.Repeat("lorem ipsum, ", (MaxRow+1<<20)/13)
	for text, want := range map[string]string{
		"a,b\n1,2\n3,\"" + strings.ReplaceAll(long, "ipsum,", "ipsum\n"): ":3:3: the row is longer than 16 MiB; the quote that is opened here isn't closed",
		"a,b\n1,2\n3," + long: ":3: the row is longer than 16 MiB and doesn't end",
	} {
		if _, err := Read(write(t, "x.csv", text), table.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %.200v, want …%s…", err, want)
		}
	}
}

func TestWrite(t *testing.T) {
	tab := &table.Table{Rows: 3, Columns: []*table.Column{
		{Field: table.Field{Name: "n"}, Numbers: []float64{-1.5, math.NaN(), 1e21}},
		{Field: table.Field{Name: "d", Kind: table.Date}, Numbers: []float64{1614556800, 1614602096.5, math.NaN()}},
		{Field: table.Field{Name: "s,t", Kind: table.Text}, Strings: []string{"=1+2", `a "b"`, "-3.5"}},
		{Field: table.Field{Name: "k", Kind: table.Category}, Codes: []int32{-1, 0, 1}, Levels: []string{"-x", "@y,z"}},
	}}
	var b bytes.Buffer
	w := NewWriter(&b, tab.Fields())
	if err := w.Write(tab); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := "n,d,\"s,t\",k\n-1.5,2021-03-01,\"'=1+2\",\n,2021-03-01T12:34:56.5Z,\"a \"\"b\"\"\",\"'-x\"\n1e+21,,-3.5,\"'@y,z\"\n"
	if b.String() != want {
		t.Errorf("written is\n%swant\n%s", b.String(), want)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(people), false)
	f.Add([]byte("a;b\n1,5;\"x\ny\"\n2,5;z\n"), true)
	f.Add([]byte("\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00"), true)
	f.Fuzz(func(t *testing.T, b []byte, bear bool) {
		o := table.Options{}
		if bear {
			o.BadRows = 0.9
		}
		tab, err := Read(write(t, "x.csv", string(b)), o)
		if err != nil {
			return
		}
		for _, c := range tab.Columns {
			if n := len(c.Numbers) + len(c.Codes) + len(c.Strings); n != tab.Rows {
				t.Fatalf("column %q has %d values, the table %d rows", c.Name, n, tab.Rows)
			}
		}
		s, err := Open(write(t, "x.csv", string(b)), tab.Fields(), o)
		if err != nil {
			t.Fatalf("what was read can't be opened: %v", err)
		}
		defer s.Close()
		rows := 0
		for {
			p, err := s.Next(3)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("what was read can't be streamed: %v", err)
			}
			rows += p.Rows
		}
		if rows != tab.Rows {
			t.Fatalf("%d rows are read and %d streamed", tab.Rows, rows)
		}
	})
}
