package train

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/optim"
)

// TestEndurance is hours of training in short: 100,000 steps of a small net, with a checkpoint every 100, a validation every 13 and
// a line of the log every 100. The heap must not grow after the first 1,000 steps, and the checkpoints' files not beyond what is kept.
//
//	INGOT_ENDURANCE=100000 go test ./train -run TestEndurance -v
func TestEndurance(t *testing.T) {
	steps, err := strconv.Atoi(os.Getenv("INGOT_ENDURANCE"))
	if err != nil {
		steps = 3000
	}
	run, err := NewRun(t.TempDir(), "long")
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	c := richConfig(&optim.AdamW{LR: 1e-4})
	c.Epochs, c.Steps, c.Run = 0, steps, run
	c.Loader.(*data.Loader).Data = quadrants(200)
	c.Checkpoint = Checkpoint{Dir: run.Path(CheckpointDir), Steps: 100}
	var first uint64
	next := 1000
	c.Hooks.Epoch = func(e Epoch) {
		if e.Step < next {
			return
		}
		next += max(steps/10, 1000)
		runtime.GC()
		runtime.GC() // what the first finds dead and pools keep is free after the second
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		files, bytes := folderSize(t, c.Checkpoint.Dir)
		t.Logf("step %6d: heap %7d bytes in %5d objects, %d goroutines; checkpoints: %2d files, %d bytes", e.Step, m.HeapAlloc, m.HeapObjects, runtime.NumGoroutine(), files, bytes)
		if first == 0 {
			first = m.HeapAlloc
		}
		const slack = 512 << 10 // a checkpoint being written, and what the test keeps
		if m.HeapAlloc > first+slack {
			t.Errorf("the heap has grown from %d bytes to %d", first, m.HeapAlloc)
		}
		if files > 4*(3+1) { // three kept, and one being written: a folder of three files each
			t.Errorf("%d files", files)
		}
	}
	if _, err := Fit(context.Background(), c); err != nil {
		t.Fatal(err)
	}
}

// folderSize counts what lies below dir.
func folderSize(t *testing.T, dir string) (files int, bytes int64) {
	t.Helper()
	filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil {
			return nil // it was renamed or removed meanwhile
		}
		if info, err := d.Info(); err == nil && !d.IsDir() {
			bytes += info.Size()
		}
		files++
		return nil
	})
	return files - 1, bytes
}
