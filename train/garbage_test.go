package train

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ingot-ml/ingot/optim"
)

// trainedRun makes a run with checkpoints of the steps 4, 8 and so on to 20, and 21.
func trainedRun(t *testing.T, dir string) *Run {
	t.Helper()
	run, err := CreateRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := richConfig(&optim.Adam{LR: 0.02})
	c.Run, c.Checkpoint = run, Checkpoint{Dir: run.Path(CheckpointDir), Steps: 4, Keep: 9, wait: true}
	if _, err := Fit(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	return run
}

func garbageOf(t *testing.T, dir string, keep int) (names []string) {
	t.Helper()
	err := RunGarbage(dir, keep, func(all []Garbage) error {
		for _, g := range all {
			rel, err := filepath.Rel(dir, g.Path)
			if err != nil || g.Bytes == 0 {
				t.Errorf("%+v, %v", g, err)
			}
			names = append(names, filepath.ToSlash(rel)+" "+g.Why)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestRunGarbage(t *testing.T) {
	run := trainedRun(t, filepath.Join(t.TempDir(), "x"))
	if err := RunGarbage(run.Dir, 0, nil); err == nil || !strings.Contains(err.Error(), "is being trained by process") {
		t.Fatalf("garbage of a run that is being trained: %v", err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := ListCheckpoints(run.Path(CheckpointDir))
	if err != nil || len(all) != 6 {
		t.Fatalf("%q, %v", all, err)
	}
	if got := garbageOf(t, run.Dir, 6); got != nil {
		t.Errorf("a clean run has %q", got)
	}
	flip(t, filepath.Join(all[1], TensorsFile), 4000)
	for _, path := range []string{".best.safetensors.4711-0.tmp", "checkpoints/.step-000000000024.4711-0.tmp", ".mine.tmp"} {
		if err := os.WriteFile(run.Path(path), []byte("half"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got := garbageOf(t, run.Dir, 0)
	want := []string{
		".best.safetensors.4711-0.tmp of a process", "checkpoints/.step-000000000024.4711-0.tmp of a process",
		"checkpoints/step-000000000020 damaged: ", "checkpoints/step-000000000008 older", "checkpoints/step-000000000004 older",
	}
	if len(got) != len(want) {
		t.Fatalf("%q, want %q", got, want)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
	err = RunGarbage(run.Dir, 0, func(all []Garbage) (err error) {
		for _, g := range all {
			err = errors.Join(err, g.Remove())
		}
		return err
	})
	if left := garbageOf(t, run.Dir, 0); err != nil || left != nil {
		t.Errorf("removed, and there is %q, %v", left, err)
	}
	if all, err = ListCheckpoints(run.Path(CheckpointDir)); err != nil || len(all) != 3 {
		t.Fatalf("%q, %v", all, err)
	}
	for _, path := range all {
		flip(t, filepath.Join(path, StateFile), 9)
	}
	if got := garbageOf(t, run.Dir, 0); got != nil {
		t.Errorf("none is whole, and %q could go", got)
	}
}

func TestFolderGarbage(t *testing.T) {
	out := t.TempDir()
	for name, age := range map[string]time.Duration{".last.1-0.tmp": 0, ".last.1-1.tmp": 2 * tempAge, "last": 2 * tempAge} {
		path := filepath.Join(out, name)
		if err := errors.Join(os.WriteFile(path, []byte("x"), 0o666), os.Chtimes(path, time.Time{}, time.Now().Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	got, err := FolderGarbage(out)
	if err != nil || len(got) != 1 || filepath.Base(got[0].Path) != ".last.1-1.tmp" || got[0].Bytes != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestRemoveRun(t *testing.T) {
	out := t.TempDir()
	var runs []*Run
	for range 2 {
		run, err := NewRun(out, "x")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(run.WriteJSON(EnvFile, map[string]any{"begun": time.Now()}), run.Point()); err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	if _, err := RemoveRun(runs[1].Dir); err == nil || !strings.Contains(err.Error(), "is being trained by process") {
		t.Fatalf("removing a run that is being trained: %v", err)
	}
	for i := 1; i >= 0; i-- {
		if err := runs[i].Close(); err != nil {
			t.Fatal(err)
		}
		if n, err := RemoveRun(runs[i].Dir); err != nil || n == 0 {
			t.Fatalf("%d bytes, %v", n, err)
		}
		name, err := os.ReadFile(filepath.Join(out, Last))
		if i == 1 && string(name) != "x-1\n" || i == 0 && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("last is %q, %v", name, err)
		}
	}
	if left, err := os.ReadDir(out); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
