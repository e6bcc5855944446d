package prep

import (
	"math"
	"slices"
	"time"
)

// part is one number of a date, in UTC.
type part struct {
	name string
	of   func(m *moment) float64
}

// moment is a date taken apart.
type moment struct {
	year, month, day, weekday int // month and day from 0
	second                    int // of the day
	seconds                   int64
}

// The parts of a date. What goes round has a sine and a cosine, so that its end is near its beginning; "days" is the time
// since 1970-01-01, of which a scale makes an age.
var parts = []part{
	{"year", func(m *moment) float64 { return float64(m.year) }},
	{"month sin", func(m *moment) float64 { return months[m.month].sin }},
	{"month cos", func(m *moment) float64 { return months[m.month].cos }},
	{"day sin", func(m *moment) float64 { return days[m.day].sin }},
	{"day cos", func(m *moment) float64 { return days[m.day].cos }},
	{"weekday sin", func(m *moment) float64 { return weekdays[m.weekday].sin }},
	{"weekday cos", func(m *moment) float64 { return weekdays[m.weekday].cos }},
	{"hour sin", func(m *moment) float64 { return math.Sin(2 * math.Pi * float64(m.second) / 86400) }},
	{"hour cos", func(m *moment) float64 { return math.Cos(2 * math.Pi * float64(m.second) / 86400) }},
	{"days", func(m *moment) float64 { return float64(m.seconds) / 86400 }},
}

// direction is an angle's sine and cosine.
type direction struct{ sin, cos float64 }

var months, days, weekdays = circle(12), circle(31), circle(7)

// circle has n directions, the first of angle 0.
func circle(n int) []direction {
	c := make([]direction, n)
	for i := range c {
		a := 2 * math.Pi * float64(i) / float64(n)
		c[i] = direction{math.Sin(a), math.Cos(a)}
	}
	return c
}

// partOf returns the part of a name, or nil.
func partOf(name string) *part {
	if i := slices.IndexFunc(parts, func(p part) bool { return p.name == name }); i >= 0 {
		return &parts[i]
	}
	return nil
}

// momentOf takes apart seconds since 1970-01-01, whole ones.
func momentOf(seconds float64) moment {
	t := time.Unix(int64(math.Floor(seconds)), 0).UTC()
	year, month, day := t.Date()
	h, m, s := t.Clock()
	return moment{year, int(month) - 1, day - 1, int(t.Weekday()), h*3600 + m*60 + s, t.Unix()}
}
