package data

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// Source is what a Loader reads. *Dataset is one.
type Source interface {
	// Len returns the number of rows.
	Len() int
	// RowShape returns the shape of a row.
	RowShape() []int
	// Targets returns how many numbers a row's target is; 0: it is a class id.
	Targets() int
	// Gather writes the rows to x, f32 [len(rows) row shape…], one behind the other, and their targets to y: class ids, i32
	// [len(rows)], or f32 [len(rows) Targets]. It is called from one goroutine, which is not the caller of Batches.
	Gather(x, y tensor.Tensor, rows []int) error
}

// Epochs is a Source whose rows differ from epoch to epoch, as augmentation has them: by the number of the epoch only, so that
// a resumed epoch is the same.
type Epochs interface {
	// Epoch is called before the rows of an epoch, from 0, are gathered, or gathered on with.
	Epoch(n int)
}

// Loader gives the rows of Data in batches, epoch by epoch. Its fields may be changed between epochs. It belongs to one
// goroutine.
type Loader struct {
	Data     Source
	Batch    int    // rows a batch, at least 1
	Shuffle  bool   // every epoch in an order of its own, which depends on Seed, the epoch and the number of rows only
	Seed     uint64 // of the order
	DropLast bool   // leave out the rows that don't fill a batch at an epoch's end; otherwise they are a smaller batch

	cursor Cursor
	busy   bool
	slots  [2]slot
	order  []int
}

// Batch is one step's rows. It is valid until the next iteration: its memory is then used again.
type Batch struct {
	X     tensor.Tensor // f32 [N row shape…]; of a token.Loader i32 [N T]
	Y     tensor.Tensor // i32 [N], or f32 [N Targets]; of a token.Loader i32 [N T]
	Rows  []int         // which rows of Data they are, or where windows of tokens begin
	Epoch int           // from 0
	Step  int           // batches given before this one, over all epochs
}

// Spec is the dtype and the shape of a tensor that needn't be there.
type Spec struct {
	DType tensor.DType
	Shape []int
}

// Bytes returns the memory of such a tensor, as a float64 so that no size overflows.
func (s Spec) Bytes() float64 {
	n := float64(s.DType.Size())
	for _, d := range s.Shape {
		n *= float64(d)
	}
	return n
}

// Cursor is a position: the next batch to be given. The zero Cursor is the start.
type Cursor struct {
	Epoch int `json:"epoch"` // from 0
	Batch int `json:"batch"` // in the epoch, from 0
}

// slot is one of the two batches: the step uses one while the other is gathered.
type slot struct {
	full, tail view // the same memory
	batch      int  // in the epoch
	rows       []int
	err        error
}

// view is a slot seen as a batch of some number of rows.
type view struct{ x, y tensor.Tensor }

// shuffleStream is the random stream of the orders: "shuffle" in ASCII.
const shuffleStream = 0x73687566666c65

// Check returns what is wrong with the fields.
func (l *Loader) Check() error {
	switch {
	case l.Data == nil:
		return errors.New("data: a Loader wants Data")
	case l.Batch < 1:
		return fmt.Errorf("data: batch of %d rows, want at least 1", l.Batch)
	case l.Data.Len() < 1:
		return errors.New("data: no rows to load")
	case l.DropLast && l.Batch > l.Data.Len():
		return fmt.Errorf("data: %d rows don't fill one batch of %d, and DropLast leaves out what doesn't", l.Data.Len(), l.Batch)
	}
	return nil
}

// Steps returns the number of batches in an epoch.
func (l *Loader) Steps() int {
	n := l.Data.Len() / l.Batch
	if !l.DropLast && l.Data.Len()%l.Batch > 0 {
		n++
	}
	return n
}

// Spec returns what a full batch looks like.
func (l *Loader) Spec() (x, y Spec) {
	n := min(l.Batch, l.Data.Len())
	x = Spec{tensor.F32, append([]int{n}, l.Data.RowShape()...)}
	if t := l.Data.Targets(); t > 0 {
		return x, Spec{tensor.F32, []int{n, t}}
	}
	return x, Spec{tensor.I32, []int{n}}
}

// Cursor returns the position: while a batch is in use, that of the batch after it.
func (l *Loader) Cursor() Cursor { return l.cursor }

// Seek moves to a position taken from Cursor of a Loader with the same fields and data: what follows is the same to the bit.
func (l *Loader) Seek(c Cursor) error {
	if err := l.Check(); err != nil {
		return err
	}
	if l.busy {
		return errors.New("data: Seek while an epoch is being read")
	}
	if steps := l.Steps(); c.Epoch < 0 || c.Batch < 0 || c.Batch >= steps {
		return fmt.Errorf("data: seek to batch %d of epoch %d, want a batch of 0 to %d: was the cursor saved with another batch size or other data?", c.Batch, c.Epoch, steps-1)
	}
	l.cursor = c
	return nil
}

// Batches gives the batches from the cursor to the end of its epoch. An error ends it: what the Source says, what Check
// says, or why ctx ended. The caller may stop anywhere; the batch that it had then counts as given. After set-up, nothing
// is allocated from batch to batch.
func (l *Loader) Batches(ctx context.Context) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		if err := l.begin(); err != nil {
			yield(Batch{}, err)
			return
		}
		steps, epoch := l.Steps(), l.cursor.Epoch
		free, ready := make(chan *slot, len(l.slots)), make(chan *slot, len(l.slots))
		for i := range l.slots {
			free <- &l.slots[i]
		}
		go l.gather(l.cursor.Batch, steps, free, ready)
		defer func() { // the gatherer ends before the slots may be used again
			close(free)
			for range ready {
			}
			l.busy = false
		}()
		for l.cursor.Epoch == epoch {
			if err := ctx.Err(); err != nil {
				yield(Batch{}, err)
				return
			}
			s := <-ready
			if s.err != nil {
				yield(Batch{}, fmt.Errorf("epoch %d batch %d: %w", epoch, s.batch, s.err))
				return
			}
			if l.cursor.Batch++; l.cursor.Batch == steps {
				l.cursor = Cursor{Epoch: epoch + 1}
			}
			v := l.view(s)
			if !yield(Batch{X: v.x, Y: v.y, Rows: s.rows, Epoch: epoch, Step: epoch*steps + s.batch}, nil) {
				return
			}
			free <- s
		}
	}
}

// gather fills free slots with the batches from … steps−1 and hands them on, until there are none or free is closed.
func (l *Loader) gather(from, steps int, free <-chan *slot, ready chan<- *slot) {
	defer close(ready)
	for b := from; b < steps; b++ {
		s, ok := <-free
		if !ok {
			return
		}
		s.batch = b
		s.rows = l.order[b*l.Batch : min((b+1)*l.Batch, len(l.order))]
		v := l.view(s)
		s.err = l.Data.Gather(v.x, v.y, s.rows)
		ready <- s
	}
}

// view returns the slot as its batch's number of rows.
func (l *Loader) view(s *slot) *view {
	if len(s.rows) == l.Batch {
		return &s.full
	}
	return &s.tail
}

// begin checks the fields, puts the epoch's order into place and makes the slots fit.
func (l *Loader) begin() error {
	if l.busy {
		return errors.New("data: Batches while another epoch of the same Loader is being read")
	}
	if err := l.Check(); err != nil {
		return err
	}
	n := l.Data.Len()
	if l.cursor.Batch >= l.Steps() {
		return fmt.Errorf("data: the position is batch %d of an epoch that now has %d: fields were changed inside an epoch", l.cursor.Batch, l.Steps())
	}
	if len(l.order) != n {
		l.order = make([]int, n)
	}
	if l.Shuffle {
		rng.Stream{Seed: l.Seed, ID: shuffleStream}.Sub(uint64(l.cursor.Epoch)).Shuffle(l.order)
	} else {
		for i := range l.order {
			l.order[i] = i
		}
	}
	if e, ok := l.Data.(Epochs); ok {
		e.Epoch(l.cursor.Epoch)
	}
	row, targets := l.Data.RowShape(), l.Data.Targets()
	for i := range l.slots {
		l.slots[i].fit(min(l.Batch, n), n%l.Batch, row, targets)
	}
	l.busy = true
	return nil
}

// fit gives the slot views of full and of tail ≤ full rows, on the memory it has if that is of the right size.
func (s *slot) fit(full, tail int, row []int, targets int) {
	bytes := 4 * full * max(targets, 1)
	var bx, by *tensor.Buffer
	if shape := append([]int{full}, row...); s.full.x.Valid() && slices.Equal(s.full.x.Shape(), shape) && s.full.y.Numel()*4 == bytes {
		bx, _ = s.full.x.Buffer()
		by, _ = s.full.y.Buffer()
	} else {
		bx, by = tensor.NewBuffer(4*tensor.CheckedNumel(shape)), tensor.NewBuffer(bytes)
	}
	s.full, s.tail = newView(bx, by, full, row, targets), newView(bx, by, tail, row, targets)
}

func newView(bx, by *tensor.Buffer, n int, row []int, targets int) view {
	v := view{x: tensor.Wrap(bx, 0, tensor.F32, append([]int{n}, row...)...)}
	if targets > 0 {
		v.y = tensor.Wrap(by, 0, tensor.F32, n, targets)
	} else {
		v.y = tensor.Wrap(by, 0, tensor.I32, n)
	}
	return v
}
