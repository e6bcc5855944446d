package csv

import (
	"errors"
	"fmt"
	"sync"

	"github.com/ingot-ml/ingot/data/internal/cells"
	"github.com/ingot-ml/ingot/data/table"
)

// each parses the file's pieces by a plan on several goroutines and calls f with each in the order of the file.
func (x *file) each(plans []cells.Plan, f func(j *job) error) error {
	n := workers()
	var (
		work  = make(chan *job, n)
		order = make(chan *job, n+1)
		free  = make(chan *job, n+2)
		stop  = make(chan struct{})
		wait  sync.WaitGroup
		cut   error
	)
	for range n + 2 {
		free <- &job{file: x, piece: cells.NewPiece(plans), done: make(chan struct{}, 1)}
	}
	wait.Go(func() {
		defer close(order)
		defer close(work)
		for first := true; ; first = false {
			var j *job
			select {
			case j = <-free:
			case <-stop:
				return
			}
			data, err := x.cut.next(j.data)
			j.long = nil
			if err != nil && !errors.As(err, &j.long) {
				cut = err
				return
			}
			if data == nil {
				return
			}
			j.data, j.header = data, first && x.dialect.header
			order <- j
			work <- j
			if j.long != nil {
				return
			}
		}
	})
	for range n {
		wait.Go(func() {
			for j := range work {
				if j.long == nil {
					j.parse()
				}
				j.done <- struct{}{}
			}
		})
	}
	err := x.inOrder(order, free, f)
	close(stop)
	for j := range order {
		<-j.done
	}
	wait.Wait()
	if err == nil {
		err = cut
	}
	return err
}

// inOrder calls f with the jobs as they are done.
func (x *file) inOrder(order, free chan *job, f func(j *job) error) error {
	line, multi := 1, false
	for j := range order {
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
				e.Msg += ", and other characters are: the file mixes encodings; save it as UTF-8, or set data.encoding=windows-1252"
				return e
			}
			e.Msg += "; if all of the file is Windows-1252, set data.encoding=windows-1252"
			return &notUTF8{e}
		}
		if err := f(j); err != nil {
			return err
		}
		line += j.lines
		free <- j
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
