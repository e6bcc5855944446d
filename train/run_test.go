package train

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	ingotfs "github.com/ingot-ml/ingot/internal/fs"
)

func TestRunsAreNumbered(t *testing.T) {
	out := filepath.Join(t.TempDir(), "a", "runs")
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 8 { // at once: each must get its own
		wg.Go(func() {
			r, err := NewRun(out, "mnist")
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			mu.Lock()
			defer mu.Unlock()
			if seen[r.Dir] {
				t.Errorf("two runs in %s", r.Dir)
			}
			seen[r.Dir] = true
		})
	}
	wg.Wait()
	if !seen[filepath.Join(out, "mnist-8")] {
		t.Errorf("runs are %v", seen)
	}
	if err := os.RemoveAll(filepath.Join(out, "mnist-3")); err != nil {
		t.Fatal(err)
	}
	r, err := NewRun(out, "mnist")
	if err != nil || filepath.Base(r.Dir) != "mnist-9" {
		t.Fatalf("%+v, %v: a number that was given is given again", r, err)
	}
	r.Close()
	if err := r.Point(); err != nil {
		t.Fatal(err)
	}
	if dir, err := FindRun(filepath.Join(out, Last)); err != nil || dir != r.Dir {
		t.Errorf("last is %s, %v", dir, err)
	}
}

func TestTwoRunsInOneFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mine")
	r, err := CreateRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := CreateRun(dir); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), dir+" is taken") {
		t.Errorf("got %v", err)
	}
}

func TestDiscard(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mine")
	r, err := CreateRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Discard(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}

// readOnly is a file system on which no folder can be made.
type readOnly struct{ ingotfs.OS }

func (readOnly) Mkdir(path string) error {
	return &os.PathError{Op: "mkdir", Path: path, Err: syscall.EROFS}
}

func TestReadOnlyFolder(t *testing.T) {
	out := t.TempDir()
	defer ingotfs.Swap(readOnly{})()
	_, err := NewRun(out, "mnist")
	if !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), out+" can't be written to") {
		t.Errorf("got %v", err)
	}
}

func TestOutIsAFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "runs")
	if err := os.WriteFile(out, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := NewRun(out, "mnist"); err == nil || !strings.Contains(err.Error(), "output folder") {
		t.Errorf("got %v", err)
	}
}

func TestFindRun(t *testing.T) {
	out := t.TempDir()
	r, err := NewRun(out, "digits")
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if err := r.Point(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(out, "digits-7"): "the runs in " + out + " are digits-1",
		out:                            "isn't a run's folder",
		filepath.Join(out, "digits-1", MetricsFile): "is a file, want a run's folder",
		filepath.Join(out, "none", "last"):          "there is no run in",
	} {
		if _, err := FindRun(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("FindRun(%s) gives %v, want %q", path, err, want)
		}
	}
	if err := os.RemoveAll(r.Dir); err != nil {
		t.Fatal(err)
	}
	if _, err := FindRun(filepath.Join(out, Last)); err == nil || !strings.Contains(err.Error(), "which isn't there") {
		t.Errorf("got %v", err)
	}
}

func TestReadRun(t *testing.T) {
	out := t.TempDir()
	r, err := NewRun(out, "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []any{
		stepLine{"step", 1, 100, 0.7, 1e-3}, epochLine{"epoch", 1, 120, 1.5, Metrics{"loss": 0.6}, Metrics{"loss": 0.5, "accuracy": 0.9}}, stepLine{"step", 2, 200, 0.5, 1e-3},
	} {
		if err := r.log(line); err != nil {
			t.Fatal(err)
		}
	}
	s, err := ReadRun(r.Dir)
	if err != nil || s.State != "unfinished" || s.Steps != 200 || s.Epochs != 1 || s.Val["accuracy"] != 0.9 || len(s.History) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	cut := filepath.Join(out, "cut")
	if err := errors.Join(os.Mkdir(cut, 0o777), os.WriteFile(filepath.Join(cut, MetricsFile), []byte("{\"event\":\"step\",\"step\":3}\n{\"ev"), 0o666)); err != nil {
		t.Fatal(err)
	}
	if s, err := ReadRun(cut); err != nil || s.Steps != 3 {
		t.Errorf("a run that died in a line: %+v, %v", s, err)
	}
	if err := os.RemoveAll(cut); err != nil {
		t.Fatal(err)
	}
	if err := r.log(endLine{Event: "end", Stopped: "a NaN or Inf", Epochs: 1, Steps: 210, Error: "bad"}); err != nil {
		t.Fatal(err)
	}
	if err := r.Test(10, Metrics{"accuracy": 0.25}); err != nil {
		t.Fatal(err)
	}
	runs, err := ListRuns(out)
	if err != nil || len(runs) != 1 || runs[0].State != "failed" || runs[0].Test["accuracy"] != 0.25 || len(runs[0].History) != 1 || runs[0].Sessions != nil {
		t.Errorf("%+v, %v", runs, err)
	}
	if err := r.metrics.Append([]byte("{")); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadRun(r.Dir); err == nil || !strings.Contains(err.Error(), MetricsFile+":6: ") {
		t.Errorf("got %v", err)
	}
	if runs, err := ListRuns(out); err != nil || len(runs) != 1 || runs[0].State != "unreadable" || !strings.Contains(runs[0].Error, MetricsFile+":6: ") {
		t.Errorf("one bad run: %+v, %v", runs, err)
	}
}
