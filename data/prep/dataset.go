package prep

import (
	"errors"
	"fmt"
	"math"
	"runtime/debug"
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
	m     matrix
	at    []place
	y     [][]float64 // what target statistics are of
	train []int
	seed  uint64
	freed atomic.Int64
	errs  []error
	count []Count
}

// Dataset encodes a table as Encode does, and its targets, for training: training rows have target statistics of the other
// folds. Rows without a target are in X too, with a target of 0: take Subset of those that have one. Counts are of all rows.
//
// To spare memory it takes t apart: a column's values are let go as soon as they are encoded, and t has no columns
// afterwards. Beside X, it needs as much memory again for a while.
func (p *Plan) Dataset(t *table.Table, train []int, seed uint64) (*data.Dataset, []Count, error) {
	d := &data.Dataset{}
	var err error
	if d.Y, err = p.EncodeTargets(t); err != nil {
		return nil, nil, err
	}
	e := &encoder{Plan: p, t: t, at: p.places(), train: train, seed: seed, errs: make([]error, len(p.Inputs)), count: make([]Count, len(p.Inputs))}
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
	e.m = matrix{make([]float32, t.Rows*f), 1, t.Rows}
	parallel.For(len(p.Inputs), e)
	t.Columns = nil
	if err := errors.Join(e.errs...); err != nil {
		return nil, nil, err
	}
	e.y = nil
	debug.FreeOSMemory()
	d.X = tensor.New(tensor.F32, t.Rows, f)
	parallel.For((t.Rows+rowBlock-1)/rowBlock, &transposer{tensor.Of[float32](d.X), e.m.x, t.Rows, f})
	e.m.x = nil
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
	in := &e.Inputs[i]
	c, err := in.find(e.t)
	if err != nil {
		e.errs[i] = err
		return
	}
	if e.count[i], e.errs[i] = in.encode(e.m, e.at[i], c, e.t); e.errs[i] != nil || c == nil {
		return
	}
	if in.Means != nil {
		in.outOfFold(e.m, e.at[i], c, e.y, e.train, e.seed)
	}
	n := int64(8*len(c.Numbers) + 4*len(c.Codes))
	c.Numbers, c.Codes, c.Levels = nil, nil, nil
	if total := e.freed.Add(n); total/freeEvery != (total-n)/freeEvery {
		debug.FreeOSMemory()
	}
}

// rowBlock is how many rows are turned at a time: their values fit the second cache.
const rowBlock = 512

// transposer makes rows [n f] of columns [f n].
type transposer struct {
	rows, columns []float32
	n, f          int
}

// Run turns block b.
func (t *transposer) Run(b int) {
	from, to := b*rowBlock, min((b+1)*rowBlock, t.n)
	for j := range t.f {
		column := t.columns[j*t.n : (j+1)*t.n]
		for i := from; i < to; i++ {
			t.rows[i*t.f+j] = column[i]
		}
	}
}
