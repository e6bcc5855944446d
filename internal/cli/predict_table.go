package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ingot-ml/ingot/data/format"
	"github.com/ingot-ml/ingot/data/prep"
	tables "github.com/ingot-ml/ingot/data/table"
	ingotfs "github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
)

// pieceRows is how many rows of a table go through the pipeline at a time, at most, and predictRows how many of them go through
// the network at once: what a layer makes of them stays in the caches.
const (
	pieceRows   = 8192
	predictRows = 512
)

// tableRows reads rows that a model takes, in pieces.
type tableRows struct {
	stream tables.Stream
	plan   *prep.Plan
	ids    []string // columns that name a row
}

// openRows opens a file for a model's plan, read as o says: its inputs, the columns that named a row in training where the file has
// them, and, where it is to be measured, the targets and the column by which it is, "" for none.
func openRows(path string, p *prep.Plan, o tables.Options, targets bool, by string) (*tableRows, error) {
	r := &tableRows{plan: p}
	var fields []tables.Field
	for _, in := range p.Inputs {
		fields = append(fields, tables.Field{Name: in.Name, Kind: in.Kind, Layout: in.Layout})
		if in.Optional {
			o.MayLack = append(o.MayLack, in.Name)
		}
	}
	for _, i := range p.Ignored {
		if i.Kind == tables.ID {
			fields = append(fields, tables.Field{Name: i.Name, Kind: tables.ID})
			r.ids, o.MayLack = append(r.ids, i.Name), append(o.MayLack, i.Name)
		}
	}
	if targets {
		for _, t := range p.Targets {
			fields = append(fields, tables.Field{Name: t.Name, Kind: t.Kind})
		}
	}
	if by != "" && !slices.ContainsFunc(fields, func(f tables.Field) bool { return f.Name == by }) {
		fields = append(fields, tables.Field{Name: by, Kind: tables.Text})
	}
	var err error
	if r.stream, err = format.Open(path, fields, o); err != nil {
		return nil, (&tableFile{name: path}).fault(err)
	}
	return r, nil
}

// extra are the file's columns that training didn't have.
func (r *tableRows) extra() []string {
	known := map[string]bool{}
	for _, in := range r.plan.Inputs {
		known[in.Name] = true
	}
	for _, i := range r.plan.Ignored {
		known[i.Name] = true
	}
	for _, t := range r.plan.Targets {
		known[t.Name] = true
	}
	return slices.DeleteFunc(slices.Clone(r.stream.Names()), func(name string) bool { return known[name] })
}

// noteExtra says which columns of the file aren't used: a few of many by name.
func (r *tableRows) noteExtra(c *call, path string) {
	names := r.extra()
	switch n := len(names); {
	case n == 0:
	case n > 10:
		c.note("%s: %s columns that training didn't have are ignored: %s and %s more\n", path, count(n), strings.Join(names[:10], ", "), count(n-10))
	default:
		c.note("%s: columns that training didn't have are ignored: %s\n", path, strings.Join(names, ", "))
	}
}

// piece is some rows on their way.
type piece struct {
	from int // the first row's number
	rows *tables.Table
	out  *tables.Table // what is written of them
	done chan error
}

// tablePredictor predicts a file's rows: a goroutine reads, as many as there are cores encode and predict, and the caller's writes, in
// the order of the rows.
type tablePredictor struct {
	model  *opened
	rows   *tableRows
	fields []tables.Field

	mu     sync.Mutex
	counts []prep.Count
}

// predictTable predicts the rows of a file and writes them to stdout or to the file out.
func predictTable(ctx context.Context, c *call, m *opened, path, out string) error {
	r, err := m.recipe()
	if err != nil {
		return err
	}
	rows, err := openRows(path, m.Table, written(r), false, "")
	if err != nil {
		return err
	}
	defer rows.stream.Close()
	rows.noteExtra(c, path)
	p := &tablePredictor{model: m, rows: rows, counts: make([]prep.Count, len(m.Table.Inputs))}
	p.fields = p.outFields()
	n := 0
	if out != "" {
		err = ingotfs.WriteFile(out, func(w io.Writer) error {
			writer, err := format.NewWriter(w, out, p.fields)
			if err != nil {
				return configError(fmt.Errorf("out: %w", err))
			}
			n, err = p.run(ctx, path, writer)
			return err
		})
	} else if c.json {
		n, err = p.run(ctx, path, &predictionLines{w: c.out, p: p})
	} else {
		writer, _ := format.NewWriter(c.out, ".csv", p.fields) // CSV is a format that is written
		n, err = p.run(ctx, path, writer)
	}
	if err != nil {
		return err
	}
	p.tell(c, n)
	return nil
}

// run moves all rows through the pipeline and returns how many there were.
func (p *tablePredictor) run(ctx context.Context, path string, w tables.Writer) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := parallel.Workers()
	work, order := make(chan *piece, 2*workers), make(chan *piece, 4*workers)
	var wait sync.WaitGroup
	for range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			k := &tableWorker{tablePredictor: p, predictor: task.TablePredictor{Model: p.model.net, Plan: p.model.Table, Calibration: &p.model.Calibration}}
			for piece := range work {
				piece.done <- k.predict(piece)
			}
		}()
	}
	var read error
	n := 0
	go func() {
		defer close(order)
		defer close(work)
		n, read = p.read(ctx, path, work, order)
	}()
	var err error
	for piece := range order {
		if e := <-piece.done; err == nil && e != nil {
			err = fileError(path, e)
		}
		if err == nil {
			err = w.Write(piece.out)
		}
		if err != nil {
			cancel()
		}
	}
	wait.Wait()
	if err == nil {
		err = read
	}
	if err == nil {
		err = w.Close()
	}
	return n, err
}

// read hands the file's pieces out until there are none or ctx ends.
func (p *tablePredictor) read(ctx context.Context, path string, work, order chan<- *piece) (int, error) {
	for n := 0; ; {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		t, err := p.rows.stream.Next(pieceRows)
		if errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return n, (&tableFile{name: path}).fault(err)
		}
		x := &piece{from: n, rows: t, done: make(chan error, 1)}
		n += t.Rows
		work <- x
		order <- x
	}
}

// tell says what was missing or unknown, and how much of it.
func (p *tablePredictor) tell(c *call, rows int) {
	for i, n := range p.counts {
		in := &p.model.Table.Inputs[i]
		if n.Missing > 0 {
			c.note("%s: missing in %s of %s rows, handled as in training\n", in.Name, count(n.Missing), count(rows))
		}
		if n.Unknown > 0 {
			c.note("%s: values that training didn't know in %s of %s rows, taken as unknown\n", in.Name, count(n.Unknown), count(rows))
		}
	}
}

// tableWorker predicts pieces on one goroutine.
type tableWorker struct {
	*tablePredictor
	predictor task.TablePredictor
	x         tensor.Tensor
	buf       []byte
}

// predict encodes and predicts a piece and makes what is written of it.
func (k *tableWorker) predict(piece *piece) error {
	t, plan := piece.rows, k.model.Table
	if !k.x.Valid() || k.x.Dim(0) < t.Rows {
		k.x = tensor.New(tensor.F32, max(t.Rows, pieceRows/4), plan.Features())
	}
	counts := make([]prep.Count, len(plan.Inputs))
	if err := plan.Encode(tensor.Of[float32](k.x)[:t.Rows*plan.Features()], t, counts); err != nil {
		return err
	}
	k.mu.Lock()
	for i, n := range counts {
		k.counts[i].Missing += n.Missing
		k.counts[i].Unknown += n.Unknown
	}
	k.mu.Unlock()
	out := &tables.Table{Rows: t.Rows}
	numbers := make([]float64, t.Rows)
	for i := range numbers {
		numbers[i] = float64(piece.from + i)
	}
	out.Columns = append(out.Columns, &tables.Column{Field: k.fields[0], Numbers: numbers})
	for _, id := range k.rows.ids {
		out.Columns = append(out.Columns, t.Lookup(id))
	}
	if err := k.answers(out); err != nil {
		return err
	}
	piece.out = out
	return nil
}

// answers adds the columns of predictions to out.
func (k *tableWorker) answers(out *tables.Table) error {
	plan := k.model.Table
	kind, names := task.TableKind(plan)
	var columns []*tables.Column
	for _, f := range k.fields[len(out.Columns):] {
		c := &tables.Column{Field: f}
		if f.Kind == tables.Category {
			c.Codes, c.Levels = make([]int32, out.Rows), plan.Targets[0].Levels
		} else {
			c.Numbers = make([]float64, out.Rows)
		}
		columns = append(columns, c)
	}
	for from := 0; from < out.Rows; from += predictRows {
		n := min(predictRows, out.Rows-from)
		y, err := k.predictor.Predict(k.x.Slice(0, from, from+n, 1))
		if err != nil {
			return err
		}
		for i := range n {
			row := y[i*len(names) : (i+1)*len(names)]
			switch kind {
			case task.Classify:
				columns[0].Codes[from+i] = int32(task.Decide(&k.model.Calibration, row))
				k.numbers(columns[1:], from+i, row)
			case task.Regress:
				k.numbers(columns, from+i, row)
			default:
				for l, p := range row {
					columns[2*l].Levels = plan.Targets[l].Levels
					if p >= 0.5 {
						columns[2*l].Codes[from+i] = 1
					}
					k.numbers(columns[2*l+1:2*l+2], from+i, row[l:l+1])
				}
			}
		}
	}
	out.Columns = append(out.Columns, columns...)
	return nil
}

// numbers puts a row's values into columns: the float64 that is written as short as the float32 is.
func (k *tableWorker) numbers(columns []*tables.Column, row int, values []float32) {
	for j, v := range values {
		k.buf = strconv.AppendFloat(k.buf[:0], float64(v), 'g', -1, 32)
		columns[j].Numbers[row], _ = strconv.ParseFloat(string(k.buf), 64) // it reads what AppendFloat wrote
	}
}
