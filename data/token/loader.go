package token

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// Loader gives batches of windows that are drawn from a Set at random, with replacement: a window's place is a function of
// Seed, the step and its row only. Batch.X is i32 [Batch Context], and Batch.Y the same one token on: the targets. It belongs
// to one goroutine.
type Loader struct {
	Set     *Set
	Batch   int    // windows a step, at least 1
	Context int    // tokens a window, at least 1
	Epoch   int    // steps between two validations: what passes for an epoch, since nothing is passed over
	Seed    uint64 // of the places

	cursor data.Cursor
	busy   bool
	ids    []int32
	batch  data.Batch
}

// windowStream is the random stream of the windows' places: "window" in ASCII.
const windowStream = 0x77696e646f77

// Check returns what is wrong with the fields.
func (l *Loader) Check() error {
	switch {
	case l.Set == nil:
		return errors.New("token: a Loader wants a Set")
	case l.Batch < 1 || l.Context < 1 || l.Epoch < 1:
		return fmt.Errorf("token: a Loader of %d windows of %d tokens, %d steps an epoch: at least 1 of each is wanted", l.Batch, l.Context, l.Epoch)
	case l.Set.Len() <= l.Context:
		return fmt.Errorf("token: a text of %d tokens has no window of %d and a target behind it: want a longer text or a shorter context", l.Set.Len(), l.Context)
	}
	return nil
}

// Steps returns the number of batches in an epoch.
func (l *Loader) Steps() int { return l.Epoch }

// Spec returns what a batch looks like.
func (l *Loader) Spec() (x, y data.Spec) {
	x = data.Spec{DType: tensor.I32, Shape: []int{l.Batch, l.Context}}
	return x, x
}

// Cursor returns the position: the next batch to be given.
func (l *Loader) Cursor() data.Cursor { return l.cursor }

// Seek moves to a position taken from Cursor of a Loader with the same fields and data: what follows is the same to the bit.
func (l *Loader) Seek(c data.Cursor) error {
	switch {
	case l.busy:
		return errors.New("token: Seek while an epoch is being read")
	case c.Epoch < 0 || c.Batch < 0 || c.Batch >= l.Epoch:
		return fmt.Errorf("token: seek to batch %d of epoch %d, want a batch of 0 to %d", c.Batch, c.Epoch, l.Epoch-1)
	}
	l.cursor = c
	return nil
}

// Batches gives the batches from the cursor to the end of its epoch. An error ends it: what Check or the Set says, or why ctx
// ended. The caller may stop anywhere; the batch that it had then counts as given.
func (l *Loader) Batches(ctx context.Context) iter.Seq2[data.Batch, error] {
	return func(yield func(data.Batch, error) bool) {
		if err := l.begin(); err != nil {
			yield(data.Batch{}, err)
			return
		}
		defer func() { l.busy = false }()
		for epoch := l.cursor.Epoch; l.cursor.Epoch == epoch; {
			err := ctx.Err()
			if err == nil {
				err = l.fill()
			}
			if err != nil {
				yield(data.Batch{}, err)
				return
			}
			if l.cursor.Batch++; l.cursor.Batch >= l.Epoch {
				l.cursor = data.Cursor{Epoch: epoch + 1}
			}
			if !yield(l.batch, nil) {
				return
			}
		}
	}
}

func (l *Loader) begin() error {
	if l.busy {
		return errors.New("token: Batches while another epoch of the same Loader is being read")
	}
	if err := l.Check(); err != nil {
		return err
	}
	if x := l.batch.X; !x.Valid() || x.Dim(0) != l.Batch || x.Dim(1) != l.Context {
		l.batch.X, l.batch.Y = tensor.New(tensor.I32, l.Batch, l.Context), tensor.New(tensor.I32, l.Batch, l.Context)
		l.batch.Rows, l.ids = make([]int, l.Batch), make([]int32, l.Context+1)
	}
	l.busy = true
	return nil
}

// fill makes the batch at the cursor.
func (l *Loader) fill() error {
	b, t := &l.batch, l.Context
	b.Epoch, b.Step = l.cursor.Epoch, l.cursor.Epoch*l.Epoch+l.cursor.Batch
	place := rng.Stream{Seed: l.Seed, ID: windowStream}.Sub(uint64(b.Step))
	x, y := tensor.Of[int32](b.X), tensor.Of[int32](b.Y)
	for i := range b.Rows {
		b.Rows[i] = place.IntN(uint64(i), l.Set.Len()-t)
		if err := l.Set.Read(l.ids, b.Rows[i]); err != nil {
			return err
		}
		copy(x[i*t:], l.ids[:t])
		copy(y[i*t:], l.ids[1:])
	}
	return nil
}
