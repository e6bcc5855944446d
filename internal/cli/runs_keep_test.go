package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/train"
)

// TestRunsVerify: a run that is whole passes; a flipped bit is told by file, with exit code 3, in one JSON object.
func TestRunsVerify(t *testing.T) {
	t.Chdir(t.TempDir())
	finish(t, append(digits, "run=x")...)
	code, out, stderr := ingot("runs", "verify", "runs/x")
	if code != 0 || strings.Contains(out, "FAIL") || strings.Count(out, "PASS") < 9 {
		t.Fatalf("%d: %s%s", code, out, stderr)
	}
	path := filepath.Join("runs", "x", train.ModelFile)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-3] ^= 16
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	code, out, stderr = ingot("runs", "verify", "runs")
	if code != 3 || strings.Count(out, "FAIL") != 1 || !strings.Contains(out, "FAIL: "+path+": the file is damaged") || !strings.Contains(stderr, "1 file of ") {
		t.Errorf("%d: %s%s", code, out, stderr)
	}
	code, out, _ = ingot("runs", "verify", "runs/last", "--json")
	var o struct {
		OK   bool
		Runs []verified
	}
	if err := json.Unmarshal([]byte(out), &o); err != nil || code != 3 || o.OK || len(o.Runs) != 1 || o.Runs[0].OK {
		t.Errorf("%d: %s: %v", code, out, err)
	}
	for _, f := range o.Runs[0].Files {
		if f.OK != (f.File != train.ModelFile) || (f.Error == "") != f.OK || f.Bytes == 0 {
			t.Errorf("%+v", f)
		}
	}
}

// TestResumeDamagedConfig: a run whose settings aren't what they were isn't gone on with.
func TestResumeDamagedConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	stopAt(t, "epoch 1/6", append(digits, "run=x")...)
	path := filepath.Join("runs", "x", train.ConfigFile)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o666); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := ingot("resume", "runs/x"); code != 3 || !strings.Contains(stderr, path+": it isn't what the run began with") {
		t.Errorf("%d: %s", code, stderr)
	}
}

func TestRunsGCAndRm(t *testing.T) {
	t.Chdir(t.TempDir())
	finish(t, append(digits, "run=x")...)
	finish(t, append(digits, "run=y")...)
	left := filepath.Join("runs", "x", ".model.safetensors.4711-0.tmp")
	if err := os.WriteFile(left, make([]byte, 5000), 0o666); err != nil {
		t.Fatal(err)
	}
	collect := func(args ...string) freed {
		t.Helper()
		code, out, stderr := ingot(append([]string{"runs", "gc", "--json"}, args...)...)
		var f freed
		if err := json.Unmarshal([]byte(out), &f); err != nil || code != 0 {
			t.Fatalf("%d: %s%s", code, out, stderr)
		}
		return f
	}
	for _, args := range [][]string{{"--dry-run"}, {"runs/x"}} {
		if f := collect(args...); len(f.Removed) != 1 || f.Removed[0].Path != left || f.Bytes != 5000 || f.DryRun != (args[0] == "--dry-run") {
			t.Errorf("%q: %+v", args, f)
		}
	}
	if f := collect(); len(f.Removed) != 0 {
		t.Errorf("collected, and there is %+v", f)
	}
	run, err := train.OpenRun(filepath.Join("runs", "x"))
	if err != nil {
		t.Fatal(err)
	}
	if f := collect(); len(f.Skipped) != 1 || !strings.Contains(f.Skipped[0], "runs/x is being trained by process") {
		t.Errorf("%+v", f)
	}
	if code, _, stderr := ingot("runs", "rm", "runs/x"); code != 1 || !strings.Contains(stderr, "is being trained by process") {
		t.Errorf("%d: %s", code, stderr)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := ingot("runs", "rm", "runs/x", "runs/none"); code != 3 || !strings.Contains(stderr, "no run at runs/none") {
		t.Errorf("%d: %s", code, stderr)
	}
	if code, out, stderr := ingot("runs", "rm", "runs/last", "runs/y"); code != 0 || !strings.Contains(out, "freed, 1 item") {
		t.Errorf("%d: %s%s", code, out, stderr)
	}
	if name, err := os.ReadFile("runs/last"); string(name) != "x\n" {
		t.Errorf("last is %q, %v", name, err)
	}
	for _, args := range [][]string{{"rm"}, {"verify"}, {"verify", "a", "b"}, {"gc", "a", "b"}, {"ls", "--dry-run"}, {"rm", "a", "--csv"}, {"gc", "state=done"}, {"mv", "a"}} {
		if code, _, stderr := ingot(append([]string{"runs"}, args...)...); code != 2 || !strings.Contains(stderr, "usage: ingot runs") {
			t.Errorf("%q: %d: %s", args, code, stderr)
		}
	}
}

// TestRefusedLeavesNothing: a job that is refused leaves no folder, and last as it was.
func TestRefusedLeavesNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	finish(t, append(digits, "run=good")...)
	code, _, stderr := ingot("train", "digits", "run=bad", "train.lr=1e38", "train.optimizer=sgd", "limits.memory=1MB")
	if _, err := os.Stat("runs/bad"); code == 0 || !os.IsNotExist(err) {
		t.Errorf("%d: %s; the folder: %v", code, stderr, err)
	}
	if name, err := os.ReadFile("runs/last"); string(name) != "good\n" {
		t.Errorf("last is %q, %v", name, err)
	}
}
