package rdata

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPenguins reads a real data frame, of integers, numbers, factors and missing values, as R compressed it: the object
// penguins of the R package modeldata 1.1.0. Its counts are those of the data's description: 344 penguins, 152 Adelie, 68
// chinstrap, 124 gentoo; 333 are complete, 11 have no sex.
func TestPenguins(t *testing.T) {
	frame, err := Lookup(read(t, "penguins.rdx"), read(t, "penguins.rdb"), "penguins")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := WriteCSV(&text, frame, ""); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&text).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"species", "island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex"},
		{"Adelie", "Torgersen", "39.1", "18.7", "181", "3750", "male"},
	}
	if !slices.Equal(rows[0], want[0]) || !slices.Equal(rows[1], want[1]) || !slices.Equal(rows[4], []string{"Adelie", "Torgersen", "", "", "", "", ""}) {
		t.Errorf("rows 0, 1 and 4 are %q, %q, %q", rows[0], rows[1], rows[4])
	}
	species, unsexed := map[string]int{}, 0
	for _, r := range rows[1:] {
		species[r[0]]++
		if r[6] == "" {
			unsexed++
		}
	}
	if len(rows) != 345 || species["Adelie"] != 152 || species["Chinstrap"] != 68 || species["Gentoo"] != 124 || unsexed != 11 {
		t.Errorf("%d rows, species %v, %d without a sex", len(rows)-1, species, unsexed)
	}
}

// item writes the serialisation of tests: big-endian integers, and strings as they are.
func item(parts ...any) string {
	var b strings.Builder
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			binary.Write(&b, binary.BigEndian, int32(p))
		case float64:
			binary.Write(&b, binary.BigEndian, p)
		case string:
			b.WriteString(p)
		}
	}
	return b.String()
}

func header() string { return item("X\n", 2, 0, 0) }

func char(s string) string { return item(typeChar, len(s), s) }

// frame is a data frame of the class's columns, with names of rows.
func frame(columns ...string) string {
	names := item(typeString, len(columns))
	for i := range columns {
		names += char(string(rune('a' + i)))
	}
	return item(typeVector|hasAttributes, len(columns)) + strings.Join(columns, "") +
		item(typePairlist|hasTag, typeSymbol) + char("names") + names +
		item(typePairlist|hasTag, typeSymbol) + char("class") + item(typeString, 1) + char("data.frame") +
		item(typePairlist|hasTag, typeSymbol) + char("row.names") + item(typeString, 2) + char("first") + char("second") +
		item(typeNull)
}

// TestKinds reads logicals, dates, strings, missing values and R's compact integers.
func TestKinds(t *testing.T) {
	date := item(typePairlist|hasTag, typeSymbol) + char("class") + item(typeString, 1) + char("Date") + item(typeNull)
	compact := item(typeAltRep) + item(typePairlist, typeSymbol) + char("compact_intseq") + item(typeNull) +
		item(typeReal, 3, 2., 7., 2.) + item(typeNull)
	text := header() + frame(
		item(typeLogical, 2, 1, NAInt),
		item(typeReal|hasAttributes, 2, 0., 19000.)+date,
		item(typeString, 2)+char("x,y")+item(typeChar, -1),
		compact,
	)
	v, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteCSV(&out, v, "name"); err != nil {
		t.Fatal(err)
	}
	// 19,000 days after 1970-01-01: 52 years with 13 leap days are 18,993 days, to 2022-01-01; 7 more are the 8th.
	const want = "name,a,b,c,d\nfirst,TRUE,1970-01-01,\"x,y\",7\nsecond,,2022-01-08,,9\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "0 are left"},
		{"A\n", "only the XDR format"},
		{item("X\n", 4, 0, 0), "version 4"},
		{header() + item(typeInteger, 1000), "a length of 1000"},
		{header() + item(typeReal, -1), "a length of -1"},
		{header() + item(typeReference|3<<8), "item 3 of 0"},
		{header() + item(25), "type 25"},
		{header() + strings.Repeat(item(typeVector, 1), 300), "deep in one another"},
		{header() + item(typeString, 1, typeInteger, 0), "isn't a string"},
	} {
		if _, err := Parse([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q", c.text, err, c.want)
		}
	}
	rdx, rdb := read(t, "penguins.rdx"), read(t, "penguins.rdb")
	if _, err := Lookup(rdx, rdb, "finches"); err == nil || !strings.Contains(err.Error(), `no "finches"`) {
		t.Errorf("got %v", err)
	}
	if _, err := Lookup(rdx, rdb[:100], "penguins"); err == nil || !strings.Contains(err.Error(), "of 100") {
		t.Errorf("got %v", err)
	}
	if err := WriteCSV(&bytes.Buffer{}, &Value{Floats: []float64{1}}, ""); err == nil {
		t.Error("a vector is taken for a data frame")
	}
}

// FuzzParse: no bytes crash the reader, or what writes a frame of them.
func FuzzParse(f *testing.F) {
	frame, err := chunk(read(f, "penguins.rdb"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(frame)
	f.Add([]byte(header() + item(typeReal, 1, 1.)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, err := Parse(b); err == nil {
			WriteCSV(&bytes.Buffer{}, v, "row")
		}
	})
}
