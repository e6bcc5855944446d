package cells

import (
	"errors"
	"math"
	"strconv"
)

// Tens are the powers of ten that a float64 holds exactly.
var Tens = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// number reads a cell of a number column: NaN where it is missing, or what is wrong with it.
func (p *Plan) number(cell []byte) (float64, Fault) {
	if p.missing(cell) {
		return math.NaN(), Fine
	}
	point := byte('.')
	if p.Comma {
		point = ','
	}
	if v, n := Scan(cell, point); n == len(cell) {
		return v, Fine
	}
	return p.slow(cell)
}

// slow reads what Scan leaves: long mantissas, large exponents, underscores never.
func (p *Plan) slow(cell []byte) (float64, Fault) {
	s := text(cell)
	if p.Comma {
		b := []byte(s)
		for i := range b {
			if b[i] == '.' { // 1.234,5 would be taken for 1.2345
				return math.NaN(), NotNumber
			}
			if b[i] == ',' {
				b[i] = '.'
			}
		}
		s = string(b)
	}
	for i := range len(s) {
		switch b := s[i]; {
		case b >= '0' && b <= '9', b == '.', b == '-', b == '+', b == 'e', b == 'E':
		default: // hexadecimal, underscores and infinities, which ParseFloat would take
			return math.NaN(), NotNumber
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return math.NaN(), TooLarge
	case err != nil:
		return math.NaN(), NotNumber
	}
	return v, Fine
}

// inexact reports whether a float64 may be another whole number than what was read as it.
func inexact(v float64) bool { return v >= 1<<53 || v <= -(1<<53) }

// digits reports whether a cell is digits alone, but for a sign.
func digits(cell []byte) bool {
	for i, b := range cell {
		if b-'0' > 9 && (i > 0 || b != '-' && b != '+') {
			return false
		}
	}
	return true
}

// appendNumber writes a number as a file would have it: a whole one with all of its digits, 1000000 and not 1e+06.
func appendNumber(b []byte, v float64) []byte {
	if whole(v) {
		return strconv.AppendInt(b, int64(v), 10)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

// Scan reads the number at the start of b and returns how many bytes it has; 0 where there is none, or where it has
// more digits than a float64 is sure to hold or a larger exponent than 22, so that the fast way would not be exact:
// m·10^e is rounded once, and so correctly, if m < 2⁵³ and 10^|e| is exact.
//
// Source: Clinger, "How to read floating point numbers accurately", 1990, the fast path.
func Scan(b []byte, point byte) (v float64, n int) {
	i, neg := 0, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg = b[0] == '-'
		i = 1
	}
	var m uint64
	start, digits, e := i, 0, 0
	for ; i < len(b); i++ {
		c := uint64(b[i] - '0')
		if c > 9 {
			break
		}
		m = m*10 + c
	}
	digits = i - start
	if i < len(b) && b[i] == point {
		i++
		from := i
		for ; i < len(b); i++ {
			c := uint64(b[i] - '0')
			if c > 9 {
				break
			}
			m = m*10 + c
		}
		e = from - i
		digits -= e
	}
	if uint(digits-1) >= 19 || m >= 1<<53 {
		return 0, 0
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		x, k := exponent(b[i+1:])
		if k == 0 {
			return 0, 0
		}
		i += 1 + k
		e += x
	}
	v = float64(m)
	switch {
	case e == 0:
	case e < 0 && e >= -22:
		v /= Tens[-e]
	case e > 0 && e <= 22:
		v *= Tens[e]
	default:
		return 0, 0
	}
	if neg {
		v = -v
	}
	return v, i
}

// exponent reads a sign and at most 4 digits.
func exponent(b []byte) (e, n int) {
	neg := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg = b[0] == '-'
		n = 1
	}
	start := n
	for n < len(b) && n < start+4 && b[n]-'0' <= 9 {
		e = e*10 + int(b[n]-'0')
		n++
	}
	if n == start {
		return 0, 0
	}
	if neg {
		e = -e
	}
	return e, n
}
