package csv

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"

	"github.com/ingot-ml/ingot/data/internal/cells"
	"github.com/ingot-ml/ingot/data/table"
)

// job is a piece of a file that is parsed.
type job struct {
	file   *file
	data   []byte // whole rows
	piece  *cells.Piece
	header bool // the first row is the header
	long   *unended

	line    int           // of the file, in which data begins; known when it is the piece's turn
	lines   int           // how many there are
	bad     []table.Error // rows left out; Line counts from data's begin
	badN    int
	invalid int  // the first byte that isn't UTF-8, or −1
	multi   bool // there are characters of more than one byte
	done    chan struct{}
}

// parse fills the piece.
func (j *job) parse() {
	j.piece.Reset()
	j.lines, j.bad, j.badN = 0, j.bad[:0], 0
	b := j.data
	j.invalid = -1
	if j.file.dialect.encoding == utf8Name {
		valid, multi := validUTF8(b)
		if j.multi = multi; valid < len(b) {
			j.invalid = valid
		}
	}
	nul := bytes.IndexByte(b, 0) >= 0
	i := 0
	if j.header {
		if i = rowEnd(b, j.file.dialect.delimiter); i < 0 {
			i = len(b)
		}
		j.lines = bytes.Count(b[:i], newline)
	}
	numeric := make([]bool, len(j.piece.Plans))
	for k, p := range j.piece.Plans {
		numeric[k] = p.Role == cells.Number
	}
	r := row{job: j, numeric: numeric, b: b, delimiter: j.file.dialect.delimiter, columns: len(j.piece.Plans)}
	r.delimiters, r.point = uint64(r.delimiter)*ones, '.'
	if j.file.dialect.comma {
		r.point = ','
	}
	for i < len(b) {
		if b[i] == '\n' || b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n' { // an empty line
			i = bytes.IndexByte(b[i:], '\n') + i + 1
			j.lines++
			continue
		}
		j.piece.Line(j.lines)
		r.start, r.fault = i, ""
		end := r.parse(i)
		if nul && r.fault == "" {
			if k := bytes.IndexByte(b[i:end], 0); k >= 0 {
				r.fail(i+k, "a NUL byte; the file is damaged or isn't text")
			}
		}
		if r.fault != "" {
			j.piece.Cut()
			j.reject(&r)
		} else {
			j.piece.Rows++
		}
		if r.extra > 0 || r.fault != "" {
			j.lines += bytes.Count(b[i:end], newline)
			r.extra = 0
		} else {
			j.lines++
		}
		i = end
	}
}

var newline = []byte{'\n'}

// reject leaves the row out.
func (j *job) reject(r *row) {
	if j.badN++; len(j.bad) >= table.MaxListed {
		return
	}
	line, col := place(j.data, r.at)
	j.bad = append(j.bad, table.Error{File: j.file.path, Line: line, Column: col, Msg: r.fault})
}

// place returns the line, from 0, and the column, from 1, of a byte.
func place(b []byte, at int) (line, col int) {
	at = min(at, len(b))
	return bytes.Count(b[:at], newline), utf8.RuneCount(b[bytes.LastIndexByte(b[:at], '\n')+1:at]) + 1
}

// locate tells where a misfit is and what it says.
func (j *job) locate(m cells.Misfit) (line, col int, cell string) {
	line, col = place(j.data, int(m.Off))
	rest := j.data[m.Off:]
	end := bytes.IndexAny(rest[:min(len(rest), 200)], "\r\n\""+string(rune(j.file.dialect.delimiter)))
	if end < 0 {
		end = len(rest)
	}
	return line, col, string(bytes.TrimSpace(rest[:min(end, 40)]))
}

// appendTo appends the piece to a table and says in which line the next one begins.
func (j *job) appendTo(b *cells.Builder) error {
	if j.badN > 0 {
		for k := range j.badN {
			e := &table.Error{}
			if k < len(j.bad) {
				*e = j.bad[k]
				e.Line += j.line
			}
			if err := b.Reject(e); err != nil {
				return err
			}
		}
	}
	b.Append(j.piece, j.line, j.locate)
	return nil
}

// row parses one row.
type row struct {
	*job
	b          []byte
	delimiter  byte
	delimiters uint64 // eight of them
	point      byte
	numeric    []bool // by column
	columns    int
	start      int
	extra      int // line breaks within quotes
	fault      string
	at         int // of the fault
}

func (r *row) fail(at int, format string, args ...any) {
	if r.fault == "" {
		r.at, r.fault = at, fmt.Sprintf(format, args...)
	}
}

// parse parses the row at i and returns the place after its end.
func (r *row) parse(i int) int {
	b, p := r.b, r.piece
	for col := 0; ; col++ {
		if col < r.columns && r.numeric[col] {
			if col, i = r.numbers(col, i); col < r.columns && r.numeric[col] && b[i] == r.delimiter {
				p.AddMissing(col)
				i++
				continue
			}
		}
		for i < len(b) && b[i] == ' ' {
			i++
		}
		begin := i
		var cell []byte
		if i < len(b) && b[i] == '"' {
			cell, i = r.quotedCell(i)
			begin++
		} else {
			i = r.end(i)
			cell = trim(b[begin:i])
		}
		if col < r.columns && r.fault == "" {
			p.Add(col, cell, begin)
		}
		if i < len(b) && b[i] == r.delimiter {
			i++
			continue
		}
		if col+1 != r.columns {
			r.fail(r.start, "the row has %d fields, the first row has %d", col+1, r.columns)
		}
		return min(i+1, len(b))
	}
}

// numbers reads cells from column col on, at i, as long as they are of number columns, plain and not the row's last, and
// returns the column and the place it came to. What is read here is exact: fewer than 16 digits are below 2⁵³, and a power
// of ten up to 10²² is exact, so that one division rounds once. b ends with a line end, which stops every loop.
func (r *row) numbers(col, i int) (int, int) {
	b, point, delimiter, columns := r.b, r.point, r.delimiter, r.piece.Columns
	for ; col < len(r.numeric) && r.numeric[col]; col++ {
		k, neg := i, b[i] == '-'
		if neg {
			k++
		}
		var m uint64
		start := k
		c := b[k] - '0'
		for ; c <= 9; c = b[k] - '0' {
			m = m*10 + uint64(c)
			k++
		}
		digits, behind := k-start, 0
		if b[k] == point {
			k++
			start = k
			for c = b[k] - '0'; c <= 9; c = b[k] - '0' {
				m = m*10 + uint64(c)
				k++
			}
			behind = k - start
			digits += behind
		}
		if b[k] != delimiter || uint(digits-1) >= 15 {
			break
		}
		v := float64(m)
		if behind > 0 {
			v /= cells.Tens[behind]
		}
		if neg {
			v = -v
		}
		p := &columns[col]
		p.Nums = append(p.Nums, v)
		i = k + 1
	}
	return col, i
}

// trim takes the spaces and the carriage return from a cell's end.
func trim(cell []byte) []byte {
	n := len(cell)
	for n > 0 && (cell[n-1] == ' ' || cell[n-1] == '\r') {
		n--
	}
	return cell[:n]
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// end returns the place of the next delimiter or line end from i on, by eight bytes at a time: x − 0x01… has the high bit set
// where a byte of x was 0, and where others borrowed from it, above the first such.
//
// Source: Warren, "Hacker's Delight", section 6-1.
func (r *row) end(i int) int {
	b := r.b
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		d, n := x^r.delimiters, x^('\n'*ones)
		if m := ((d-ones)&^d | (n-ones)&^n) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for i < len(b) && b[i] != r.delimiter && b[i] != '\n' {
		i++
	}
	return i
}

// quotedCell reads a cell that begins with the quote at i, and returns the place of the delimiter or line end after it.
func (r *row) quotedCell(i int) (cell []byte, end int) {
	b, open := r.b, i
	i++
	from := i
	for {
		q := bytes.IndexByte(b[i:], '"')
		if q < 0 {
			r.fail(open, "the quote that is opened here isn't closed")
			return nil, len(b)
		}
		i += q
		if i+1 < len(b) && b[i+1] == '"' {
			cell = append(cell, b[from:i+1]...)
			i += 2
			from = i
			continue
		}
		break
	}
	if cell == nil {
		cell = b[from:i]
	} else {
		cell = append(cell, b[from:i]...)
	}
	if bytes.IndexByte(cell, '\n') >= 0 {
		r.extra++
	}
	i++
	for i < len(b) && (b[i] == ' ' || b[i] == '\r') {
		i++
	}
	if i < len(b) && b[i] != r.delimiter && b[i] != '\n' {
		r.fail(i, "text after the closing quote; a quote within quotes is written twice")
		for i < len(b) && b[i] != r.delimiter && b[i] != '\n' {
			i++
		}
	}
	return cell, i
}
