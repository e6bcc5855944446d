package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	ingotfs "github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/safetensors"
)

// prepare goes to where training begins: its start, or a checkpoint.
func (f *fit) prepare() error {
	last := -1
	if f.Resume != nil {
		last = f.Resume.Step
		if err := f.restore(f.Resume); err != nil {
			return err
		}
		f.result.Stopped = f.stopped()
	}
	if f.Run != nil && f.Run.resumed {
		if err := f.Run.log(f.resumeLine()); err != nil {
			return err
		}
	}
	if f.Checkpoint.Dir == "" {
		return nil
	}
	f.saver = &saver{Checkpoint: f.Checkpoint, last: last, begun: time.Now(), wrote: make(chan Saving, 1), sync: func() error { return nil }}
	if f.Run != nil {
		f.saver.sync = f.Run.metrics.Sync
	}
	return f.clear(last)
}

// clear removes what lies in the checkpoints' folder of steps after the one that training goes on from: they are damaged, or
// undone from here on.
func (f *fit) clear(last int) error {
	all, err := ListCheckpoints(f.Checkpoint.Dir)
	if err != nil {
		return err
	}
	if len(all) > 0 && f.Resume == nil {
		return fmt.Errorf("train: %s has checkpoints, such as %s: set Resume to go on from one, or another Dir", f.Checkpoint.Dir, all[0])
	}
	for _, dir := range all {
		if step, _ := checkpointStep(filepath.Base(dir)); step <= last {
			break
		}
		if err := ingotfs.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

// checkpoint saves the state where that is due. It is called between epochs, or in one that has batches left.
func (f *fit) checkpoint() error {
	s := f.saver
	if s == nil {
		return nil
	}
	if err := f.collect(s.wait); err != nil {
		return err
	}
	if !s.isDue(f.result.Steps) {
		return nil
	}
	s.due, s.begun = false, time.Now()
	if s.writing {
		return f.saved(Saving{Step: f.result.Steps, Skipped: true, Err: fmt.Errorf("left out: that of step %d is still being written", s.current)})
	}
	stall, err := f.take()
	if err != nil {
		return f.saved(Saving{Step: f.result.Steps, Err: err})
	}
	s.writing, s.current = true, f.result.Steps
	go func(step int) {
		r := s.write(step)
		r.Stall = stall
		s.wrote <- r
	}(f.result.Steps)
	return nil
}

// take copies the state for the writer.
func (f *fit) take() (time.Duration, error) {
	begun := time.Now()
	if f.Run != nil {
		if err := f.Run.log(nil); err != nil {
			return 0, fmt.Errorf("the log that comes before it can't be written: %w", err)
		}
	}
	st := f.state()
	var err error
	if f.Extra != nil {
		if st.Extra, err = json.Marshal(f.Extra); err != nil {
			return 0, err
		}
	}
	if err := f.saver.take(st, f.entries()); err != nil {
		return 0, err
	}
	return time.Since(begun), nil
}

// entries are the tensors of a checkpoint.
func (f *fit) entries() []safetensors.Entry {
	var r []safetensors.Entry
	for _, e := range f.keep.state {
		r = append(r, safetensors.Entry{Name: modelPrefix + e.Name, Tensor: e.Tensor})
	}
	for _, e := range f.Optimizer.(optim.Optimizer).State().Entries {
		r = append(r, safetensors.Entry{Name: optimizerPrefix + e.Name, Tensor: e.Tensor})
	}
	for _, e := range f.keep.saved {
		r = append(r, safetensors.Entry{Name: bestPrefix + e.Name, Tensor: e.Tensor})
	}
	return r
}

// collect takes note of what the writer did, if it is done; where wait is true, when it is.
func (f *fit) collect(wait bool) error {
	if !f.saver.writing {
		return nil
	}
	if !wait {
		select {
		case r := <-f.saver.wrote:
			return f.saved(r)
		default:
			return nil
		}
	}
	return f.saved(<-f.saver.wrote)
}

// saved tells what became of a checkpoint. An error ends the training.
func (f *fit) saved(r Saving) error {
	s := f.saver
	if !r.Skipped {
		s.writing = false
		if s.failures++; r.Err == nil {
			s.failures, s.last = 0, r.Step
		}
		r.Failures = s.failures
	}
	l := savingLine{"checkpoint", r.Step, seconds(r.Took), r.Stall.Seconds(), r.Bytes, ""}
	if r.Err != nil {
		l.Error = r.Err.Error()
	}
	if f.Hooks.Saving != nil {
		f.Hooks.Saving(r)
	}
	if err := f.log(l); err != nil {
		return err
	}
	if s.MaxFailures > 0 && s.failures >= s.MaxFailures {
		return fmt.Errorf("train: %d checkpoints failed one after the other: %w", s.failures, r.Err)
	}
	return nil
}

// saveLast waits for the writer and saves the state that training ends with, where it ended well or as asked.
func (f *fit) saveLast(well bool) error {
	s := f.saver
	err := f.collect(true)
	if !well || f.result.Steps == 0 || f.result.Steps == s.last {
		return err
	}
	stall, unsaved := f.take()
	r := Saving{Step: f.result.Steps, Err: unsaved}
	if unsaved == nil {
		r = s.write(f.result.Steps)
		r.Stall = stall
	}
	return errors.Join(r.Err, f.saved(r))
}

// log writes a line of the run's log. Where checkpoints are saved, one that can't be written is told and written later.
func (f *fit) log(line any) error {
	if f.Run == nil {
		return nil
	}
	return f.logged(MetricsFile, f.Run.log(line))
}

// logged is what becomes of an error in writing a log.
func (f *fit) logged(file string, err error) error {
	if f.saver == nil {
		return err
	}
	switch {
	case err == nil && f.unlogged == file:
		f.unlogged = ""
	case err != nil && f.unlogged == "":
		f.unlogged = file
		if f.Hooks.Saving != nil {
			f.Hooks.Saving(Saving{Step: f.result.Steps, Path: f.Run.Path(file), Err: err})
		}
	}
	return nil
}

// state is where training is now.
func (f *fit) state() *state {
	tape, r := f.tape.State(), &f.result
	st := &state{
		Version: stateVersion, Step: r.Steps, Epochs: r.Epochs, Rows: r.Rows, Elapsed: time.Since(f.begun), Seed: f.Seed,
		Shards: max(f.Accumulate, 1) * f.Shards, EpochSteps: f.Loader.Steps(), Tape: tapeState(tape), Cursor: f.Loader.Cursor(),
		Sum: sums{f.sum.sum, f.sum.rows}, Window: sums{f.window.sum, f.window.rows},
		Updates: f.Optimizer.(optim.Optimizer).State().Step, Train: r.Train, Val: r.Val, Arithmetic: arithmetic(),
	}
	if r.Best > 0 {
		st.Best = &bestState{r.Best, f.best, f.keep.best, f.keep.val}
	}
	return st
}
