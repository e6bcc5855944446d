package prep

import (
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/tensor"
)

// encoder encodes a table column by column.
type encoder struct {
	*Plan
	t     *table.Table
	x     []float32 // blocks of rowBlock rows, each column by column
	at    []place
	y     [][]float64 // what target statistics are of
	freed atomic.Int64
	errs  []error
	count []Count
}

// Dataset encodes a table as Encode does, and its targets, for training: training rows have target statistics of the other
// folds. Rows without a target are in X too, with a target of 0: take Subset of those that have one. Counts are of all rows.
//
// To spare memory it takes t apart: a column's values are let go as soon as they are encoded, and t has no columns
// afterwards. X is filled column by column in blocks of rows, which are then turned in place: it takes no memory twice.
func (p *Plan) Dataset(t *table.Table, train []int, seed uint64) (*data.Dataset, []Count, error) {
	d := &data.Dataset{}
	var err error
	if d.Y, err = p.EncodeTargets(t); err != nil {
		return nil, nil, err
	}
	e := &encoder{Plan: p, t: t, at: p.places(), errs: make([]error, len(p.Inputs)), count: make([]Count, len(p.Inputs))}
	for _, in := range p.Inputs {
		if in.Means != nil && e.y == nil {
			e.y, _ = p.statisticsOf(t)
		}
	}
	inputs := map[string]bool{}
	for _, in := range p.Inputs {
		inputs[in.Name] = true
	}
	for _, c := range t.Columns {
		if !inputs[c.Name] {
			c.Numbers, c.Codes, c.Levels, c.Strings = nil, nil, nil, nil
		}
	}
	debug.FreeOSMemory()
	f := p.Features()
	d.X = tensor.New(tensor.F32, t.Rows, f)
	e.x = tensor.Of[float32](d.X)
	parallel.For(len(p.Inputs), e)
	if err := errors.Join(e.errs...); err != nil {
		return nil, nil, err
	}
	parallel.For((t.Rows+rowBlock-1)/rowBlock, &transposer{e.x, t.Rows, f})
	for i := range p.Inputs {
		if in := &p.Inputs[i]; in.Means != nil {
			if c := t.Lookup(in.Name); c != nil {
				in.outOfFold(matrix{x: e.x, row: f, col: 1}, e.at[i], c, e.y, train, seed)
			}
		}
	}
	t.Columns = nil
	debug.FreeOSMemory()
	if !p.Labels() && !p.Regression() {
		d.Classes = p.Classes()
	}
	return d, e.count, settle(d.Y)
}

// settle puts 0 where a target is missing.
func settle(y tensor.Tensor) error {
	if y.DType() == tensor.I32 {
		for i, id := range tensor.Of[int32](y) {
			if id < 0 {
				tensor.Of[int32](y)[i] = 0
			}
		}
		return nil
	}
	ys := tensor.Of[float32](y)
	for i, v := range ys {
		if math.IsInf(float64(v), 0) {
			return fmt.Errorf("target %d of row %d is too large: scaled it is %v", i%y.Dim(1), i/y.Dim(1), v)
		}
		if v != v {
			ys[i] = 0
		}
	}
	return nil
}

// freeEvery is how many bytes of columns are let go before the system gets them back.
const freeEvery = 32 << 20

// Run encodes input i.
func (e *encoder) Run(i int) {
	in, f := &e.Inputs[i], e.Features()
	c, err := in.find(e.t)
	if err != nil {
		e.errs[i] = err
		return
	}
	for from := 0; from < e.t.Rows; from += rowBlock {
		to := min(from+rowBlock, e.t.Rows)
		m := matrix{x: e.x[from*f : to*f], row: 1, col: to - from, first: from}
		n, err := in.encode(m, e.at[i], stretch(c, from, to), e.t)
		if err != nil {
			e.errs[i] = err
			return
		}
		e.count[i].Missing += n.Missing
		e.count[i].Unknown += n.Unknown
	}
	if in.Means != nil { // its codes are needed once more
		return
	}
	n := int64(8*len(c.Numbers) + 4*len(c.Codes))
	c.Numbers, c.Codes, c.Levels = nil, nil, nil
	if total := e.freed.Add(n); total/freeEvery != (total-n)/freeEvery {
		debug.FreeOSMemory()
	}
}

// stretch is rows from … to−1 of a column.
func stretch(c *table.Column, from, to int) *table.Column {
	s := &table.Column{Field: c.Field, Levels: c.Levels}
	if c.Codes != nil {
		s.Codes = c.Codes[from:to]
	} else {
		s.Numbers = c.Numbers[from:to]
	}
	return s
}

// rowBlock is how many rows are turned at a time.
const rowBlock = 4096

// transposer turns blocks of columns [n f] into rows, in place.
type transposer struct {
	x    []float32
	n, f int
}

// Run turns block b.
func (t *transposer) Run(b int) {
	from, to := b*rowBlock, min((b+1)*rowBlock, t.n)
	rows, n := t.x[from*t.f:to*t.f], to-from
	columns := slices.Clone(rows)
	for j := range t.f {
		for i, v := range columns[j*n : (j+1)*n] {
			rows[i*t.f+j] = v
		}
	}
}
