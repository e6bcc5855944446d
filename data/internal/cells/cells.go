// Package cells turns the cells of a file's rows into columns, whatever the format is. A file is read in pieces, perhaps by
// several goroutines; each piece's cells become a Piece by a plan of what every column holds, and a Builder appends pieces in
// their order. What it all amounts to, and whether the plan was right, is found in the end: a plan that was wrong is
// corrected and the file read again.
package cells

import (
	"math"
	"strconv"
	"unsafe"

	"github.com/ingot-ml/ingot/data/table"
)

// Role is what the cells of a column are taken for.
type Role uint8

// The roles of columns.
const (
	Number Role = iota
	Date
	Text
	Skip // the column is left out
)

// Plan is what is expected of a column.
type Plan struct {
	table.Field
	Role   Role
	Forced bool   // Kind is given, not found
	Typed  bool   // Role is the format's, not found
	Words  bool   // the format says that it is text: it isn't taken for numbers
	Layout Layout // of a Date
	Fixed  bool   // Layout is given, not found
	Comma  bool   // numbers have a decimal comma
	Marks  map[string]bool
}

// Misfit is a cell that isn't what the plan says.
type Misfit struct {
	Row, Col int32 // in the piece
	Off      int32 // where in the piece's bytes
	Fault    Fault
}

// Fault is what is wrong with a cell.
type Fault uint8

// The faults of cells. From TooLarge on the cell is wrong whatever the column holds.
const (
	Fine Fault = iota
	NotNumber
	NotDate
	TooLarge
	NoSuchDate
)

var faultNames = [...]string{
	"", "isn't a number", "isn't a date", "is beyond what a number can hold (about 1.8e308)", "is a date that doesn't exist",
}

// String says what is wrong, after the cell: "isn't a number".
func (f Fault) String() string { return faultNames[f] }

// Piece is the columns of one piece of a file. It is reused: Reset empties it.
type Piece struct {
	Plans   []Plan
	Columns []Column
	Rows    int
	Misfits []Misfit
	steps   []step
}

// Line says that the row that is about to be added begins in a line, counted from that where the piece begins.
func (p *Piece) Line(line int) {
	if n := len(p.steps); n == 0 || p.steps[n-1].line-p.steps[n-1].row != int32(line-p.Rows) {
		p.steps = append(p.steps, step{int32(p.Rows), int32(line)})
	}
}

// Column is a piece's column.
type Column struct {
	Nums  []float64 // of Number and Date
	Codes []int32   // of Text: entries of the dictionary, −1 where missing
	dict  dict

	Missing int
	Rounded bool // a whole number has more digits than a float64 holds
	Wrong   int  // cells that aren't a number or a date at all
	Swapped int  // dates that are wrong as planned and would be right with day and month exchanged
	Sure    bool // a date is right as planned and would be wrong with day and month exchanged
}

// step says in which line, from that where the piece begins, a row of it is; rows up to the next step follow line by line.
type step struct{ row, line int32 }

// NewPiece returns an empty piece for a plan.
func NewPiece(plans []Plan) *Piece {
	p := &Piece{Plans: plans, Columns: make([]Column, len(plans))}
	for i := range p.Columns {
		p.Columns[i].dict.reset()
	}
	return p
}

// Reset empties the piece and keeps its memory.
func (p *Piece) Reset() {
	p.Rows, p.Misfits, p.steps = 0, p.Misfits[:0], p.steps[:0]
	for i := range p.Columns {
		c := &p.Columns[i]
		c.Nums, c.Codes = c.Nums[:0], c.Codes[:0]
		c.Missing, c.Wrong, c.Swapped, c.Sure, c.Rounded = 0, 0, 0, false, false
		c.dict.reset()
	}
}

// Cut takes the cells of the row that was begun and not ended back out.
func (p *Piece) Cut() {
	for n := len(p.Misfits); n > 0 && int(p.Misfits[n-1].Row) == p.Rows; n-- {
		m, c := p.Misfits[n-1], &p.Columns[p.Misfits[n-1].Col]
		if c.Missing++; m.Fault < TooLarge { // its NaN is taken out below as if it were a missing value
			c.Wrong--
		}
		p.Misfits = p.Misfits[:n-1]
	}
	for i := range p.Columns {
		c := &p.Columns[i]
		if len(c.Nums) > p.Rows {
			if v := c.Nums[p.Rows]; v != v {
				c.Missing--
			}
			c.Nums = c.Nums[:p.Rows]
		}
		if len(c.Codes) > p.Rows {
			if c.Codes[p.Rows] < 0 {
				c.Missing--
			}
			c.Codes = c.Codes[:p.Rows]
		}
	}
}

// Add appends a cell, unquoted and without the spaces around it, to column col. off is where it begins.
func (p *Piece) Add(col int, cell []byte, off int) {
	switch plan := &p.Plans[col]; plan.Role {
	case Number:
		v, fault := plan.number(cell)
		if inexact(v) && digits(cell) {
			p.Columns[col].Rounded = true
		}
		p.addNumber(col, v, fault, off)
	case Date:
		p.addDate(col, cell, off)
	case Text:
		p.addText(col, cell)
	}
}

func (p *Piece) addText(col int, cell []byte) {
	c := &p.Columns[col]
	if p.Plans[col].missing(cell) {
		c.Missing++
		c.Codes = append(c.Codes, -1)
		return
	}
	c.Codes = append(c.Codes, c.dict.code(cell))
}

func (p *Piece) addNumber(col int, v float64, fault Fault, off int) {
	c := &p.Columns[col]
	c.Nums = append(c.Nums, v)
	switch {
	case fault != Fine:
		p.misfit(col, off, fault)
	case v != v:
		c.Missing++
	}
}

// AddNumber appends a number that the format has as such.
func (p *Piece) AddNumber(col int, v float64) {
	plan, c := &p.Plans[col], &p.Columns[col]
	switch plan.Role {
	case Number, Date:
		if v != v {
			c.Missing++
		}
		c.Nums = append(c.Nums, v)
	case Text:
		if v != v {
			p.AddMissing(col)
			return
		}
		var b [32]byte
		c.Codes = append(c.Codes, c.dict.code(appendNumber(b[:0], v)))
	}
}

// AddInteger appends a whole number that the format has as such. As a text it keeps all of its digits.
func (p *Piece) AddInteger(col int, v int64) {
	c := &p.Columns[col]
	if p.Plans[col].Role == Text {
		var b [32]byte
		c.Codes = append(c.Codes, c.dict.code(strconv.AppendInt(b[:0], v, 10)))
		return
	}
	c.Rounded = c.Rounded || inexact(float64(v))
	p.AddNumber(col, float64(v))
}

// AddUnsigned is AddInteger of a number without a sign.
func (p *Piece) AddUnsigned(col int, v uint64) {
	if v <= math.MaxInt64 {
		p.AddInteger(col, int64(v))
		return
	}
	c := &p.Columns[col]
	if p.Plans[col].Role == Text {
		var b [32]byte
		c.Codes = append(c.Codes, c.dict.code(strconv.AppendUint(b[:0], v, 10)))
		return
	}
	c.Rounded = true
	p.AddNumber(col, float64(v))
}

// AddMissing appends a missing value.
func (p *Piece) AddMissing(col int) {
	c := &p.Columns[col]
	c.Missing++
	switch p.Plans[col].Role {
	case Number, Date:
		c.Nums = append(c.Nums, math.NaN())
	case Text:
		c.Codes = append(c.Codes, -1)
	}
}

func (p *Piece) addDate(col int, cell []byte, off int) {
	plan, c := &p.Plans[col], &p.Columns[col]
	if plan.missing(cell) {
		p.AddMissing(col)
		return
	}
	v, shape := plan.Layout.Parse(cell)
	c.Nums = append(c.Nums, v)
	if other, ok := plan.Layout.swapped(); ok && shape && (v != v || !c.Sure) {
		switch w, _ := other.Parse(cell); {
		case v != v && w == w:
			c.Swapped++
		case v == v && w != w:
			c.Sure = true
		}
	}
	switch {
	case v == v:
	case shape:
		p.misfit(col, off, NoSuchDate)
	default:
		p.misfit(col, off, NotDate)
	}
}

func (p *Piece) misfit(col, off int, fault Fault) {
	if fault < TooLarge {
		p.Columns[col].Wrong++
	}
	p.Misfits = append(p.Misfits, Misfit{int32(p.Rows), int32(col), int32(off), fault})
}

// missing reports whether a cell stands for a missing value.
func (p *Plan) missing(cell []byte) bool {
	if len(cell) == 0 {
		return true
	}
	if len(cell) <= 4 && markStart[cell[0]] {
		return table.IsMissing(text(cell)) || p.Role != Text && len(cell) == 1 && (cell[0] == '-' || cell[0] == '.')
	}
	return p.Marks != nil && p.Marks[text(cell)]
}

// markStart are the first bytes of the marks of missing values.
var markStart = [256]bool{'N': true, 'n': true, '-': true, '.': true, '#': true, '<': true, '?': true}

// text is a cell as a string that is valid as long as the cell is.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
