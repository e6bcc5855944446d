package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ingot-ml/ingot/bundle"
	ingotfs "github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/safetensors"
	"github.com/ingot-ml/ingot/train/events"
)

// The files of a run's folder.
const (
	ConfigFile  = "config.yaml"           // the resolved recipe
	EnvFile     = "env.json"              // machine, versions, command line
	DataFile    = "data.json"             // what was learnt from: rows, classes, hashes
	MetricsFile = "metrics.jsonl"         // one JSON object a line: step, epoch, end, test
	EventFiles  = "events.out.tfevents.*" // for TensorBoard: one, and one more for each resume
	ModelFile   = "model.safetensors"     // the model file: see package bundle
	BestFile    = "best.safetensors"      // weights alone
	LastFile    = "last.safetensors"      // weights alone
	LockFile    = "run.lock"              // held by the process that trains
)

// Last is the name of the file, beside the runs, that holds the name of the run that was the last to begin, or to go on.
const Last = "last"

// Run is the folder of one run. It belongs to one goroutine.
type Run struct {
	Dir       string
	metrics   *ingotfs.Log
	unwritten [][]byte // lines that couldn't be written: they come before the next
	lock      *ingotfs.LockFile
	resumed   bool           // opened by OpenRun
	dropped   []string       // lines of the log that couldn't be read
	events    *events.Writer // nil: there is none
	step      int            // of the last events
}

// The lines of metrics.jsonl.
type (
	stepLine struct {
		Event string  `json:"event"`
		Epoch int     `json:"epoch"`
		Step  int     `json:"step"`
		Loss  float64 `json:"loss"` // mean over the rows since the line before
		LR    float64 `json:"lr,omitempty"`
	}
	epochLine struct {
		Event   string  `json:"event"`
		Epoch   int     `json:"epoch"`
		Step    int     `json:"step"`
		Seconds float64 `json:"seconds"`
		Train   Metrics `json:"train"`
		Val     Metrics `json:"val,omitempty"`
	}
	partLine struct {
		Event   string  `json:"event"`
		Rows    int     `json:"rows"`
		Metrics Metrics `json:"metrics"`
	}
	savingLine struct {
		Event   string  `json:"event"`
		Step    int     `json:"step"`
		Seconds float64 `json:"seconds"`
		Stall   float64 `json:"stall"` // seconds
		Bytes   int64   `json:"bytes"`
		Error   string  `json:"error,omitempty"`
	}
	resumeLine struct {
		Event   string    `json:"event"`
		Epoch   int       `json:"epoch"` // whole ones done
		Step    int       `json:"step"`  // lines of later steps before this line tell of what was undone
		Seconds float64   `json:"seconds"`
		Time    time.Time `json:"time"`
		From    string    `json:"from,omitempty"` // the checkpoint's name; empty: from the beginning
		Skipped []string  `json:"skipped,omitempty"`
		CPU     string    `json:"cpu"`
		Workers int       `json:"workers"`
	}
	finishLine struct {
		Event  string `json:"event"`
		SHA256 string `json:"weights_sha256"`
	}
	endLine struct {
		Event   string  `json:"event"`
		Stopped string  `json:"stopped"`
		Epochs  int     `json:"epochs"`
		Steps   int     `json:"steps"`
		Seconds float64 `json:"seconds"`
		Weights string  `json:"weights"`
		Error   string  `json:"error,omitempty"`
	}
)

// NewRun makes the folder out/name-n for the first n above those there are.
func NewRun(out, name string) (*Run, error) {
	n, err := newest(out, name)
	if err != nil {
		return nil, err
	}
	for {
		n++
		r, err := CreateRun(filepath.Join(out, fmt.Sprintf("%s-%d", name, n)))
		if !errors.Is(err, fs.ErrExist) { // where it is, another run was faster
			return r, err
		}
	}
}

// newest returns the highest n of the folders out/name-n.
func newest(out, name string) (int, error) {
	entries, err := os.ReadDir(out)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	} else if err != nil {
		return 0, fmt.Errorf("output folder: %w", err)
	}
	n := 0
	for _, e := range entries {
		if text, ok := strings.CutPrefix(e.Name(), name+"-"); ok {
			if k, err := strconv.Atoi(text); err == nil {
				n = max(n, k)
			}
		}
	}
	return n, nil
}

// CreateRun makes the folder dir, which must not exist, and begins its log: a folder that can't be written to is known
// before any training.
func CreateRun(dir string) (*Run, error) {
	out := filepath.Dir(dir)
	if err := ingotfs.MkdirAll(out); err != nil {
		return nil, fmt.Errorf("output folder can't be made: %w", err)
	}
	if err := ingotfs.Mkdir(dir); errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("run folder %s is taken: every run has its own; choose another name (run=…) or leave it out: %w", dir, fs.ErrExist)
	} else if err != nil {
		return nil, fmt.Errorf("output folder %s can't be written to: %w", out, err)
	}
	r := &Run{Dir: dir}
	if err := r.acquire(); err != nil {
		return nil, err
	}
	var err error
	if r.metrics, err = ingotfs.OpenLog(r.Path(MetricsFile)); err != nil {
		return nil, errors.Join(fmt.Errorf("run folder %s can't be written to: %w", dir, err), r.release())
	}
	return r, nil
}

// acquire takes the run's lock. A file system without locks has none to take.
func (r *Run) acquire() (err error) {
	r.lock, err = ingotfs.Lock(r.Path(LockFile))
	var held *ingotfs.LockedError
	switch {
	case errors.As(err, &held):
		return fmt.Errorf("run %s is being trained by %v", r.Dir, held.Holder)
	case errors.Is(err, errors.ErrUnsupported):
		return nil
	case err != nil:
		return fmt.Errorf("run folder %s can't be written to: %w", r.Dir, err)
	}
	return nil
}

// release gives the lock back.
func (r *Run) release() error {
	if r.lock == nil {
		return nil
	}
	return r.lock.Unlock()
}

// Point makes the file "last" beside the run point at it.
func (r *Run) Point() error {
	return ingotfs.WriteFile(filepath.Join(filepath.Dir(r.Dir), Last), func(w io.Writer) error {
		_, err := io.WriteString(w, filepath.Base(r.Dir)+"\n")
		return err
	})
}

// Discard takes back a run that came to nothing: its folder is removed.
func (r *Run) Discard() error {
	return errors.Join(r.Close(), ingotfs.RemoveAll(r.Dir))
}

// Path returns the path of a file of the run.
func (r *Run) Path(name string) string { return filepath.Join(r.Dir, name) }

// WriteFile writes a file of the run: whole or not at all.
func (r *Run) WriteFile(name string, write func(io.Writer) error) error {
	return ingotfs.WriteFile(r.Path(name), write)
}

// WriteJSON writes a file of the run as indented JSON.
func (r *Run) WriteJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return r.WriteFile(name, func(w io.Writer) error {
		_, err := w.Write(append(b, '\n'))
		return err
	})
}

// Test notes the metrics on the test part.
func (r *Run) Test(rows int, m Metrics) error {
	return errors.Join(r.log(partLine{"test", rows, m}), r.scalars(r.step, "test", m))
}

// Val notes the metrics of the weights that the run ends with on all of the validation part.
func (r *Run) Val(rows int, m Metrics) error { return r.log(partLine{"val", rows, m}) }

// End notes why and after how long a run that Fit didn't train is over.
func (r *Run) End(stopped string, d time.Duration) error {
	return r.log(endLine{Event: "end", Stopped: stopped, Seconds: seconds(d)})
}

// Finish notes that all is done and written, with the weights' SHA-256: there is nothing to resume.
func (r *Run) Finish(sha256 string) error {
	if err := r.log(finishLine{"finish", sha256}); err != nil {
		return err
	}
	return r.metrics.Sync()
}

// Close closes the run's files and gives its lock back.
func (r *Run) Close() error {
	err := r.metrics.Close()
	if r.events != nil {
		err = errors.Join(err, r.events.Close())
	}
	return errors.Join(err, r.release())
}

// log writes a line, after those that couldn't be written before; nil: those alone. Where it fails the lines are kept for the
// next call.
func (r *Run) log(line any) error {
	if line != nil {
		b, err := json.Marshal(line)
		if err != nil {
			return err
		}
		r.unwritten = append(r.unwritten, b)
	}
	for i, b := range r.unwritten {
		if err := r.metrics.Append(b); err != nil {
			r.unwritten = r.unwritten[i:]
			return err
		}
	}
	r.unwritten = r.unwritten[:0]
	return nil
}

// weights writes best.safetensors or last.safetensors.
func (r *Run) weights(which string, state []safetensors.Entry) error {
	return r.WriteFile(which+".safetensors", func(w io.Writer) error {
		return bundle.WriteWeights(w, state)
	})
}
