package cells

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Layout is a way to write dates. A time of day may follow each: 15:04, 15:04:05 or 15:04:05.999, after a space or a T, with
// Z or an offset.
type Layout uint8

// The layouts, by the order of their parts; separators are a dash, a slash or a dot, of names of months also a space.
const (
	NoLayout   Layout = iota
	YearFirst         // 2006-01-02, 2006/1/2
	DayFirst          // 02/01/2006, 2.1.2006
	MonthFirst        // 01/02/2006
	DayName           // 2 Jan 2006, 02-January-2006
	NameDay           // Jan 2, 2006
)

var layoutNames = [...]string{"", "2006-01-02", "02/01/2006", "01/02/2006", "2 Jan 2006", "Jan 2, 2006"}

// String returns the layout as package time writes it.
func (l Layout) String() string { return layoutNames[l] }

// ParseLayout returns the layout of a name that String gives; "" is NoLayout.
func ParseLayout(s string) (Layout, error) {
	for l, name := range layoutNames {
		if s == name {
			return Layout(l), nil
		}
	}
	return 0, fmt.Errorf("layout %q is none of %s", s, strings.Join(layoutNames[1:], ", "))
}

func (l Layout) swapped() (Layout, bool) {
	switch l {
	case DayFirst:
		return MonthFirst, true
	case MonthFirst:
		return DayFirst, true
	}
	return l, false
}

// Parse reads a date: seconds since 1970-01-01 UTC, NaN where it is none. shape reports whether it looks like one, so that
// what is wrong is the date and not the column.
func (l Layout) Parse(b []byte) (sec float64, shape bool) {
	if l == YearFirst && len(b) == 10 && (b[4] == '-' || b[4] == '/') {
		if sec, ok := plainDay((*[10]byte)(b)); ok {
			return sec, true
		}
	}
	s := dateScanner{b: b}
	var y, m, d int
	ok := false
	switch l {
	case YearFirst:
		y, m, d, ok = s.three(4, 2, 2)
	case DayFirst:
		d, m, y, ok = s.three(2, 2, 4)
	case MonthFirst:
		m, d, y, ok = s.three(2, 2, 4)
	case DayName:
		if d, ok = s.digits(1, 2); ok {
			if ok = s.separator(); ok {
				if m, ok = s.month(); ok {
					if ok = s.separator(); ok {
						y, ok = s.digits(4, 4)
					}
				}
			}
		}
	case NameDay:
		if m, ok = s.month(); ok {
			if ok = s.separator(); ok {
				if d, ok = s.digits(1, 2); ok {
					s.take(',')
					if ok = s.take(' '); ok {
						y, ok = s.digits(4, 4)
					}
				}
			}
		}
	}
	if !ok {
		return math.NaN(), false
	}
	clock, shape, ok := s.clock()
	if !ok || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return math.NaN(), shape
	}
	return float64(days(y, m, d))*86400 + clock, true
}

// plainDay reads 2006-01-02 alone, which most dates are.
func plainDay(b *[10]byte) (sec float64, ok bool) {
	if b[7] != b[4] {
		return 0, false
	}
	bad := byte(0)
	for _, i := range [...]int{0, 1, 2, 3, 5, 6, 8, 9} {
		if b[i]-'0' > 9 {
			bad = 1
		}
	}
	two := func(i int) int { return int(b[i])*10 + int(b[i+1]) - 11*'0' }
	y, m, d := two(0)*100+two(2), two(5), two(8)
	if bad != 0 || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return 0, false
	}
	return float64(days(y, m, d)) * 86400, true
}

// dateScanner reads the parts of a date.
type dateScanner struct {
	b []byte
	i int
}

func (s *dateScanner) take(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

// digits reads a number of lo to hi digits.
func (s *dateScanner) digits(lo, hi int) (n int, ok bool) {
	start := s.i
	for s.i < len(s.b) && s.i < start+hi && s.b[s.i]-'0' <= 9 {
		n = n*10 + int(s.b[s.i]-'0')
		s.i++
	}
	return n, s.i-start >= lo
}

// three reads three numbers of at most so many digits with the same separator between them; one of 4 has 4, others 1 or 2.
func (s *dateScanner) three(w1, w2, w3 int) (a, b, c int, ok bool) {
	least := func(w int) int {
		if w == 4 {
			return 4
		}
		return 1
	}
	if a, ok = s.digits(least(w1), w1); !ok || s.i >= len(s.b) {
		return 0, 0, 0, false
	}
	sep := s.b[s.i]
	if sep != '-' && sep != '/' && sep != '.' {
		return 0, 0, 0, false
	}
	s.i++
	if b, ok = s.digits(least(w2), w2); !ok || !s.take(sep) {
		return 0, 0, 0, false
	}
	c, ok = s.digits(least(w3), w3)
	return a, b, c, ok
}

// separator reads a dash, a slash or a space, or a dot and a space.
func (s *dateScanner) separator() bool {
	if s.take('.') {
		s.take(' ')
		return true
	}
	return s.take('-') || s.take(' ') || s.take('/')
}

// month reads the English name of a month, whole or its first three letters.
func (s *dateScanner) month() (m int, ok bool) {
	start := s.i
	for s.i < len(s.b) && (s.b[s.i]|0x20) >= 'a' && (s.b[s.i]|0x20) <= 'z' {
		s.i++
	}
	name := text(s.b[start:s.i])
	if len(name) < 3 || len(name) > 9 {
		return 0, false
	}
	for m := time.January; m <= time.December; m++ {
		if full := m.String(); len(name) <= len(full) && (len(name) == 3 || len(name) == len(full)) && strings.EqualFold(name, full[:len(name)]) {
			return int(m), true
		}
	}
	return 0, false
}

// clock reads the time of day that may follow, and its offset. ok: it exists.
func (s *dateScanner) clock() (sec float64, shape, ok bool) {
	if s.i == len(s.b) {
		return 0, true, true
	}
	if !s.take(' ') && !s.take('T') {
		return 0, false, false
	}
	h, ok1 := s.digits(1, 2)
	colon := s.take(':')
	m, ok2 := s.digits(2, 2)
	if !ok1 || !colon || !ok2 {
		return 0, false, false
	}
	x, frac := 0, 0.0
	if s.take(':') {
		if x, ok = s.digits(2, 2); !ok {
			return 0, false, false
		}
		if s.take('.') {
			start := s.i
			n, ok := s.digits(1, 9)
			if !ok {
				return 0, false, false
			}
			frac = float64(n) / Tens[s.i-start]
		}
	}
	zone, ok := s.zone()
	if !ok || s.i != len(s.b) {
		return 0, false, false
	}
	if h > 23 || m > 59 || x > 60 {
		return 0, true, false
	}
	return float64(h*3600+m*60+x-zone) + frac, true, true
}

// zone reads Z, +01:00, +0100, +01 or nothing: seconds east of UTC.
func (s *dateScanner) zone() (sec int, ok bool) {
	sign := 1
	switch {
	case s.i == len(s.b), s.take('Z'), s.take(' ') && s.take('U') && s.take('T') && s.take('C'):
		return 0, true
	case s.take('-'):
		sign = -1
	case !s.take('+'):
		return 0, false
	}
	h, ok := s.digits(2, 2)
	if !ok {
		return 0, false
	}
	colon := s.take(':')
	m, ok := s.digits(2, 2)
	return sign * (h*3600 + m*60), ok || !colon && m == 0
}

func daysIn(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// days returns the days since 1970-01-01 of a day of the proleptic Gregorian calendar.
//
// Source: Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil, for years from 0 on.
func days(y, m, d int) int {
	if m <= 2 {
		y--
		m += 12
	}
	era := (y + 400) / 400 // year −1, of January and February of year 0, is in era 0 of these
	of := y + 400 - era*400
	day := (153*(m-3)+2)/5 + d - 1
	return era*146097 + of*365 + of/4 - of/100 + day - 719468 - 146097
}
