package fault

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ingot-ml/ingot/internal/fs"
)

// Env is the environment variable that, set to "all", makes [Run] try everything.
const Env = "INGOT_FAULTS"

// Writer is a writer under test. Its functions get a folder of their own for each try, and everything they do is below it.
type Writer struct {
	// Before puts there what there is before, on a good disk; nil: nothing.
	Before func(dir string) error
	// Write is what is tried: it writes through internal/fs. An error is no failure of the test.
	Write func(dir string) error
	// Check looks at what is there, on a good disk, and returns what must not be.
	Check func(dir string, o Outcome) error

	Tries int // of faults, and of crashes, in the short form; 0: 300
	Seeds int // random survivors of each crash; 0: 6

	base string      // all tries' folders are in it
	on   func(*Disk) // tells this package's tests which Disk a try has
}

// Outcome is what happened to a Writer.
type Outcome struct {
	Done    bool  // Write returned nil, before the crash where there was one: what it promises holds
	Err     error // of Write, where it returned
	Crashed bool  // the machine went down, in the middle of Write unless Done or Err says that it had returned
}

// Run tries the writer once undisturbed, then with each of its calls failing in each way, then with a crash after each of its
// calls, and with one after each of the writers that met a fault. In the short form the tries are spread evenly over these.
func Run(t *testing.T, w Writer) {
	t.Helper()
	if w.Tries == 0 {
		w.Tries = 300
	}
	if w.Seeds == 0 {
		w.Seeds = 6
	}
	w.base = t.TempDir()
	dir, journal, err := w.try(t, 0, 0)
	if err != nil {
		t.Fatalf("undisturbed: %v", err)
	}
	w.check(t, dir, Outcome{Done: true}, "undisturbed")
	faults := w.faults(t, len(journal))
	crashes := 0
	w.crashes(t, journal, len(journal), func(k int) Outcome { return Outcome{Crashed: true, Done: k == len(journal)} }, &crashes)
	t.Logf("%d calls; %d faults and %d crashes tried", len(journal), faults, crashes)
}

// All reports whether everything is to be tried.
func All() bool { return os.Getenv(Env) == "all" }

// stride is how far the tries are apart, so that there are about w.Tries of total.
func (w *Writer) stride(total int) int {
	if All() {
		return 1
	}
	return (total + w.Tries - 1) / w.Tries
}

// try runs the writer in a new folder with one fault.
func (w *Writer) try(t *testing.T, failAt int, how How) (dir string, journal []record, err error) {
	t.Helper()
	dir = w.folder(t)
	d := newDisk(dir, failAt, how)
	if w.on != nil {
		w.on(d)
	}
	restore := fs.Swap(d)
	defer restore()
	err = w.Write(dir)
	return dir, d.journal, err
}

// good is the machine's disk without the time that syncs take.
type good struct{ fs.OS }

func (good) SyncDir(string) error { return nil }

func (g good) Create(path string) (fs.File, error)  { return unsynced(g.OS.Create(path)) }
func (g good) OpenLog(path string) (fs.File, error) { return unsynced(g.OS.OpenLog(path)) }

func unsynced(f fs.File, err error) (fs.File, error) {
	if err != nil {
		return nil, err
	}
	return goodFile{f}, nil
}

type goodFile struct{ fs.File }

func (goodFile) Sync() error { return nil }

// folder is a new folder with what there is before.
func (w *Writer) folder(t *testing.T) string {
	t.Helper()
	defer fs.Swap(good{})()
	dir, err := os.MkdirTemp(w.base, "")
	if err == nil && w.Before != nil {
		err = w.Before(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (w *Writer) check(t *testing.T, dir string, o Outcome, when string) {
	t.Helper()
	defer fs.Swap(good{})()
	if err := w.Check(dir, o); err != nil {
		t.Errorf("%s (the writer said: %v): %v\nleft:%s", when, o.Err, err, tree(dir))
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}

// faults makes each call fail in each way, and lets a part of what is left crash too.
func (w *Writer) faults(t *testing.T, calls int) (tried int) {
	total := calls * int(ways)
	for i := 0; i < total && !t.Failed(); i += w.stride(total) {
		n, how := i/int(ways)+1, How(i%int(ways))
		dir, journal, err := w.try(t, n, how)
		if len(journal) < n { // goroutines: this time there were fewer
			continue
		}
		tried++
		when := fmt.Sprintf("call %d, %v, was %v", n, &journal[n-1], how)
		o := Outcome{Done: err == nil, Err: err}
		w.check(t, dir, o, when)
		o.Crashed = true
		w.crash(t, journal, o, choices(1)[i%5], when+", then a crash")
	}
	return tried
}

// crashes lets the machine go down after each call.
func (w *Writer) crashes(t *testing.T, journal []record, calls int, outcome func(k int) Outcome, tried *int) {
	all := choices(w.Seeds)
	total := (calls + 1) * len(all)
	for i := 0; i < total && !t.Failed(); i += w.stride(total) {
		k, s := i/len(all), all[i%len(all)]
		when := "a crash before the first call"
		if k > 0 {
			when = fmt.Sprintf("a crash after call %d, %v", k, &journal[k-1])
		}
		w.crash(t, journal[:k], outcome(k), s, when)
		*tried++
	}
}

// crash gives the check what survives one.
func (w *Writer) crash(t *testing.T, journal []record, o Outcome, s survivors, when string) {
	t.Helper()
	before := w.folder(t)
	root, err := load(before)
	if err != nil {
		t.Fatal(err)
	}
	m := &model{root, map[int]*handle{}}
	if err := m.replay(journal); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(w.base, "")
	if err == nil {
		err = s.write(m.root, dir)
	}
	if err == nil {
		err = os.RemoveAll(before)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.check(t, dir, o, when+", "+s.name)
}

// tree lists what is in a folder.
func tree(dir string) string {
	text := ""
	filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && path != dir {
			rel, _ := filepath.Rel(dir, path)
			text += fmt.Sprintf("\n\t%v %7d %s", info.Mode(), info.Size(), rel)
		}
		return nil
	})
	return text
}
