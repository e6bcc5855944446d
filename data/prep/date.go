package prep

import (
	"math"
	"slices"
	"time"
)

// part is one number of a date, in UTC.
type part struct {
	name string
	of   func(t time.Time) float64
}

// The parts of a date. What goes round has a sine and a cosine, so that its end is near its beginning; "days" is the time
// since 1970-01-01, of which a scale makes an age.
var parts = []part{
	{"year", func(t time.Time) float64 { return float64(t.Year()) }},
	{"month sin", func(t time.Time) float64 { return math.Sin(month(t)) }},
	{"month cos", func(t time.Time) float64 { return math.Cos(month(t)) }},
	{"day sin", func(t time.Time) float64 { return math.Sin(day(t)) }},
	{"day cos", func(t time.Time) float64 { return math.Cos(day(t)) }},
	{"weekday sin", func(t time.Time) float64 { return math.Sin(weekday(t)) }},
	{"weekday cos", func(t time.Time) float64 { return math.Cos(weekday(t)) }},
	{"hour sin", func(t time.Time) float64 { return math.Sin(hour(t)) }},
	{"hour cos", func(t time.Time) float64 { return math.Cos(hour(t)) }},
	{"days", func(t time.Time) float64 { return float64(t.Unix()) / 86400 }},
}

// The angles of what goes round.
func month(t time.Time) float64   { return 2 * math.Pi * float64(t.Month()-1) / 12 }
func day(t time.Time) float64     { return 2 * math.Pi * float64(t.Day()-1) / 31 }
func weekday(t time.Time) float64 { return 2 * math.Pi * float64(t.Weekday()) / 7 }
func hour(t time.Time) float64 {
	return 2 * math.Pi * float64(t.Hour()*3600+t.Minute()*60+t.Second()) / 86400
}

// partOf returns the part of a name, or nil.
func partOf(name string) *part {
	if i := slices.IndexFunc(parts, func(p part) bool { return p.name == name }); i >= 0 {
		return &parts[i]
	}
	return nil
}

// at is the part of a date in seconds since 1970-01-01; NaN of NaN.
func (p *part) at(seconds float64) float64 {
	if math.IsNaN(seconds) {
		return seconds
	}
	return p.of(time.Unix(int64(math.Floor(seconds)), 0).UTC())
}
