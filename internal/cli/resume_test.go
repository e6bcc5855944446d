package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/train"
)

// watcher ends a context when the log it is written to tells of a text.
type watcher struct {
	bytes.Buffer
	text string
	end  func()
}

func (w *watcher) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if strings.Contains(w.String(), w.text) {
		w.end()
	}
	return n, err
}

// stopAt runs a command line that is interrupted when its progress tells of text.
func stopAt(t *testing.T, text string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w := &watcher{text: text, end: cancel}
	if code := Main(ctx, args, &bytes.Buffer{}, w); code != 130 || !strings.Contains(w.String(), " resume runs") {
		t.Fatalf("%d: %s", code, w)
	}
}

// finish runs a command line to its end and returns what it came to.
func finish(t *testing.T, args ...string) (o trained, stderr string) {
	t.Helper()
	code, out, stderr := ingot(append(args, "--json")...)
	if code != 0 {
		t.Fatalf("%v: %d: %s", args, code, stderr)
	}
	object(t, out, &o)
	return o, stderr
}

// digits is a short job, with a schedule over all of it.
var digits = []string{"train", "digits", "train.epochs=6", "train.stop.patience=0", "train.schedule.type=cosine"}

// TestResume stops a run twice, goes on, and wants what a run comes to that was never stopped.
func TestResume(t *testing.T) {
	t.Chdir(t.TempDir())
	want, _ := finish(t, append(digits, "run=whole")...)
	stopAt(t, "epoch 2/6", append(digits, "run=parts")...)
	stopAt(t, "epoch 4/6", "resume", "runs/parts")
	got, stderr := finish(t, "resume", "runs/parts")
	if got.SHA256 != want.SHA256 || got.Metrics["test"]["accuracy"] != want.Metrics["test"]["accuracy"] || got.Stopped != want.Stopped || got.Weights != want.Weights || got.Steps != want.Steps {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !strings.Contains(stderr, "runs/parts goes on after step 72, from runs/parts/checkpoints/step-000000000072") {
		t.Error(stderr)
	}
	a, errA := os.ReadFile(got.Model)
	b, errB := os.ReadFile(want.Model)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Errorf("the model files differ: %v %v", errA, errB)
	}
	s, err := train.ReadRun("runs/parts")
	if err != nil || s.State != "done" || len(s.History) != 6 || len(s.Sessions) != 3 || s.Finished != want.SHA256 {
		t.Fatalf("%+v, %v", s, err)
	}
	if p := s.Sessions[1]; p.From != 36 || p.To != 72 || !strings.HasPrefix(p.Stopped, "interrupted") || p.Begun.IsZero() {
		t.Errorf("%+v", p)
	}
	again, stderr := finish(t, "resume", "runs/parts")
	if again.SHA256 != want.SHA256 || !strings.Contains(stderr, "runs/parts is finished: there is nothing to resume") || again.Metrics["test"]["accuracy"] != want.Metrics["test"]["accuracy"] {
		t.Errorf("%+v: %s", again, stderr)
	}
}

// TestResumeAfterTheLastStep is a run that died before it had written its model file.
func TestResumeAfterTheLastStep(t *testing.T) {
	t.Chdir(t.TempDir())
	want, _ := finish(t, append(digits, "run=x")...)
	log := filepath.Join("runs", "x", train.MetricsFile)
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, last := range []string{`{"event":"end"`, `{"event":"test"`, `{"event":"finish"`} {
		if err := os.WriteFile(log, b[:bytes.Index(b, []byte(last))], 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(want.Model); err != nil {
			t.Fatal(err)
		}
		if got, stderr := finish(t, "resume", "runs/x"); got.SHA256 != want.SHA256 || !strings.Contains(stderr, "after step 108") {
			t.Errorf("died before %s: %+v: %s", last, got, stderr)
		}
	}
}

// TestResumeFromNothing is a run that died before its first checkpoint: with all that is written before, or with less.
func TestResumeFromNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	want, _ := finish(t, append(digits, "run=whole")...)
	for _, missing := range [][]string{{}, {train.SumsFile}, {train.SumsFile, train.EnvFile}, {train.SumsFile, train.EnvFile, train.DataFile}} {
		stopAt(t, "epoch 1/6", append(digits, "run=x")...)
		for _, name := range append(missing, train.CheckpointDir, train.ModelFile, train.LastFile) {
			if err := os.RemoveAll(filepath.Join("runs", "x", name)); err != nil {
				t.Fatal(err)
			}
		}
		if got, stderr := finish(t, "resume", "runs/x"); got.SHA256 != want.SHA256 || !strings.Contains(stderr, "has no checkpoint yet: it begins again") {
			t.Errorf("%+v: %s", got, stderr)
		}
		if err := os.RemoveAll("runs/x"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestResumeMaxTime(t *testing.T) {
	t.Chdir(t.TempDir())
	want, _ := finish(t, append(digits, "run=whole")...)
	stopped, _ := finish(t, append(digits, "run=x", "train.max_time=1ns")...)
	if stopped.Steps != 1 || !strings.HasPrefix(stopped.Stopped, "max_time of 1ns is over") {
		t.Fatalf("%+v", stopped)
	}
	if err := os.Truncate(filepath.Join("runs", "x", train.MetricsFile), 0); err != nil {
		t.Fatal(err)
	}
	if got, _ := finish(t, "resume", "runs/x"); got.Steps != 1 || got.SHA256 != stopped.SHA256 {
		t.Errorf("the time before doesn't count: %+v", got)
	}
	if err := os.Truncate(filepath.Join("runs", "x", train.MetricsFile), 0); err != nil {
		t.Fatal(err)
	}
	if got, _ := finish(t, "resume", "runs/x", "train.max_time=1h"); got.SHA256 != want.SHA256 {
		t.Errorf("%+v", got)
	}
}

func TestResumeText(t *testing.T) {
	t.Chdir(t.TempDir())
	text := strings.Repeat("to be, or not to be, that is the question: ", 40)
	if err := os.WriteFile("a.txt", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	args := []string{"train", "chargpt", "data=a.txt", "train.steps=60", "train.eval_steps=20", "train.batch=4", "model.layers=2", "model.dim=32",
		"model.heads=2", "model.context=16", "model.dropout=0.1", "checkpoint.steps=7"}
	want, _ := finish(t, append(args, "run=whole")...)
	stopAt(t, "step 20/60", append(args, "run=x")...)
	if err := os.WriteFile("a.txt", []byte(strings.Replace(text, "or", "OR", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := ingot("resume", "runs/x"); code != 3 || !strings.Contains(stderr, "the data of run runs/x have changed") {
		t.Errorf("%d: %s", code, stderr)
	}
	if err := os.WriteFile("a.txt", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if got, _ := finish(t, "resume", "runs/x"); got.SHA256 != want.SHA256 || got.Metrics["val"]["loss"] != want.Metrics["val"]["loss"] {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestResumeErrors(t *testing.T) {
	t.Chdir(t.TempDir())
	stopAt(t, "epoch 1/6", append(digits, "run=x")...)
	check := func(code int, want string, args ...string) {
		t.Helper()
		if got, _, stderr := ingot(append([]string{"resume"}, args...)...); got != code || !strings.Contains(stderr, want) {
			t.Errorf("%v: %d: %s", args, got, stderr)
		}
	}
	check(2, "train.lr can't be set by resume", "runs/x", "train.lr=1")
	check(2, "checkpoint.stepz", "runs/x", "checkpoint.stepz=1")
	check(3, "no run at runs/y", "runs/y")
	lock, err := fs.Lock(filepath.Join("runs", "x", train.LockFile))
	if err != nil {
		t.Fatal(err)
	}
	check(3, "run runs/x is being trained by process ", "runs/x")
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if cpu.Best() != cpu.Go {
		restore := cpu.Force(cpu.Go)
		check(2, "whose sums have other bits; checkpoint.cpu=any goes on all the same", "runs/x")
		check(0, "goes on after step 18", "runs/x", "checkpoint.cpu=any")
		restore()
	}
	if err := os.Truncate(filepath.Join("runs", "x", train.MetricsFile), 0); err != nil {
		t.Fatal(err)
	}
	all, err := train.ListCheckpoints(filepath.Join("runs", "x", train.CheckpointDir))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range all {
		if err := os.Truncate(filepath.Join(dir, train.TensorsFile), 100); err != nil {
			t.Fatal(err)
		}
	}
	check(3, "run runs/x can't be resumed: none of the ", "runs/x")
	check(3, "it has 100 bytes; ", "runs/x")
	if err := os.Remove(filepath.Join("runs", "x", train.ConfigFile)); err != nil {
		t.Fatal(err)
	}
	check(3, "it was killed before it began", "runs/x")
}

func TestResumeByAnotherBuild(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, train.EnvFile), []byte(`{"build":{"ingot":"v0.1.0","go":"go1.99","os":"linux","arch":"amd64"}}`), 0o666); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	(&call{err: &said}).announceResume(&train.Run{Dir: dir}, nil)
	if !strings.Contains(said.String(), "WARNING: the run was begun by ingot v0.1.0, built with go1.99") {
		t.Error(said.String())
	}
}
