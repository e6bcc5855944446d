package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/internal/fs/fault"
	"github.com/ingot-ml/ingot/optim"
)

// faultyJob is a small job with all that Fit writes: best weights, checkpoints, a log, an event file.
func faultyJob(run *Run) Config {
	c := richConfig(&optim.Adam{LR: 0.02})
	c.Run, c.Watch = run, &Watch{Histograms: 1, Text: "what there is to say"}
	c.Checkpoint = Checkpoint{Dir: run.Path(CheckpointDir), Steps: 4, Keep: 2}
	return c
}

// TestFaultsTraining trains with every call failing and with a crash after each. Whatever happened, the run can be gone on with,
// and comes to the bits of one that nothing happened to; or there is none yet.
func TestFaultsTraining(t *testing.T) {
	plain := richConfig(&optim.Adam{LR: 0.02})
	want := outcomeOf(t, &plain, fitUntil(t, plain, 0))
	fault.Run(t, fault.Writer{
		Tries: 60, Seeds: 4,
		Write: func(dir string) error {
			run, err := NewRun(filepath.Join(dir, "runs"), "x")
			if err != nil {
				return err
			}
			if err := errors.Join(run.WriteJSON(EnvFile, map[string]any{}), run.Point()); err != nil {
				return errors.Join(err, run.Close())
			}
			_, err = Fit(context.Background(), faultyJob(run))
			if err == nil {
				err = run.Finish("sum")
			}
			return errors.Join(err, run.Close())
		},
		Check: func(dir string, o fault.Outcome) error { return goesOn(t, filepath.Join(dir, "runs"), o, &want) },
	})
}

// goesOn looks at what is left of the run x-1, goes on with it and wants the outcome.
func goesOn(t *testing.T, runs string, o fault.Outcome, want *outcome) error {
	dir := filepath.Join(runs, "x-1")
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) && !o.Done {
		return nil
	}
	if _, err := os.Stat(filepath.Join(runs, Last)); err == nil {
		if found, err := FindRun(filepath.Join(runs, Last)); err != nil || found != dir {
			return fmt.Errorf("last is %s, %w", found, err)
		}
	} else if o.Done {
		return err
	}
	run, err := OpenRun(dir)
	if err != nil {
		return err
	}
	s, err := ReadRun(dir)
	if err != nil {
		return errors.Join(err, run.Close())
	}
	if o.Done && (s.Finished != "sum" || s.Steps != 21 || s.State != "done") {
		err = fmt.Errorf("the run is done, and its log says %+v", s)
	}
	c := faultyJob(run)
	saved, cerr := LatestCheckpoint(c.Checkpoint.Dir)
	if err = errors.Join(err, cerr); err != nil {
		return errors.Join(err, run.Close())
	}
	if c.Resume = saved; saved != nil && len(saved.Skipped) > 0 {
		err = fmt.Errorf("a checkpoint bears its name and isn't whole: %w", saved.Skipped[0])
	}
	r, ferr := Fit(context.Background(), c)
	if err = errors.Join(err, ferr, run.Finish("sum"), run.Close()); err != nil {
		return err
	}
	got := outcomeOf(t, &c, r)
	got.same(t, want, "gone on with")
	if s, err = ReadRun(dir); err != nil || s.Finished != "sum" || s.Steps != 21 || len(s.History) != 3 {
		return fmt.Errorf("after going on, the log says %+v, %w", s, err)
	}
	verdicts, err := VerifyRun(dir)
	for _, v := range verdicts {
		unsynced := o.Crashed && strings.HasPrefix(v.Name, "events.") // its reader says so, and a resume begins another file
		if v.Err != nil && !unsynced {
			err = errors.Join(err, fmt.Errorf("after going on: %s: %w", v.Name, v.Err))
		}
	}
	return errors.Join(err, leftovers(dir))
}

// leftovers reports files that nothing will ever remove.
func leftovers(dir string) error {
	all, err := filepath.Glob(filepath.Join(dir, CheckpointDir, "*"))
	if err != nil || len(all) > 3 { // the two to keep, and one whose removal may have failed: the next checkpoint's does it
		return fmt.Errorf("%d checkpoints are left, %q, %w", len(all), all, err)
	}
	for _, pattern := range []string{".*.tmp", filepath.Join(CheckpointDir, ".*.tmp")} {
		if temps, _ := filepath.Glob(filepath.Join(dir, pattern)); len(temps) > 0 {
			return fmt.Errorf("temporary files are left: %q", temps)
		}
	}
	return nil
}

// TestDamagedLog: resuming takes lines that can't be read out of the log and says so; until then reading it names the line.
func TestDamagedLog(t *testing.T) {
	run, err := CreateRun(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(run.Test(1, Metrics{"loss": 1}), run.Close()); err != nil {
		t.Fatal(err)
	}
	path := run.Path(MetricsFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	long := bytes.Repeat([]byte("x"), maxLine+10)
	text := bytes.Join([][]byte{{0, 0, '\n'}, good, []byte("{\"event\":\"st\n"), long, {'\n'}, good, []byte("torn")}, nil)
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	var bad *LineError
	if _, err := ReadRun(run.Dir); !errors.As(err, &bad) || bad.Line != 1 || !strings.Contains(err.Error(), "resuming the run drops it") {
		t.Errorf("reading says %v", err)
	}
	if run, err = OpenRun(run.Dir); err != nil {
		t.Fatal(err)
	}
	if got := run.Dropped(); len(got) != 3 || !strings.Contains(got[1], path+":3: ") || !strings.Contains(got[2], "a line of more than") {
		t.Errorf("dropped %q", got)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || !bytes.Equal(text, append(good, good...)) {
		t.Errorf("left is %q, %v", text, err)
	}
}
