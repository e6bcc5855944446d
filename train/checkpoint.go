package train

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	ingotfs "github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/safetensors"
)

// Checkpoint says where and when Fit saves all that it takes to go on with the same bits: weights, buffers, the optimizer, the
// best weights, the random position and the place in the data. The zero Checkpoint saves nothing. With a Dir the state is saved
// also when training is interrupted and when it ends.
//
// Saving copies the state, for which training waits, into memory that the next saving uses again; a goroutine writes it. What is due
// while one is being written is left out. A saving that fails leaves the checkpoints that there are.
type Checkpoint struct {
	Dir         string        // folder of the checkpoints, such as a run's [CheckpointDir]; empty: nothing is saved
	Steps       int           // after every so many steps; 0: not by steps
	Interval    time.Duration // when the last is so old; 0: not by time
	Keep        int           // so many of the newest are kept; 0: 3
	MaxFailures int           // so many savings that fail one after the other end the training; 0: it goes on
	AnyCPU      bool          // resume also where the arithmetic of the CPU gives other bits: an [ArithmeticError] otherwise

	wait bool // for the writer, after each step: a test of what is saved doesn't depend on how fast the disk is
}

// defaultKeep is how many checkpoints are kept.
const defaultKeep = 3

func (c *Checkpoint) check() error {
	switch {
	case c.Steps < 0 || c.Interval < 0 || c.Keep < 0 || c.MaxFailures < 0:
		return fmt.Errorf("train: a Checkpoint of every %d steps or %v, %d kept, %d failures: at least 0 of each is wanted", c.Steps, c.Interval, c.Keep, c.MaxFailures)
	case c.Dir == "" && (c.Steps > 0 || c.Interval > 0):
		return errors.New("train: a Checkpoint wants a Dir to save to")
	}
	return nil
}

// Saving is what became of one checkpoint.
type Saving struct {
	Step     int           // after which it was due
	Path     string        // its folder
	Stall    time.Duration // for which training waited: the copy of the state
	Took     time.Duration // to write it, beside training
	Bytes    int64
	Err      error // nil: it is on the disk
	Skipped  bool  // another was still being written; Err says which
	Failures int   // that have come one after the other
}

// saver saves checkpoints. Its fields are the training goroutine's, but for snap, which is the writer's while one writes.
type saver struct {
	Checkpoint
	sync     func() error // makes durable what the state counts on
	snap     snapshot
	last     int       // the step of the newest checkpoint; −1: there is none
	begun    time.Time // when it was taken, or training began
	due      bool
	writing  bool        // a writer is at work
	current  int         // on the checkpoint of this step
	wrote    chan Saving // what it tells in the end
	failures int
}

// snapshot is a copy of the state, in memory that is used again.
type snapshot struct {
	entries []safetensors.Entry
	state   []byte
}

// isDue reports whether the state after so many steps is to be saved; once it is, it stays so until it is.
func (s *saver) isDue(step int) bool {
	if s.Steps > 0 && step%s.Steps == 0 || s.Interval > 0 && time.Since(s.begun) >= s.Interval {
		s.due = true
	}
	return s.due && step != s.last
}

// write makes a checkpoint of the snapshot and removes those that are too many.
func (s *saver) write(step int) Saving {
	r, begun := Saving{Step: step, Path: filepath.Join(s.Dir, checkpointName(step))}, time.Now()
	r.Bytes, r.Err = s.place(r.Path)
	if r.Err == nil {
		r.Err = s.prune(r.Path)
	}
	r.Took = time.Since(begun)
	return r
}

// place writes the snapshot as the folder path. What is there under that name isn't whole, or of steps that were undone.
func (s *saver) place(path string) (bytes int64, err error) {
	if err := s.sync(); err != nil {
		return 0, err
	}
	if err := ingotfs.RemoveAll(path); err != nil {
		return 0, err
	}
	if err := ingotfs.MkdirAll(s.Dir); err != nil {
		return 0, err
	}
	err = ingotfs.WriteDir(path, func(d *ingotfs.Dir) error {
		var m manifest
		put := func(name string, write func(io.Writer) error) error {
			h := newHasher(name)
			if err := d.WriteFile(name, func(w io.Writer) error { return write(tee{h, w}) }); err != nil {
				return err
			}
			m.Files = append(m.Files, h.done())
			bytes += h.file.Size
			return nil
		}
		err := put(StateFile, func(w io.Writer) error {
			_, err := w.Write(s.snap.state)
			return err
		})
		if err != nil {
			return err
		}
		if err := put(TensorsFile, func(w io.Writer) error { return safetensors.Write(w, nil, s.snap.entries) }); err != nil {
			return err
		}
		b, err := m.encode()
		if err != nil {
			return err
		}
		return d.WriteFile(ManifestFile, func(w io.Writer) error {
			_, err := w.Write(b)
			return err
		})
	})
	return bytes, err
}

// tee gives what is written to both, in pieces that are in the cache for the second and leave training a turn between them.
type tee struct {
	sums *hasher
	w    io.Writer
}

const teePiece = 256 << 10

// Write implements io.Writer.
func (t tee) Write(p []byte) (int, error) {
	for at := 0; at < len(p); at += teePiece {
		part := p[at:min(at+teePiece, len(p))]
		t.sums.Write(part)
		if n, err := t.w.Write(part); err != nil {
			return at + n, err
		}
	}
	return len(p), nil
}

// prune removes the oldest of the checkpoints up to the newest, path, that are more than Keep.
func (s *saver) prune(path string) error {
	keep := cmp.Or(s.Keep, defaultKeep)
	all, err := ListCheckpoints(s.Dir)
	if err != nil {
		return err
	}
	for _, old := range all {
		if old > path {
			continue
		}
		if keep--; keep >= 0 {
			continue
		}
		if err := ingotfs.RemoveAll(old); err != nil {
			return err
		}
	}
	return nil
}

// take copies the state.
func (s *saver) take(st *state, entries []safetensors.Entry) error {
	b, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return err
	}
	s.snap.state = append(b, '\n')
	s.snap.entries = copyEntries(s.snap.entries, entries)
	return nil
}
