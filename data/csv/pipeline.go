package csv

import (
	"cmp"
	"errors"
	"fmt"
	"sync"

	"github.com/ingot-ml/ingot/data/internal/cells"
	"github.com/ingot-ml/ingot/data/table"
)

// pipeline is the parsing of a file on several goroutines: one cuts, several parse, and who asked for it takes the pieces in
// the order of the file.
type pipeline struct {
	file  *file
	work  chan *job     // to be parsed
	order chan *job     // in the order of the file
	free  chan *job     // to be used again
	stop  chan struct{} // closed when no more pieces are wanted
	err   error         // of cutting; read when order is closed
}

// each parses the file's pieces by a plan and calls f with each in the order of the file.
func (x *file) each(plans []cells.Plan, f func(j *job) error) error {
	n := workers()
	p := &pipeline{file: x, work: make(chan *job, n+2), order: make(chan *job, n+2), free: make(chan *job, n+2), stop: make(chan struct{})}
	for range n + 2 {
		p.free <- &job{file: x, piece: cells.NewPiece(plans), done: make(chan struct{}, 1)}
	}
	var wait sync.WaitGroup
	wait.Go(p.cut)
	for range n {
		wait.Go(func() {
			for j := range p.work {
				if j.long == nil {
					j.parse()
				}
				j.done <- struct{}{}
			}
		})
	}
	err := p.inOrder(f)
	close(p.stop)
	wait.Wait()
	return cmp.Or(err, p.err)
}

// cut cuts the file into jobs.
func (p *pipeline) cut() {
	defer close(p.order)
	defer close(p.work)
	for first := true; ; first = false {
		var j *job
		select {
		case j = <-p.free:
		case <-p.stop:
			return
		}
		data, err := p.file.cut.next(j.data)
		j.long = nil
		if err != nil && !errors.As(err, &j.long) {
			p.err = err
			return
		}
		if data == nil {
			return
		}
		j.data, j.header = data, first && p.file.dialect.header
		p.order <- j
		p.work <- j
		if j.long != nil {
			return
		}
	}
}

// inOrder calls f with the jobs as they are done.
func (p *pipeline) inOrder(f func(j *job) error) error {
	x := p.file
	line, multi := 1, false
	for j := range p.order {
		<-j.done
		j.line = line
		if j.long != nil {
			return x.longRow(j)
		}
		multi = multi || j.multi
		if j.invalid >= 0 {
			at, col := place(j.data, j.invalid)
			e := &table.Error{File: x.path, Line: line + at, Column: col, Msg: fmt.Sprintf("byte %#02x isn't UTF-8", j.data[j.invalid])}
			if multi {
				e.Msg += ", and other characters are: the file mixes encodings; save it as UTF-8"
				return e
			}
			return &notUTF8{e}
		}
		if err := f(j); err != nil {
			return err
		}
		line += j.lines
		p.free <- j
	}
	return nil
}

// longRow is the error for a row longer than MaxRow.
func (x *file) longRow(j *job) error {
	e := &table.Error{File: x.path, Line: j.line, Msg: j.long.Error()}
	if at := j.long.opened; at >= 0 {
		line, col := place(j.data, at)
		e.Line, e.Column = j.line+line, col
		e.Msg += "; the quote that is opened here isn't closed"
	} else {
		e.Msg += " and doesn't end; the file isn't a table of lines"
	}
	return e
}
