package train

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	ingotfs "github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/optim"
)

// disk is a file system that can be full, for the checkpoints or for the log, or stuck.
type disk struct {
	ingotfs.OS
	full, logFull atomic.Bool
	stuck         chan struct{} // nil: it isn't; otherwise the checkpoints' renames wait until it is closed
}

func (d *disk) Create(path string) (ingotfs.File, error) {
	if d.full.Load() && strings.HasSuffix(path, TensorsFile) {
		return nil, &os.PathError{Op: "open", Path: path, Err: syscall.ENOSPC}
	}
	return d.OS.Create(path)
}

func (d *disk) Rename(from, to string) error {
	if d.stuck != nil && strings.HasPrefix(filepath.Base(to), stepPrefix) {
		<-d.stuck
	}
	return d.OS.Rename(from, to)
}

func (d *disk) OpenLog(path string) (ingotfs.File, error) {
	f, err := d.OS.OpenLog(path)
	return logFile{f, d}, err
}

type logFile struct {
	ingotfs.File
	d *disk
}

func (f logFile) Write(p []byte) (int, error) {
	if f.d.logFull.Load() {
		return 0, syscall.ENOSPC
	}
	return f.File.Write(p)
}

// steps returns the steps of the checkpoints in dir, the newest first.
func steps(t *testing.T, dir string) (r []int) {
	t.Helper()
	all, err := ListCheckpoints(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if err := VerifyCheckpoint(d); err != nil {
			t.Error(err)
		}
		step, _ := checkpointStep(filepath.Base(d))
		r = append(r, step)
	}
	return r
}

// TestSavingFails fills the disk for a while: it is told, the checkpoints that there are stay, and training goes on.
func TestSavingFails(t *testing.T) {
	d := &disk{}
	defer ingotfs.Swap(d)()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var told []Saving
	c := richConfig(&optim.Adam{LR: 0.02})
	c.Epochs = 100_000
	c.Checkpoint = Checkpoint{Dir: dir, Steps: 2, Keep: 2}
	c.Hooks.Saving = func(s Saving) {
		if s.Skipped {
			return
		}
		switch told = append(told, s); len(told) {
		case 3:
			d.full.Store(true)
		case 6:
			d.full.Store(false)
			if got := steps(t, dir); len(got) != 2 || got[0] != told[2].Step || got[1] != told[1].Step {
				t.Errorf("checkpoints of %v are kept", got)
			}
		case 8:
			cancel()
		}
	}
	if _, err := Fit(ctx, c); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for i, s := range told {
		if i < 3 || i >= 6 {
			if s.Err != nil || s.Failures != 0 || s.Bytes == 0 {
				t.Errorf("%+v", s)
			}
		} else if !errors.Is(s.Err, syscall.ENOSPC) || s.Failures != i-2 {
			t.Errorf("%+v", s)
		}
	}
	if got := steps(t, dir); len(got) != 2 || got[0] != told[len(told)-1].Step {
		t.Errorf("checkpoints of %v are kept", got)
	}
}

// TestSavingFailsTooOften ends the run, with the last good checkpoint in place.
func TestSavingFailsTooOften(t *testing.T) {
	d := &disk{}
	defer ingotfs.Swap(d)()
	run, err := NewRun(t.TempDir(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	good, failed := 0, 0
	c := richConfig(&optim.Adam{LR: 0.02})
	c.Run, c.Epochs = run, 100_000
	c.Checkpoint = Checkpoint{Dir: run.Path(CheckpointDir), Steps: 2, MaxFailures: 3}
	c.Hooks.Saving = func(s Saving) {
		if s.Err == nil {
			d.full.Store(true)
			good = s.Step
		} else if !s.Skipped {
			failed++
		}
	}
	if r, err := Fit(context.Background(), c); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "3 checkpoints failed one after the other") || failed != 3 {
		t.Fatalf("%+v, %v after %d failures", r, err, failed)
	}
	if got := steps(t, c.Checkpoint.Dir); len(got) != 1 || got[0] != good {
		t.Errorf("checkpoints of %v are kept", got)
	}
	if s, err := ReadRun(run.Dir); err != nil || s.State != "failed" {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestSavingInterruptedFails is an interruption whose state can't be saved: that isn't an interruption alone.
func TestSavingInterruptedFails(t *testing.T) {
	d := &disk{}
	d.full.Store(true)
	defer ingotfs.Swap(d)()
	ctx, cancel := context.WithCancel(context.Background())
	c := richConfig(nil)
	c.Optimizer = &stopper{&optim.Adam{LR: 0.02}, cancel, 5}
	c.Checkpoint = Checkpoint{Dir: t.TempDir()}
	if _, err := Fit(ctx, c); !errors.Is(err, context.Canceled) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
}

// TestSavingDoesNotWait shows that training goes on while a writer is stuck, and tells what is left out.
func TestSavingDoesNotWait(t *testing.T) {
	d := &disk{stuck: make(chan struct{})}
	defer ingotfs.Swap(d)()
	dir := t.TempDir()
	left := 0
	c := richConfig(&optim.Adam{LR: 0.02})
	c.Checkpoint = Checkpoint{Dir: dir, Steps: 4}
	c.Hooks.Saving = func(s Saving) {
		if s.Skipped {
			left++
			if !strings.Contains(s.Err.Error(), "that of step 4 is still being written") || s.Failures != 0 {
				t.Errorf("%+v", s)
			}
		}
	}
	c.Hooks.Epoch = func(e Epoch) {
		if e.Epoch == 3 {
			close(d.stuck)
		}
	}
	if _, err := Fit(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if got := steps(t, dir); left != 4 || len(got) != 2 || got[0] != 21 || got[1] != 4 {
		t.Errorf("%d are left out, %v are there", left, got)
	}
}

func TestSavingByTime(t *testing.T) {
	for interval, most := range map[time.Duration]int{time.Nanosecond: 21, time.Hour: 1} {
		c := richConfig(&optim.Adam{LR: 0.02})
		c.Checkpoint = Checkpoint{Dir: t.TempDir(), Interval: interval, Keep: 100}
		if _, err := Fit(context.Background(), c); err != nil {
			t.Fatal(err)
		}
		if got := steps(t, c.Checkpoint.Dir); got[0] != 21 || len(got) > most || most > 1 && got[len(got)-1] != 1 {
			t.Errorf("every %v: checkpoints of %v", interval, got)
		}
	}
}

// TestLogCatchesUp fills the disk under the log for a while: no line is lost.
func TestLogCatchesUp(t *testing.T) {
	d := &disk{}
	defer ingotfs.Swap(d)()
	run, err := NewRun(t.TempDir(), "x")
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	c := richConfig(&optim.Adam{LR: 0.02})
	c.Run, c.Epochs = run, 5
	c.Checkpoint = Checkpoint{Dir: run.Path(CheckpointDir)}
	c.Hooks.Epoch = func(e Epoch) { d.logFull.Store(e.Epoch == 2 || e.Epoch == 3) }
	c.Hooks.Saving = func(s Saving) {
		if s.Err != nil {
			told++
			if s.Path != run.Path(MetricsFile) || !errors.Is(s.Err, syscall.ENOSPC) {
				t.Errorf("%+v", s)
			}
		}
	}
	if _, err := Fit(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := ReadRun(run.Dir); err != nil || len(s.History) != 5 || s.State != "done" || told != 1 {
		t.Errorf("%d epochs in %+v, told %d times, %v", len(s.History), s, told, err)
	}
}

// TestCheckpointWaitsForLog: where the log that a checkpoint counts on can't be written, it isn't saved.
func TestCheckpointWaitsForLog(t *testing.T) {
	d := &disk{}
	defer ingotfs.Swap(d)()
	run, err := NewRun(t.TempDir(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	c := richConfig(&optim.Adam{LR: 0.02})
	c.Run, c.Epochs = run, 1
	c.Checkpoint = Checkpoint{Dir: run.Path(CheckpointDir), Steps: 7}
	d.logFull.Store(true)
	if _, err := Fit(context.Background(), c); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	if got := steps(t, c.Checkpoint.Dir); len(got) != 0 {
		t.Errorf("checkpoints of %v", got)
	}
}

// TestSnapshotMemory shows that the second copy of the state takes the first one's memory.
func TestSnapshotMemory(t *testing.T) {
	c := richConfig(&optim.Adam{LR: 0.02})
	if _, err := Fit(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	f := &fit{Config: c} // of the optimizer's tensors alone
	first := copyEntries(nil, f.entries())
	for i, e := range copyEntries(first, f.entries()) {
		a, _ := first[i].Tensor.Buffer()
		if b, _ := e.Tensor.Buffer(); a != b || first[i].Name != e.Name {
			t.Errorf("%s is in other memory", e.Name)
		}
	}
}

// TestReadRunResumed reads the log of a run that was killed, and resumed from before its last lines.
func TestReadRunResumed(t *testing.T) {
	dir := t.TempDir()
	log := `{"event":"epoch","epoch":1,"step":10,"seconds":1,"train":{"loss":3}}
{"event":"epoch","epoch":2,"step":20,"seconds":2,"train":{"loss":2}}
{"event":"step","epoch":3,"step":25,"loss":2}
{"event":"resume","epoch":1,"step":15,"seconds":1.5,"time":"2026-11-25T20:00:00Z","from":"step-000000000015","skipped":["x: it has 3 bytes"],"cpu":"avx2","workers":2}
{"event":"epoch","epoch":2,"step":20,"seconds":2.5,"train":{"loss":2.1}}
{"event":"end","stopped":"interrupted in epoch 3","epochs":2,"steps":22,"seconds":3,"weights":"last"}
{"event":"resume","epoch":2,"step":22,"seconds":3,"time":"2026-11-25T21:00:00Z","from":"step-000000000022","cpu":"avx512","workers":1}
{"event":"step","epoch":3,"step":28,"loss":2}
`
	if err := os.WriteFile(filepath.Join(dir, MetricsFile), []byte(log), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := ReadRun(dir)
	if err != nil || s.State != "unfinished" || s.Steps != 28 || s.Epochs != 2 || s.Stopped != "" || s.Train["loss"] != 2.1 {
		t.Errorf("%+v, %v", s, err)
	}
	if len(s.History) != 2 || s.History[1].Train["loss"] != 2.1 || s.History[1].Seconds != 2.5 {
		t.Errorf("%+v", s.History)
	}
	want := []Session{{From: 0, To: 25}, {From: 15, To: 22, Stopped: "interrupted in epoch 3", Skipped: []string{"x: it has 3 bytes"}}, {From: 22, To: 28}}
	for i, w := range want {
		if got := s.Sessions[i]; got.From != w.From || got.To != w.To || got.Stopped != w.Stopped || len(got.Skipped) != len(w.Skipped) || (i > 0) == got.Begun.IsZero() {
			t.Errorf("%+v", got)
		}
	}
}
