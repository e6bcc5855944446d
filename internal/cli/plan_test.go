package cli

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/recipe"
)

// TestPlan: a plan's parts come to its sum, it says whether they fit, and it leaves nothing behind.
func TestPlan(t *testing.T) {
	t.Chdir(t.TempDir())
	code, out, stderr := ingot("plan", "digits", "--json")
	var p plan
	if object(t, out, &p); code != 0 || !p.Fits || p.Shards != 1 {
		t.Fatalf("%d: %+v %s", code, p, stderr)
	}
	sum, got := int64(0), map[string]int64{}
	for _, part := range p.Parts {
		sum += part.Bytes
		got[part.Name] = part.Bytes
	}
	if sum != p.Bytes {
		t.Errorf("the parts come to %d, the plan says %d", sum, p.Bytes)
	}
	const params = 64*500 + 500 + 500*10 + 10
	for name, want := range map[string]int64{
		"weights": 4 * params, "gradients": 4 * params, "optimizer": 8 * params, "checkpoint": 12 * params, "best weights": 8 * params,
		"batches": 2 * 64 * (64*4 + 4),
		"data":    1797 * (64 + 4),
	} {
		if got[name] != want {
			t.Errorf("%s: %d bytes, want %d", name, got[name], want)
		}
	}
	code, out, _ = ingot("plan", "digits", "limits.memory=24MiB", "train.batch=1000", "limits.threads=1")
	if code != 0 || !strings.Contains(out, "  limit                24 MiB\n") || !strings.Contains(out, "batches of 1000 in 3 shards, on 1 core\n") {
		t.Errorf("%d: %s", code, out)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
		t.Errorf("it left %v %v", files, err)
	}
}

// TestPlanRefused: what doesn't fit is refused before there is a run, with the plan and what to do.
func TestPlanRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		args []string
		want []string
	}{
		// 25 MiB of program and 3 of the rest, but a step of 1,150 rows of 500 values and more
		{[]string{"digits", "limits.memory=30MiB", "train.batch=2000", "train.shards=1"}, []string{"limits.memory: the run needs ", ", and 30 MiB is there; most of it is for values of a step", "  values of a step  ", "f32 [1150 64]"}},
		// the attention of 60,000 tokens at once
		{[]string{"chargpt", "limits.memory=8GiB", "model.context=60000"}, []string{"most of it is for values of a step: a smaller train.batch, or train.accumulate needs less", "i32 [12 60000]"}},
		// micro-batches of one window train, and validation, of a whole window too, is what is too much
		{[]string{"chargpt", "limits.memory=2300MiB", "model.context=60000", "train.accumulate=12"}, []string{"the run needs ", "  evaluation        2.1"}},
	} {
		code, _, stderr := ingot(append([]string{"train"}, c.args...)...)
		if code != 2 {
			t.Errorf("%v: %d: %s", c.args, code, stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("%v: no %q in %s", c.args, want, stderr)
			}
		}
		if runs, _ := filepath.Glob("runs/*"); len(runs) > 0 {
			t.Fatalf("%v: it left %v", c.args, runs)
		}
	}
	if code, _, stderr := ingot("train", "digits", "limits.memory=30MiB", "train.epochs=1"); code != 0 {
		t.Errorf("batches of 64 fit: %d: %s", code, stderr)
	}
}

// TestTextRefused: a text that doesn't fit isn't read at all. It is a file with a hole, which takes no disk.
func TestTextRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	f, err := os.Create("large.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(1<<30), f.Close()); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"train", "chargpt"}, {"plan", "chargpt"}} {
		code, _, stderr := ingot(append(args, "data=large.txt", "limits.memory=1GiB")...)
		if code != 2 || !strings.Contains(stderr, "large.txt of 1 GiB and its tokens need 6.024 GiB, and 1 GiB is there") {
			t.Errorf("%v: %d: %s", args, code, stderr)
		}
	}
}

// TestLimit: limits hold while a job runs and not after it.
func TestLimit(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	defer parallel.SetWorkers(parallel.SetWorkers(4))
	memory := debug.SetMemoryLimit(-1)
	r := recipe.Default()
	if err := r.Set([]string{"limits.memory=1GiB", "limits.threads=3"}); err != nil {
		t.Fatal(err)
	}
	undo := limit(r)
	if n := debug.SetMemoryLimit(-1); n != 1<<30-codeBytes || memoryLimit() != 1<<30 {
		t.Errorf("Go may take %d bytes, the run %d", n, memoryLimit())
	}
	if runtime.GOMAXPROCS(0) != 3 || parallel.Workers() != 3 {
		t.Errorf("%d threads and %d workers, want 3", runtime.GOMAXPROCS(0), parallel.Workers())
	}
	undo()
	if debug.SetMemoryLimit(-1) != memory || runtime.GOMAXPROCS(0) != 4 || parallel.Workers() != 4 {
		t.Error("the limits stayed")
	}
	r.Limits.Threads = 1000
	undo = limit(r)
	defer undo()
	if runtime.GOMAXPROCS(0) != 4 || parallel.Workers() != 4 {
		t.Error("a limit above what there is raised it")
	}
}

// TestThreadsSameBits: the limits and the number of goroutines that shards run on leave no trace in the weights.
func TestThreadsSameBits(t *testing.T) {
	t.Chdir(t.TempDir())
	sum := func(args ...string) string {
		code, out, stderr := ingot(append([]string{"train", "digits", "train.batch=512", "train.epochs=12", "--json"}, args...)...)
		var o trained
		if object(t, out, &o); code != 0 {
			t.Fatal(stderr)
		}
		return o.SHA256
	}
	want := sum("limits.threads=1")
	if got := sum("limits.threads=2", "limits.memory=100MiB"); got != want {
		t.Error("2 threads give other weights than 1")
	}
	config, err := os.ReadFile("runs/digits-1/config.yaml")
	if err != nil || !strings.Contains(string(config), "  shards: 2                        # auto\n") {
		t.Errorf("the run doesn't say into how many shards its batches were cut: %v %s", err, config)
	}
	if got := sum("train.shards=1"); got == want {
		t.Error("shards of half a batch have the bits of the whole: it wasn't cut")
	}
}
