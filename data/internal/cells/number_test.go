package cells

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/rng"
)

// TestNumberIsParseFloat holds every way of reading a number to the standard library's, to the bit.
func TestNumberIsParseFloat(t *testing.T) {
	texts := []string{
		"0", "-0", "+1", "1.", ".5", "-.5", ".", "-", "+", "1e5", "1e", "1e+", "1E-5", "1e22", "1e23", "9007199254740991", "9007199254740993", "1e-22", "1e-23",
		"12345678", "1234567.1234567", "12345678.12345678", "0.1", "0.3", "123456789012345678901234567890", "1.7976931348623157e308", "4.9e-324", "1e-400",
		"00012", "1_000", "0x10", "inf", "1.5.2", "1-2", "--1", "1e1.5", "2.2250738585072011e-308", "٣",
	}
	s := rng.Stream{Seed: 7}
	for i := range uint64(200_000) {
		b := s.At(i)
		bits := uint64(b[0]) | uint64(b[1])<<32
		switch b[2] % 5 {
		case 0:
			texts = append(texts, strconv.FormatFloat(math.Float64frombits(bits), 'g', -1, 64))
		case 1:
			texts = append(texts, strconv.FormatFloat(float64(int32(b[0]))/1000, 'f', int(b[3]%9), 64))
		case 2:
			texts = append(texts, strconv.FormatInt(int64(bits)>>(b[3]%60), 10))
		case 3:
			texts = append(texts, strconv.FormatFloat(float64(bits)/(1<<64), 'f', int(b[3]%20), 64))
		case 4:
			texts = append(texts, strconv.FormatFloat(float64(b[0]), 'e', int(b[3]%18), 64))
		}
	}
	p := &Plan{Role: Number}
	q := &Plan{Role: Number, Comma: true}
	for _, x := range texts {
		want, err := strconv.ParseFloat(x, 64)
		valid := err == nil && strings.Trim(x, "0123456789+-.eE") == ""
		if x == "-" || x == "." || x == "NaN" { // missing
			continue
		}
		got, fault := p.number([]byte(x))
		if valid != (fault == Fine) || valid && math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%s is read as %v (%v), want %v (%v)", x, got, fault, want, err)
		}
		if got, _ := q.number([]byte(strings.Replace(x, ".", ",", 1))); valid && got != want {
			t.Errorf("%s with a comma is read as %v, want %v", x, got, want)
		}
		padded := append([]byte(x), ",1234567890123456789012345"...)
		if got, n := Scan(padded, '.'); n == len(x) && (!valid || math.Float64bits(got) != math.Float64bits(want)) {
			t.Errorf("%s within a line is read as %v in %d bytes, want %v", x, got, n, want)
		}
	}
}

// TestDates holds days to package time's calendar.
func TestDates(t *testing.T) {
	for _, c := range []struct {
		l     Layout
		text  string
		want  float64 // of date -u +%s
		shape bool
	}{
		{YearFirst, "1970-01-01", 0, true},
		{YearFirst, "2024-02-29", 1709164800, true},
		{YearFirst, "2023-02-29", math.NaN(), true},
		{YearFirst, "2021/3/1", 1614556800, true},
		{YearFirst, "2021-03-01 12:34", 1614602040, true},
		{YearFirst, "2021-03-01T12:34:56.5Z", 1614602096.5, true},
		{YearFirst, "2021-03-01T12:34:56+01:00", 1614598496, true},
		{YearFirst, "2021-03-01 25:00", math.NaN(), true},
		{YearFirst, "2021-03", math.NaN(), false},
		{YearFirst, "2021-03-01x", math.NaN(), false},
		{DayFirst, "01.03.2021", 1614556800, true},
		{DayFirst, "1/3/2021", 1614556800, true},
		{MonthFirst, "3/1/2021", 1614556800, true},
		{MonthFirst, "13/1/2021", math.NaN(), true},
		{DayName, "1 Mar 2021", 1614556800, true},
		{DayName, "01-march-2021", 1614556800, true},
		{NameDay, "March 1, 2021", 1614556800, true},
		{NameDay, "Mon 1, 2021", math.NaN(), false},
		{YearFirst, "0000-01-01", -62167219200, true},
		{YearFirst, "9999-12-31", 253402214400, true},
	} {
		got, shape := c.l.Parse([]byte(c.text))
		if got != c.want && (got == got || c.want == c.want) || shape != c.shape {
			t.Errorf("%q as %v is %v, %v; want %v, %v", c.text, c.l, got, shape, c.want, c.shape)
		}
	}
}
