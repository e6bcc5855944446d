package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/cpu"
	ingotfs "github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/safetensors"
)

// Saved is a checkpoint that was read and is whole.
type Saved struct {
	Dir     string          // its folder
	Step    int             // after which it was taken
	Skipped []*DamagedError // newer ones that are damaged; the newest first

	state *state
	file  *safetensors.File
}

// OpenCheckpoint reads the checkpoint in the folder dir and verifies all of it. A damaged one is a [*DamagedError].
func OpenCheckpoint(dir string) (*Saved, error) {
	if _, err := verify(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, StateFile)
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, unread(path, err)
	}
	st, err := parseState(b)
	if err != nil {
		return nil, &DamagedError{path, err.Error(), err}
	}
	if step, ok := checkpointStep(filepath.Base(dir)); ok && step != st.Step {
		return nil, &DamagedError{dir, fmt.Sprintf("it is of step %d", st.Step), nil}
	}
	path = filepath.Join(dir, TensorsFile)
	file, err := safetensors.Open(path)
	if err != nil {
		return nil, unread(path, err)
	}
	return &Saved{Dir: dir, Step: st.Step, state: st, file: file}, nil
}

// LatestCheckpoint opens the newest checkpoint in dir that is whole. Where there is none at all it returns nil; where all are
// damaged, an error that says so of each.
func LatestCheckpoint(dir string) (*Saved, error) {
	all, err := ListCheckpoints(dir)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var skipped []*DamagedError
	var why []error
	for _, d := range all {
		s, err := OpenCheckpoint(d)
		if err == nil {
			s.Skipped = skipped
			return s, nil
		}
		var bad *DamagedError
		if !errors.As(err, &bad) {
			return nil, err
		}
		skipped, why = append(skipped, bad), append(why, bad)
	}
	return nil, fmt.Errorf("none of the %d checkpoints in %s is whole:\n%w", len(all), dir, errors.Join(why...))
}

// Close releases the checkpoint's memory; Fit does it for Config.Resume.
func (s *Saved) Close() error { return s.file.Close() }

// entries returns the tensors whose names begin with prefix, without it. They see the file.
func (s *Saved) entries(prefix string) ([]safetensors.Entry, error) {
	var r []safetensors.Entry
	for _, name := range s.file.Names() {
		own, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		t, err := s.file.Tensor(name)
		if err != nil {
			return nil, err
		}
		r = append(r, safetensors.Entry{Name: own, Tensor: t})
	}
	return r, nil
}

// restore goes to where a checkpoint was taken.
func (f *fit) restore(s *Saved) (err error) {
	defer func() { err = errors.Join(err, s.Close()) }()
	st := s.state
	if st.Arithmetic != arithmetic() && !f.Checkpoint.AnyCPU {
		return fmt.Errorf("train: checkpoint %s: %w", s.Dir, &ArithmeticError{st.Arithmetic, arithmetic()})
	}
	if err := f.fits(st); err != nil {
		return fmt.Errorf("train: checkpoint %s is of another job: %w", s.Dir, err)
	}
	if err := f.restoreTensors(s); err != nil {
		return fmt.Errorf("train: checkpoint %s is of another job: %w", s.Dir, err)
	}
	if f.Extra != nil && st.Extra != nil {
		if err := json.Unmarshal(st.Extra, f.Extra); err != nil {
			return fmt.Errorf("train: checkpoint %s: Extra: %w", s.Dir, err)
		}
	}
	if err := f.Loader.Seek(st.Cursor); err != nil {
		return fmt.Errorf("train: checkpoint %s: %w", s.Dir, err)
	}
	f.tape.SetState(grad.State(st.Tape))
	f.begun = f.begun.Add(-st.Elapsed)
	f.sum, f.window = mean{st.Sum.Sum, st.Sum.Rows}, mean{st.Window.Sum, st.Window.Rows}
	f.result.Steps, f.result.Epochs, f.result.Rows, f.result.Train, f.result.Val = st.Step, st.Epochs, st.Rows, st.Train, st.Val
	if b := st.Best; b != nil {
		f.result.Best, f.best, f.keep.best, f.keep.val = b.Epoch, b.Step, b.Loss, b.Val
	}
	return nil
}

// fits reports what of the job has changed since st was saved.
func (f *fit) fits(st *state) error {
	now := f.state()
	for _, x := range []struct {
		what     string
		was, now any
	}{
		{"the seed", st.Seed, now.Seed},
		{"the number of batches of an epoch", st.EpochSteps, now.EpochSteps},
		{"the number of micro-batches of a batch", st.Shards, now.Shards},
	} {
		if x.was != x.now {
			return fmt.Errorf("%s was %v and is %v", x.what, x.was, x.now)
		}
	}
	return nil
}

// restoreTensors loads weights, the best weights and the optimizer's state.
func (f *fit) restoreTensors(s *Saved) error {
	load := func(prefix string) error {
		entries, err := s.entries(prefix)
		if err != nil {
			return err
		}
		state := make([]nn.Entry, len(entries))
		for i, e := range entries {
			state[i] = nn.Entry(e)
		}
		return nn.Load(f.Model, state)
	}
	if f.Best && s.state.Best != nil {
		if err := load(bestPrefix); err != nil {
			return fmt.Errorf("its best weights: %w", err)
		}
		f.keep.copy()
	}
	if err := load(modelPrefix); err != nil {
		return err
	}
	entries, err := s.entries(optimizerPrefix)
	if err != nil {
		return err
	}
	own := optim.State{Step: s.state.Updates}
	for _, e := range entries {
		own.Entries = append(own.Entries, optim.Entry(e))
	}
	return f.Optimizer.(optim.Optimizer).LoadState(f.grads.Params(), own)
}

// ArithmeticError is a checkpoint of a CPU whose arithmetic gives other bits than this one's.
type ArithmeticError struct{ Was, Now string }

// Error says what can be done.
func (e *ArithmeticError) Error() string {
	return fmt.Sprintf("it was trained by %s and this would go on by %s, whose sums have other bits", arithmeticText(e.Was), arithmeticText(e.Now))
}

// arithmeticText is "vector instructions of amd64" or "plain Go loops on arm64".
func arithmeticText(a string) string {
	kind, arch, _ := strings.Cut(a, "/")
	if kind == "go" {
		return "plain Go loops on " + arch
	}
	return "vector instructions of " + arch
}

// resumeLine tells the log where training goes on.
func (f *fit) resumeLine() resumeLine {
	l := resumeLine{
		Event: "resume", Epoch: f.result.Epochs, Step: f.result.Steps, Seconds: seconds(time.Since(f.begun)),
		Time: time.Now().UTC(), CPU: cpu.Active().String(), Workers: parallel.Workers(),
	}
	l.Skipped = f.Run.dropped
	if f.Resume != nil {
		l.From = filepath.Base(f.Resume.Dir)
		for _, bad := range f.Resume.Skipped {
			l.Skipped = append(l.Skipped, bad.Error())
		}
	}
	return l
}

// OpenRun opens the folder of a run that was begun and isn't being trained, for Fit to go on in. What a process that died had
// under way is removed. A run that is being trained is an error that names the process.
func OpenRun(dir string) (*Run, error) {
	r := &Run{Dir: dir, resumed: true}
	if err := r.acquire(); err != nil {
		return nil, err
	}
	for _, d := range []string{dir, filepath.Join(dir, CheckpointDir)} {
		if err := removeTemps(d); err != nil {
			return nil, errors.Join(err, r.release())
		}
	}
	var err error
	if r.dropped, err = mendLog(dir); err != nil {
		return nil, errors.Join(err, r.release())
	}
	if r.metrics, err = ingotfs.OpenLog(r.Path(MetricsFile)); err != nil {
		return nil, errors.Join(fmt.Errorf("run folder %s can't be written to: %w", dir, err), r.release())
	}
	return r, nil
}

// Dropped returns what was wrong with lines of the run's log that OpenRun took out of it, as a crash leaves them.
func (r *Run) Dropped() []string { return r.dropped }

// removeTemps removes what was being written in dir when its writer died.
func removeTemps(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for _, e := range entries {
		if ingotfs.IsTemp(e.Name()) {
			if err := ingotfs.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
